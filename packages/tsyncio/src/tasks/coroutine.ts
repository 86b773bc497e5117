/** `coroutine()`: makes a full citizen of a generator function. */

import { describe } from "../base/describe.ts";
import { debugByEnvironment } from "../host/loops.ts";
import { THENABLE_PROTOTYPE } from "../kernel/coroutines.ts";
import { beginInline } from "../kernel/frame.ts";
import { AWAITABLE, type Coroutine, iscoroutinefunction, type Native, type Suspend } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";

/**
 * Makes a full citizen of a generator function: a chain of such coroutines resumes in one step however deep it is,
 * the object is a `PromiseLike` for native code. Those made by functions that are defined in debug mode, with
 * `TSYNCIO_DEBUG=1` for example, are reported if they are never awaited.
 *
 *     const fetchUser = coroutine(function* fetchUser(id: number) { … return user; });
 *
 * @throws TypeError for what is no generator function.
 */
export function coroutine<This, A extends unknown[], T>(
  fn: (this: This, ...args: A) => Coroutine<T> | Native<T>,
): (this: This, ...args: A) => Generator<Suspend, T, unknown> & PromiseLike<T> {
  if (!iscoroutinefunction(fn)) {
    throw new TypeError(`coroutine expects a function*, got ${describe(fn)}`);
  }
  fn.prototype = COROUTINE_PROTOTYPE;
  const debug = debugFromTheBeginning() || kernel.runningLoop?.getDebug() === true;
  return (debug ? (kernel.diagnostics?.reportIfUnused(fn) ?? fn) : fn) as never;
}

let fromTheBeginning: boolean | null = null;

/**
 * `debugByEnvironment` as it was when the first coroutine function was made. Node asks the system for each variable of
 * the environment, which takes as long as all the rest of a function that is made on the spot.
 */
export function debugFromTheBeginning(): boolean {
  fromTheBeginning ??= debugByEnvironment();
  return fromTheBeginning;
}

/** `yield*` calls this. Outside of tasks the object is a plain generator. */
export function beginFlat<T>(this: Coroutine<T>): Iterator<Suspend, T, unknown> {
  return kernel.currentTask === null ? this : beginInline(this);
}

/** What the coroutines of all these functions inherit from. */
const COROUTINE_PROTOTYPE = /* @__PURE__ */ Object.create(THENABLE_PROTOTYPE, {
  [Symbol.iterator]: { value: beginFlat, configurable: true },
  [AWAITABLE]: { value: true },
});
