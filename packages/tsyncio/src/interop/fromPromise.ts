/** Native promises for coroutines. */

import { checkFunctionOrNull, checkLoop, checkOptions, checkType, ownOptions } from "../base/checks.ts";
import { describeFunction } from "../base/describe.ts";
import { CancelledError, ValueError } from "../base/errors.ts";
import { callersLoop } from "../host/loops.ts";
import { adoptPromise, promiseFuture } from "../iteration/awaitable.ts";
import { futureOf, isConcurrentFuture } from "../kernel/executor.ts";
import { currentLoop, Future, isfuture } from "../kernel/future.ts";
import type { TimerHandle } from "../kernel/handle.ts";
import { isResumed, Leaf } from "../kernel/leaf.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { done, type NativeCoroutine, type Suspend, type Suspended } from "../kernel/protocol.ts";
import { answerProbe, checkTaken, kernel, PROBE } from "../kernel/state.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { abandon, type FromPromiseOptions } from "./late.ts";
import { isPromise, isPromiseLike, notAPromise, settle } from "./settle.ts";

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
 * `Symbol.dispose` is disposed of, unless another `fromPromise` of the same promise waits for it. A rejection is no news
 * when it is an `AbortError`, a cancellation or the signal's reason; any other error, also of `late`, of `cancel` and of
 * disposal, is reported to the loop's exception handler.
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
  const { late = null, cancel = null, settle = null } = options;
  checkFunctionOrNull(late, "late must be a function that takes a value back");
  checkFunctionOrNull(cancel, "cancel must be a function that stops the work");
  if (settle === null) return options;
  checkType(settle, "number", "settle must be a number of seconds");
  if (!(settle >= 0)) throw new ValueError(`settle must be 0 seconds or more, got ${settle}`);
  return options;
}

/** How many waits of a promise may still get its value: one that is cancelled must not dispose of it under the others. */
const takers = new WeakMap<object, number>();

abstract class PromiseCoroutine<T> extends Leaf<T> implements WaitOwner {
  private readonly options: FromPromiseOptions<T> | null;
  /** Not null once it is cancelled, and waits for the end of the foreign work. */
  private settling: Settling | null = null;
  /** What the promise was made of: several waits may have it. */
  private source: object | null = null;

  constructor(options: FromPromiseOptions<T> | null) {
    super();
    this._wait = null;
    this.options = options;
  }

  /** The future to wait for. */
  protected abstract open(loop: EventLoop): Future<T>;
  /** The promise, and the signal that aborts it, now that it is not waited for any more. Null if there is none yet. */
  protected abstract leave(error: unknown): Pick<Parameters<typeof abandon<T>>[0], "promise" | "signal"> | null;
  protected abstract describePromise(): string;

  protected get madeBy(): string {
    return "fromPromise()";
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    const wait = this._wait;
    if (wait !== null && !isResumed(wait, value)) return value === PROBE ? answerProbe() : this.refuse();
    this._wait = undefined;
    if (this.settling !== null) return this.goOnSettling(this.settling);
    const future = wait === null ? this.open(currentLoop()) : (wait as Future<T>);
    return future.done() ? { done: true, value: future.result() } : this.suspend(future as Future<unknown>);
  }

  /** Called with the promise's own error, or with one that ends the wait: perhaps not at once. */
  override throw(error: unknown): IteratorResult<Suspend, T> {
    if (this.settling !== null) return this.goOnSettling(this.settling);
    const limit = this.options?.settle ?? 0;
    const { loop, over } = this.leaveBy(error);
    if (over === null || limit === 0) throw error;
    this.settling = new Settling(loop, over, limit, error);
    return this.goOnSettling(this.settling);
  }

  override return(value: T): IteratorResult<Suspend, T> {
    const wait = this._wait;
    this.settling?.stop();
    this.leaveBy(new CancelledError());
    checkTaken(wait);
    return done(value);
  }

  protected abandon(_future: unknown, error: unknown): void {
    this.leaveBy(error);
  }

  /** The promise is there, and this wait may get its value. */
  protected take(source: PromiseLike<T>, loop: EventLoop | null): Promise<T> {
    const promise = adoptPromise(source, loop);
    this.source = source;
    takers.set(source, (takers.get(source) ?? 0) + 1);
    return promise;
  }

  /** True, for one of the waits that were cancelled, if no other gets the value. */
  private unwanted(): boolean {
    const source = this.source as object;
    return takers.get(source) === 0 && takers.delete(source);
  }

  describeWait(): string {
    return this.settling === null ? this.describePromise() : `the end of ${this.describePromise()}, cancelled`;
  }

  private goOnSettling(settling: Settling): Suspended {
    if (!settling.over) return this.suspend(settling.wait(this));
    this._wait = undefined;
    this.settling = null;
    throw settling.error;
  }

  /** The wait ends by `error`. `over` is resolved when the foreign work is; null if there is none to be waited for. */
  private leaveBy(error: unknown): { loop: EventLoop; over: Promise<void> | null } {
    const wait = this._wait;
    const future = wait instanceof Future ? wait : null;
    const loop = future?.getLoop() ?? currentLoopOrNative();
    this._wait = undefined;
    if (this.settling !== null || wait === undefined) return { loop, over: null };
    const settled = future?.done() === true && !future.cancelled();
    if (future !== null && !future.done()) future.cancel();
    else if (future !== null && !future.cancelled() && future.exception() === error) return { loop, over: null };
    const left = this.leave(error);
    if (left === null) return { loop, over: null };
    const source = this.source as object;
    takers.set(source, (takers.get(source) as number) - 1);
    return { loop, over: abandon({ ...this.options, ...left, loop, settled, unwanted: () => this.unwanted() }) };
  }
}

/** A shielded wait. */
class Settling {
  over = false;
  readonly error: unknown;
  private readonly loop: EventLoop;
  private readonly timer: TimerHandle | null;
  private waiter: Future<void> | null = null;

  constructor(loop: EventLoop, over: Promise<void>, limit: number, error: unknown) {
    this.loop = loop;
    this.error = error;
    this.timer = limit === Number.POSITIVE_INFINITY ? null : loop.callLater(limit, () => this.stop());
    void over.then(() => this.stop());
  }

  /** Another cancellation ends the future, but not the wait. */
  wait(owner: WaitOwner): Future<unknown> {
    this.waiter = createWaiter<void>(this.loop, owner);
    return this.waiter as Future<unknown>;
  }

  stop(): void {
    this.over = true;
    this.timer?.cancel();
    if (this.waiter?.done() === false) this.waiter.setResult();
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
    this.early = loop === null ? null : promiseFuture(this.promise, this, loop);
    if (loop === null) this.promise.catch(ignore);
  }

  protected open(loop: EventLoop): Future<T> {
    if (this.early?.getLoop() === loop) return this.early;
    this.early?.cancel();
    return promiseFuture(this.promise, this, loop);
  }

  protected leave(): { promise: Promise<T>; signal: null } {
    this.early?.cancel(); // it reports nothing: what becomes of the promise is told elsewhere
    return { promise: this.promise, signal: null };
  }

  protected describePromise(): string {
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
    const promise = this.call(this.controller.signal);
    if (!isPromiseLike(promise)) throw notAPromise("fromPromise", promise);
    this.promise = this.take(promise, loop);
    return promiseFuture(this.promise, this, loop);
  }

  protected leave(error: unknown): { promise: Promise<T>; signal: AbortSignal } | null {
    this.controller.abort(error);
    return this.promise === null ? null : { promise: this.promise, signal: this.controller.signal };
  }

  protected describePromise(): string {
    return `the promise of ${describeFunction(this.call)}`;
  }
}

/** A coroutine may be closed outside of every loop. */
function currentLoopOrNative(): EventLoop {
  return kernel.runningLoop ?? callersLoop();
}

function ignore(): void {}

/**
 * A promise as a future of the loop, at once; a future as it is. If the promise has a method `cancel()`, as that of
 * `runCoroutineThreadsafe` has, cancelling the future calls it. `asyncio.wrap_future`.
 */
export function wrapFuture<T>(promise: PromiseLike<T>, options: { loop?: EventLoop | null } = {}): Future<T> {
  checkOptions("wrapFuture", options, { loop: true });
  if (options.loop != null) checkLoop(options.loop, "wrapFuture expects an event loop");
  if (isfuture(promise)) return promise as unknown as Future<T>;
  if (!isPromise(promise)) throw notAPromise("wrapFuture", promise);
  const loop = options.loop ?? currentLoop();
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
