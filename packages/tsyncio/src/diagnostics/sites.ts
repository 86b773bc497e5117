/** Stacks as engines have them before they make a text of them, which is the costly part. */

/** A place on a stack, as it is handed to `Error.prepareStackTrace`. */
export interface Site {
  getScriptNameOrSourceURL(): unknown;
  getLineNumber(): unknown;
  getColumnNumber(): unknown;
  /** In the script; only V8 has it, and is twice as fast by it. */
  getPosition?(): unknown;
}

type Format = (error: Error, sites: unknown) => unknown;

/**
 * The `stack` of an error that is read inside `withFormat` for the first time is a list of sites by it; a text where
 * the engine makes no such list, or the program has made `Error` immutable.
 */
export const asSites: Format = (_error, sites) => sites;

/** While `read` runs, the `stack` of an error that is read for the first time is what `format` makes of its sites. */
export function withFormat<T>(format: Format | undefined, read: () => T): T {
  const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  Reflect.defineProperty(Error, "prepareStackTrace", { value: format, writable: true, configurable: true });
  try {
    return read();
  } finally {
    if (before === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
    else Reflect.defineProperty(Error, "prepareStackTrace", before);
  }
}

/** With `asSites`: the stack of the error; null if the engine has made a text of all of it. */
export function sitesOf(error: Error | null): readonly Site[] | null {
  const stack: unknown = error?.stack;
  return Array.isArray(stack) ? stack : null;
}

/** A place as a text; empty for `Generator.next` between two frames, which has no file. */
export function placeOf(site: Site): string {
  const file = site.getScriptNameOrSourceURL();
  if (file == null) return "";
  return `${site.getPosition?.() ?? `${site.getLineNumber()},${site.getColumnNumber()}`} ${file}`;
}
