/** What all copies of the package in one thread share: records at `globalThis`. */

import { DEV } from "#dev";

/**
 * The version of what the records of the copies, and the futures and tasks in them, have in common. To be raised when a
 * copy could not work with the records of an older one; a new field alone does not need it.
 */
export const PROTOCOL = 1;

/** Where this copy was loaded from, for messages. */
const HERE: string = import.meta.url ?? "a bundle";

/** Non-enumerable properties of a record: the copy that has made it. */
interface Origin {
  readonly protocol?: number;
  readonly origin?: string;
}

/**
 * The record `name` of all copies: the first one's. What it lacks, because a newer copy has added it, is filled in.
 *
 * @throws Error if that copy has another protocol.
 */
export function sharedRecord<T extends object>(name: string, make: () => T): T {
  const key = Symbol.for(name);
  const registry = globalThis as unknown as Record<symbol, T | undefined>;
  const found = registry[key];
  if (found === undefined) {
    const record = withOrigin(make());
    registry[key] = record;
    return record;
  }
  checkOrigin(found);
  const own = make();
  for (const field of Object.keys(own) as (keyof T)[]) if (!(field in found)) found[field] = own[field] as never;
  return found;
}

/** Notes that this copy has made `value`. */
export function withOrigin<T extends object>(value: T): T {
  return Object.defineProperties(value, { protocol: { value: PROTOCOL }, origin: { value: HERE } });
}

/** Throws unless the copy that has made `value` has the same protocol as this one. */
export function checkOrigin(value: object): void {
  const { protocol = PROTOCOL, origin = "another copy" } = value as Origin;
  if (protocol === PROTOCOL) return;
  const advice = DEV ? ". Install one version of tsyncio" : "";
  throw new Error(
    "two versions of tsyncio in one process that cannot work together: " +
      `${origin} has protocol ${protocol}, ${HERE} has protocol ${PROTOCOL}${advice}`,
  );
}
