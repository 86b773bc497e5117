/** Native promises as futures. */

import { describe } from "../base/describe.ts";
import { isCancelled } from "../base/errors.ts";
import { currentLoop, type Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { AWAITABLE, type Awaitable, type Coroutine, iscoroutine } from "../kernel/protocol.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { promiseFuture } from "./awaitable.ts";

/**
 * A future of the loop with the promise's outcome. An error that comes when the future has been cancelled already is
 * reported to the loop's exception handler, unless it only says that the promise was aborted.
 */
export function settle<T>(promise: PromiseLike<T>, loop: EventLoop, owner: WaitOwner, signal?: AbortSignal): Future<T> {
  const lateError = (error: unknown): void => {
    if (isEcho(error, signal)) return;
    const message = "A promise was rejected after the task that waited for it had been cancelled";
    loop.callExceptionHandler({ message, exception: error });
  };
  return promiseFuture(promise, owner, loop, { lateError });
}

const RESULT: WaitOwner = { describeWait: () => "a promise" };

/**
 * What a function of the program's has returned: a coroutine, a future or a promise is waited for, any other value is
 * the result.
 */
export function* resultOf(returned: unknown): Coroutine<unknown> {
  if (iscoroutine(returned) || (returned as { [AWAITABLE]?: unknown } | null | undefined)?.[AWAITABLE] === true) {
    return yield* returned as Awaitable<unknown>;
  }
  return isPromiseLike(returned) ? yield* settle(returned, currentLoop(), RESULT) : returned;
}

const echoes = /* @__PURE__ */ new WeakSet<object>();

/**
 * The error has the same cause as a cancellation: that of a connection whose end has cancelled the task is no news of a
 * late promise.
 */
export function markEcho(error: object): void {
  echoes.add(error);
}

/** True for an error that only says that something was aborted. */
export function isEcho(error: unknown, signal: AbortSignal | undefined): boolean {
  if (isCancelled(error) || echoes.has(error as object)) return true;
  const { name, cause } = (error ?? {}) as { name?: unknown; cause?: unknown };
  if (typeof name === "string" && /^(?:Abort|Cancell?ed)(?:Error)?$/.test(name)) return true;
  return signal?.aborted === true && (error === signal.reason || cause === signal.reason);
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  const then = (value as { then?: unknown } | null | undefined)?.then;
  return typeof then === "function";
}

/**
 * A coroutine has `then` for native code, but waited for as a promise it would be a task of its own, which no
 * cancellation reaches.
 */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return isPromiseLike(value) && !iscoroutine(value);
}

/** For a value that should have been a promise. */
export function notAPromise(caller: string, value: unknown): TypeError {
  const hint = iscoroutine(value) ? ": write yield* f() without fromPromise" : "";
  return new TypeError(`${caller} expects a promise or a function that returns one, got ${describe(value)}${hint}`);
}
