/** Waiting for what other code hands over: awaitables of any kind, and native promises. */

import { describe } from "../base/describe.ts";
import { CancelledError } from "../base/errors.ts";
import { lazyOf } from "../base/lazy.ts";
import { HOW_TO_COMPILE } from "../base/notCompiled.ts";
import { currentLoop, type Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Awaitable, isAwaitable, type Native } from "../kernel/protocol.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";

/**
 * What a method of the user's has returned, if it can be awaited; else a TypeError that says how to write the method.
 */
export function awaitableFrom<T>(value: Awaitable<T> | Native<T>, owner: unknown, method: string): Awaitable<T> {
  if (isAwaitable(value)) return value as Awaitable<T>;
  throw new TypeError(
    `${method}() of ${describe(owner)} returned ${describe(value)}, which cannot be awaited. Write it as *${method}() { … }.`,
  );
}

/** Calls the body of an `asyncWith` or `asyncFor`. */
export function callBody<This, V, R>(
  body: (this: This, value: V) => Awaitable<R> | Native<R>,
  thisArg: This,
  value: V,
  caller: string,
): Awaitable<R> {
  const made = lazyOf(body).call(thisArg, value);
  if (isAwaitable(made)) return made as Awaitable<R>;
  throw notABody(made, caller);
}

/** The error for a body that returned `made`, which cannot be awaited. */
export function notABody(made: unknown, caller: string): TypeError {
  const hint = made instanceof Promise ? ": write function*, and yield* fromPromise(…) for a promise" : "";
  return new TypeError(`the body of ${caller} must be a function*, and returned ${describe(made)}${hint}`);
}

export function checkBody(body: unknown, caller: string): void {
  if (typeof body !== "function") {
    throw new TypeError(`${caller} expects a function* as its body, got ${describe(body)}`);
  }
  if (Object.prototype.toString.call(body) === "[object AsyncFunction]") {
    const advice = `write function*, and yield* fromPromise(…) for await. ${HOW_TO_COMPILE}`;
    throw new TypeError(`the body of ${caller} must be a function*, got an async function: ${advice}`);
  }
}

/** Told of what becomes of a promise. */
export interface Arrivals<T> {
  /** The future gets this value now. */
  arrived?(value: T): void;
  /** This error has come when the future was done. */
  lateError?(error: unknown): void;
}

/** A future with the promise's outcome. Cancelling it leaves the promise alone. */
export function promiseFuture<T>(
  promise: PromiseLike<T>,
  owner: WaitOwner,
  loop: EventLoop = currentLoop(),
  arrivals?: Arrivals<T>,
): Future<T> {
  const future = createWaiter<T>(loop, owner);
  adoptPromise(promise, loop).then(
    (value) => {
      if (future.done()) return;
      future.setResult(value);
      arrivals?.arrived?.(value);
    },
    (error) => {
      if (future.done()) arrivals?.lateError?.(error);
      else failFuture(future, error);
    },
  );
  return future;
}

/** Completes the future with the error of foreign work; a `CancelledError` cancels it. */
export function failFuture(future: Future<unknown>, error: unknown): void {
  if (error instanceof CancelledError) future._cancelNow(error);
  else future.setException(error);
}

/**
 * A promise as `await` takes it: what a thenable resolves with is waited for too, and what it says after that is
 * ignored. Throws where `loop` waits for no promises.
 */
export function adoptPromise<T>(promise: PromiseLike<T>, loop: EventLoop | null): Promise<T> {
  if (loop !== null) refuseInSimulation(promise, loop);
  if (promise instanceof Promise) return promise;
  // Here and now, so that a coroutine finds the loop that runs.
  return new Promise((resolve, reject) => promise.then(resolve, reject));
}

/**
 * A simulation waits for no native promise. The caller learns it here; the promise's own error must not end the
 * process.
 */
function refuseInSimulation(promise: PromiseLike<unknown>, { _host: host }: EventLoop): void {
  try {
    host.refuse?.("a native promise");
  } catch (error) {
    // Only a promise can be rejected unhandled. Another thenable may begin its work when then() is called.
    if (promise instanceof Promise) promise.catch(() => {});
    throw error;
  }
}
