/** Native promises for coroutines. */

import { checkOptions } from "../kernel/checks.ts";
import { describeFunction } from "../kernel/describe.ts";
import { CancelledError, reused } from "../kernel/errors.ts";
import { currentLoop, type Future, isfuture } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { ALREADY_AWAITED, type Coroutine, done, LeafCoroutine, type Suspend } from "../kernel/protocol.ts";
import { answerProbe, kernel, PROBE, SUSPENDED } from "../kernel/state.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { isPromiseLike, notAPromise, settle } from "./settle.ts";

/**
 * Waits for a native promise and gives its value:
 *
 *     const response = yield* fromPromise((signal) => fetch(url, { signal }));
 *
 * A function is called when the coroutine begins. If the task that waits is cancelled, the function's `signal` aborts,
 * its reason being the `CancelledError`, and that error is thrown at once: nobody waits for the promise any more. If it
 * is rejected all the same, that is no news when the error is an `AbortError`, a cancellation or the signal's reason;
 * any other error is reported to the loop's exception handler. A promise given as it is cannot be aborted; it is
 * handled from this call on, so that its rejection is never an `unhandledRejection`.
 */
export function fromPromise<T>(source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>)): Coroutine<T> {
  if (typeof source === "function") return new PromiseCall(source);
  if (!isPromiseLike(source)) throw notAPromise("fromPromise", source);
  return new PromiseWait(source);
}

const BEFORE = 0;
const WAITING = 1;
const ENDED = 2;

abstract class PromiseCoroutine<T> extends LeafCoroutine<T> implements WaitOwner {
  private state = BEFORE;
  private future: Future<T> | null = null;

  /** The future to wait for. */
  protected abstract begin(loop: EventLoop): Future<T>;
  /** Nobody waits any more; or ever will, if `future` is null. */
  protected abstract abandoned(error: unknown, future: Future<T> | null): void;
  abstract describeWait(): string;

  next(value?: unknown): IteratorResult<Suspend, T> {
    if (this.state === BEFORE) {
      this.state = ENDED;
      const future = this.begin(currentLoop());
      if (future.done()) return { done: true, value: future.result() };
      this.state = WAITING;
      this.future = future;
      kernel.blockedOn = future as Future<unknown>;
      return SUSPENDED;
    }
    if (value === PROBE) return answerProbe();
    if (this.state === ENDED) throw reused("fromPromise()");
    if (value === undefined) return { done: false, value: ALREADY_AWAITED };
    this.state = ENDED;
    return { done: true, value: (this.future as Future<T>).result() };
  }

  override throw(error: unknown): never {
    this.leave(error);
    throw error;
  }

  override return(value: T): IteratorResult<Suspend, T> {
    this.leave(new CancelledError());
    return done(value);
  }

  /** Thrown into: by the promise itself, or by somebody who does not want to wait any more. */
  private leave(error: unknown): void {
    const { future, state } = this;
    this.state = ENDED;
    if (state === ENDED) return;
    if (future !== null && !future.done()) future.cancel();
    if (future === null || future.cancelled()) this.abandoned(error, future);
  }
}

/** A promise that somebody has made. */
class PromiseWait<T> extends PromiseCoroutine<T> {
  private readonly promise: PromiseLike<T>;
  /** Until it is awaited: keeps an error for the loop to report, should nobody ask. */
  private readonly early: Future<T> | null;

  constructor(promise: PromiseLike<T>) {
    super();
    this.promise = promise;
    const loop = kernel.runningLoop;
    this.early = loop === null ? null : settle(promise, loop, this);
    if (loop === null) promise.then(ignore, ignore);
  }

  protected begin(loop: EventLoop): Future<T> {
    return this.early?.getLoop() === loop ? this.early : settle(this.promise, loop, this);
  }

  protected abandoned(): void {
    if (this.early?.done() === false) this.early.cancel();
  }

  describeWait(): string {
    return "a promise";
  }
}

/** A promise that is made when the coroutine begins, and that can be aborted. */
class PromiseCall<T> extends PromiseCoroutine<T> {
  private readonly call: (signal: AbortSignal) => PromiseLike<T>;
  private readonly controller = new AbortController();

  constructor(call: (signal: AbortSignal) => PromiseLike<T>) {
    super();
    this.call = call;
  }

  protected begin(loop: EventLoop): Future<T> {
    const { signal } = this.controller;
    const promise = this.call(signal);
    if (!isPromiseLike(promise)) throw notAPromise("fromPromise", promise);
    return settle(promise, loop, this, signal);
  }

  protected abandoned(error: unknown): void {
    this.controller.abort(error);
  }

  describeWait(): string {
    return `the promise of ${describeFunction(this.call)}`;
  }
}

function ignore(): void {}

/**
 * A promise as a future of the loop, at once; a future as it is. If the promise has a method `cancel()`, as that of
 * `runCoroutineThreadsafe` has, cancelling the future calls it. `asyncio.wrap_future`.
 */
export function wrapFuture<T>(promise: PromiseLike<T>, options: { loop?: EventLoop | null } = {}): Future<T> {
  checkOptions("wrapFuture", options, { loop: true });
  if (isfuture(promise)) return promise as unknown as Future<T>;
  if (!isPromiseLike(promise)) throw notAPromise("wrapFuture", promise);
  const future = settle(promise, options.loop ?? currentLoop(), { describeWait: () => "a promise" });
  const { cancel } = promise as { cancel?: unknown };
  if (typeof cancel === "function") {
    future.addDoneCallback(() => {
      if (future.cancelled()) cancel.call(promise);
    });
  }
  return future;
}
