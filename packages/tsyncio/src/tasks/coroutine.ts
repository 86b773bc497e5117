/** `coroutine()`: makes a full citizen of a generator function. */

import { describe } from "../base/describe.ts";
import { debugByEnvironment } from "../host/loops.ts";
import { beginInline } from "../kernel/frame.ts";
import {
  AWAITABLE,
  type Coroutine,
  GENERATOR_PROTOTYPE,
  iscoroutinefunction,
  type Suspend,
} from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import { promiseOf } from "./nativeCalls.ts";

/** What calling a coroutine function returns: it can be awaited by native code too. */
export type FullCoroutine<T> = Generator<Suspend, T, unknown> & PromiseLike<T>;

/**
 * Makes a full citizen of a generator function: a chain of such coroutines resumes in one step however deep it is,
 * the object is a `PromiseLike` for native code. Those made by functions that are defined in debug mode, with
 * `TSYNCIO_DEBUG=1` for example, are reported if they are never awaited.
 *
 *     const fetchUser = coroutine(function* fetchUser(id: number) { … return user; });
 */
export function coroutine<This, A extends unknown[], T>(
  fn: (this: This, ...args: A) => Coroutine<T>,
): (this: This, ...args: A) => FullCoroutine<T> {
  if (!iscoroutinefunction(fn)) {
    throw new TypeError(`coroutine expects a function*, got ${describe(fn)}`);
  }
  fn.prototype = COROUTINE_PROTOTYPE;
  const debug = debugByEnvironment() || kernel.runningLoop?.getDebug() === true;
  return (debug ? (kernel.diagnostics?.reportIfUnused(fn) ?? fn) : fn) as unknown as (
    this: This,
    ...args: A
  ) => FullCoroutine<T>;
}

/** `yield*` calls this. Outside of tasks the object is a plain generator. */
export function beginFlat<T>(this: Coroutine<T>): Iterator<Suspend, T, unknown> {
  return kernel.currentTask === null ? this : beginInline(this);
}

/** `await coro`, as `toPromise` does it. A coroutine that was already awaited rejects it. */
export function thenOf<T, A, B>(
  this: Coroutine<T>,
  onfulfilled?: (value: T) => A | PromiseLike<A>,
  onrejected?: (reason: unknown) => B | PromiseLike<B>,
): Promise<A | B> {
  return promiseOf(this).then(onfulfilled, onrejected);
}

/** What the coroutines of all these functions inherit from. */
const COROUTINE_PROTOTYPE = /* @__PURE__ */ Object.create(GENERATOR_PROTOTYPE, {
  [Symbol.iterator]: { value: beginFlat, configurable: true },
  then: { value: thenOf, configurable: true },
  [AWAITABLE]: { value: true },
});
