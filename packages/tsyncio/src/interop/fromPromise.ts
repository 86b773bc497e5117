/** Native promises for coroutines. */

import { checkFunctionOrNull, checkLoop, ownOptions } from "../base/checks.ts";
import { describeFunction } from "../base/describe.ts";
import { type Arrivals, adoptPromise, promiseFuture } from "../iteration/awaitable.ts";
import { isPromise, isPromiseLike, notAPromise, settle } from "../iteration/settle.ts";
import { futureOf, isConcurrentFuture } from "../kernel/executor.ts";
import { currentLoop, type Future, isfuture } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Coroutine, iscoroutine, type NativeCoroutine } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import { promiseOf } from "../tasks/nativeCalls.ts";
import { checkForeignOptions, ForeignWait, type Leaving } from "./foreignWait.ts";
import { abandon, disposerOf, type FromPromiseOptions } from "./late.ts";

/**
 * Waits for a native promise and returns its value:
 *
 *     const response = yield* fromPromise((signal) => fetch(url, { signal }));
 *
 * A function is called when the coroutine begins. If the task that waits is cancelled, the function's `signal` aborts,
 * its reason being the `CancelledError`, and that error is thrown at once, or after `settle` seconds at most. A promise
 * passed as it is cannot be aborted; it is handled from this call on, so that its rejection is never an
 * `unhandledRejection`.
 *
 *     const client = yield* fromPromise(pool.connect(), { late: (client) => client.release() });
 *
 * A value that arrives after the cancellation goes to `late`; without it, one that has `Symbol.asyncDispose` or
 * `Symbol.dispose` is disposed of, unless another `fromPromise` of the same promise waits for it. A rejection is no
 * news when it is an `AbortError`, a cancellation or the signal's reason; any other error, also of `late`, of `cancel`
 * and of disposal, is reported to the loop's exception handler.
 */
export function fromPromise<T>(
  source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>),
  options?: FromPromiseOptions<T> | null,
): NativeCoroutine<T> {
  const own = options == null ? null : checked(options);
  if (isPromise(source)) return new PromiseWait(source, own); // also a function with a then(), as in `await`
  if (typeof source !== "function") throw notAPromise("fromPromise", source);
  return new PromiseCall(source, own);
}

function checked<T>(given: FromPromiseOptions<T>): FromPromiseOptions<T> {
  const options = ownOptions("fromPromise", given, { late: true, cancel: true, settle: true });
  checkFunctionOrNull(options.cancel ?? null, "cancel must be a function that stops the work");
  checkForeignOptions(options);
  return options;
}

/**
 * How many waits have got the value of a promise: one that was cancelled must not dispose of it under the others. Only
 * for values that can be disposed of: an entry for every promise would cost more than all else of a wait.
 */
const takers = new WeakMap<object, number>();

abstract class PromiseCoroutine<T> extends ForeignWait<T> implements Arrivals<T> {
  private readonly options: FromPromiseOptions<T> | null;
  /** What the promise was made of: several waits may have it. */
  private source: object | null = null;
  /** The value has come, and counts in `takers`; or it is not waited for any more. */
  private told = false;

  constructor(options: FromPromiseOptions<T> | null) {
    super(options?.settle);
    this.options = options;
  }

  /** The promise, and the signal that aborts it, now that it is not waited for any more. Null if there is none yet. */
  protected abstract stop(error: unknown): Pick<Parameters<typeof abandon<T>>[0], "promise" | "signal"> | null;

  protected get madeBy(): string {
    return "fromPromise()";
  }

  /** The promise is there. */
  protected take(source: PromiseLike<T>, loop: EventLoop | null): Promise<T> {
    const promise = adoptPromise(source, loop);
    this.source = source;
    return promise;
  }

  arrived(value: T): void {
    if (this.told || disposerOf(value) === null) return;
    this.told = true;
    this.count(1);
  }

  protected leave({ error, loop, settled, over }: Leaving): boolean {
    const left = this.stop(error);
    if (left === null) return false;
    if (this.told) this.count(-1);
    this.told = true;
    void abandon({ ...this.options, ...left, loop, settled, unwanted: () => this.unwanted() }).then(over);
    return true;
  }

  /** True, for one of the waits that were cancelled, if no other has got the value. */
  private unwanted(): boolean {
    const first = (takers.get(this.source as object) ?? 0) === 0;
    if (first) this.count(1);
    return first;
  }

  private count(change: number): void {
    const source = this.source as object;
    takers.set(source, (takers.get(source) ?? 0) + change);
  }
}

/** A promise that other code has made. */
class PromiseWait<T> extends PromiseCoroutine<T> {
  private readonly promise: Promise<T>;
  /** Until it is awaited: keeps an error for the loop to report, should it never be. */
  private readonly early: Future<T> | null;

  constructor(promise: PromiseLike<T>, options: FromPromiseOptions<T> | null) {
    super(options);
    const loop = kernel.runningLoop;
    this.promise = this.take(promise, loop);
    this.early = loop === null ? null : promiseFuture(this.promise, this, loop, this);
    if (loop === null) this.promise.then((value) => this.arrived(value), ignore);
  }

  protected open(loop: EventLoop): Future<T> {
    if (this.early?.getLoop() === loop) return this.early;
    this.early?.cancel();
    return promiseFuture(this.promise, this, loop, this);
  }

  protected stop(): { promise: Promise<T>; signal: null } {
    this.early?.cancel(); // it reports nothing: what becomes of the promise is told elsewhere
    return { promise: this.promise, signal: null };
  }

  protected describeWork(): string {
    return "a promise";
  }
}

/** A promise that is made when the coroutine begins, and that can be aborted. */
class PromiseCall<T> extends PromiseCoroutine<T> {
  private readonly call: (signal: AbortSignal) => PromiseLike<T>;
  private readonly controller = new AbortController();
  private promise: Promise<T> | null = null;

  constructor(call: (signal: AbortSignal) => PromiseLike<T>, options: FromPromiseOptions<T> | null) {
    super(options);
    this.call = call;
  }

  protected open(loop: EventLoop): Future<T> {
    const { signal } = this.controller;
    const made = this.call(signal);
    if (!isPromiseLike(made)) throw notAPromise("fromPromise", made);
    // Of an async function in native syntax: its `then` would begin it each time.
    const promise = iscoroutine(made) ? promiseOf(made as Coroutine<T>, { loop, signal }) : made;
    this.promise = this.take(promise, loop);
    return promiseFuture(this.promise, this, loop, this);
  }

  protected stop(error: unknown): { promise: Promise<T>; signal: AbortSignal } | null {
    this.controller.abort(error);
    return this.promise === null ? null : { promise: this.promise, signal: this.controller.signal };
  }

  protected describeWork(): string {
    return `the promise of ${describeFunction(this.call)}`;
  }
}

function ignore(): void {}

/**
 * A promise as a future of the loop, at once; a future as it is. If the promise has a method `cancel()`, as that of
 * `runCoroutineThreadsafe` has, cancelling the future calls it. `asyncio.wrap_future`.
 *
 *     const config = wrapFuture(import("./config.js")); // loading
 *     const { port } = yield* config;
 */
export function wrapFuture<T>(promise: PromiseLike<T>, options: { loop?: EventLoop | null } = {}): Future<T> {
  const own = ownOptions("wrapFuture", options, { loop: true });
  if (own.loop != null) checkLoop(own.loop, "wrapFuture expects an event loop");
  if (isfuture(promise)) return promise as unknown as Future<T>;
  if (!isPromise(promise)) throw notAPromise("wrapFuture", promise);
  const loop = own.loop ?? currentLoop();
  if (isConcurrentFuture<T>(promise)) return futureOf(loop, promise, { describeWait: () => String(promise) });
  const future = settle(promise, loop, { describeWait: () => "a promise" });
  const { cancel } = promise as { cancel?: unknown };
  if (typeof cancel === "function") {
    future.addDoneCallback(() => {
      if (future.cancelled()) cancel.call(promise);
    });
  }
  return future;
}
