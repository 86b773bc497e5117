/** functools.partial. */

import { describe } from "../base/describe.ts";
import { LAZY, lazyOf, standsFor } from "../base/lazy.ts";
import { REFERENCE, type Reference } from "../base/reference.ts";

/**
 * `fn` with its first arguments fixed. `functools.partial`; keyword arguments are an options object here.
 *
 *     loop.callSoon(partial(greet, "Ann"));
 *
 * @throws TypeError for what is no function.
 */
export function partial<A extends unknown[], B extends unknown[], R>(
  fn: (...args: [...A, ...B]) => R,
  ...first: A
): (...rest: B) => R {
  if (typeof fn !== "function") throw new TypeError(`partial expects a function, got ${describe(fn)}`);
  const bound = (...rest: B): R => fn(...first, ...rest);
  Object.defineProperty(bound, "name", { value: fn.name, configurable: true });
  // What begins at once for native code stays so too.
  const lazy = lazyOf(fn);
  if (lazy !== fn) Object.defineProperty(bound, LAZY, standsFor(bound, partial(lazy, ...first)));
  // What an executor can run stays so.
  const { [REFERENCE]: reference } = fn as { [REFERENCE]?: Reference };
  if (reference !== undefined) {
    Object.defineProperty(bound, REFERENCE, { value: { ...reference, args: [...reference.args, ...first] } });
  }
  return bound;
}
