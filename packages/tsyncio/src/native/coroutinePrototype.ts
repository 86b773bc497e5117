/** What the coroutines of async functions inherit from. */

import { thenOf } from "../kernel/coroutines.ts";
import { AWAITABLE, GENERATOR_PROTOTYPE } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import { beginFlat, debugFromTheBeginning } from "../tasks/coroutine.ts";

/**
 * They are generators, flat as those of `coroutine()`, and promises by `instanceof`: native code that looks for one
 * finds it, and `catch` and `finally` come with it. Written to `prototype` of the functions.
 */
export const coroutinePrototype: object = /* @__PURE__ */ Object.create(Promise.prototype, {
  next: { value: GENERATOR_PROTOTYPE.next },
  throw: { value: GENERATOR_PROTOTYPE.throw },
  return: { value: GENERATOR_PROTOTYPE.return },
  [Symbol.iterator]: { value: beginFlat, configurable: true },
  then: { value: thenOf, configurable: true, writable: true },
  [AWAITABLE]: { value: true },
});

/**
 * A function expression, or an arrow without `this`. Its `prototype` is written before it is read, and before the first
 * call: then V8 does not make one, which takes longer than all the rest.
 */
export function coroutineFunction<F extends (...args: never[]) => unknown>(fn: F): F {
  fn.prototype = coroutinePrototype;
  return tracked(fn);
}

/** With `TSYNCIO_DEBUG` set, a function whose coroutines are reported if they never begin. */
export function tracked<F extends (...args: never[]) => unknown>(fn: F): F {
  const { diagnostics } = kernel;
  return diagnostics !== null && debugFromTheBeginning() ? (diagnostics.reportIfUnused(fn as never) as F) : fn;
}
