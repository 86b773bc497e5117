/** Stacks as engines have them before they make a text of them, which is the costly part. */

/** A place on a stack, as it is handed to `Error.prepareStackTrace`. */
interface Site {
  getScriptNameOrSourceURL(): unknown;
  getLineNumber(): unknown;
  getColumnNumber(): unknown;
  /** In the script; only V8 has it, and is twice as fast by it. */
  getPosition?(): unknown;
}

const asSites = (_error: Error, sites: unknown): unknown => sites;

/**
 * While `read` runs, the `stack` of an error that is read for the first time is a list of sites; a text where the
 * engine makes no such list, or the program has made `Error` immutable.
 */
export function withSites<T>(read: () => T): T {
  const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  Reflect.defineProperty(Error, "prepareStackTrace", { value: asSites, writable: true, configurable: true });
  try {
    return read();
  } finally {
    if (before === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
    else Reflect.defineProperty(Error, "prepareStackTrace", before);
  }
}

/** Inside `withSites`: the places of a stack as texts; null if the engine has made a text of all of it. */
export function placesOf(error: Error | null): Places | null {
  const stack: unknown = error?.stack;
  return Array.isArray(stack) ? new Places(stack) : null;
}

export class Places {
  private readonly sites: readonly Site[];

  constructor(sites: readonly Site[]) {
    this.sites = sites;
  }

  /** One of them; empty for `Generator.next` between two frames, which has no file. */
  at(i: number): string {
    const site = this.sites[i] as Site;
    const file = site.getScriptNameOrSourceURL();
    if (file == null) return "";
    return `${site.getPosition?.() ?? `${site.getLineNumber()},${site.getColumnNumber()}`} ${file}`;
  }

  get length(): number {
    return this.sites.length;
  }
}
