/** asyncio's Future: a result that will be there later. */

import { DEV } from "#dev";
import { checkLoop, checkOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { asFailure, CancelledError, InvalidStateError, RuntimeError } from "../base/errors.ts";
import { checkCallback } from "./callables.ts";
import { type Context, checkContext, snapshot } from "./context.ts";
import { CANCELLED, FAILED, PENDING, RESULT, RETRIEVED } from "./flags.ts";
import { Crowd, FutureIterator, isObserver, Notice, type Observer, type Waiter, waitersOf } from "./futureWaiters.ts";
import { Handle } from "./handle.ts";
import type { EventLoop } from "./loop.ts";
import { AWAITABLE, type Awaitable, CHAINABLE, type Chainable, type Suspend } from "./protocol.ts";
import type { Runnable } from "./queues/ready.ts";
import { kernel } from "./state.ts";
import type { Task } from "./task.ts";
import type { WaitOwner } from "./waiter.ts";

const STATES = ["pending", "finished", "cancelled", "finished", "finished"] as const;

/** Options of `Future`; the loop is the running one by default. */
export type FutureOptions = { loop?: EventLoop };
/** What `addDoneCallback` takes; called with the future. */
export type DoneCallback<F> = (future: F) => unknown;

/** At most this many waiters are searched for the one that leaves. */
const FEW = 16;

const BRAND = Symbol.for("tsyncio.future");

/**
 * A result that will be there later: `asyncio.Future`. `yield* future` waits for it; native code may `await` it.
 * Made by the loop's `createFuture()`, or by `new Future()` in code that a loop runs.
 *
 *     const answer = new Future<number>();
 *     getRunningLoop().callLater(1, () => answer.setResult(42));
 *     console.log(yield* answer); // 42, after a second
 */
export class Future<T> implements Awaitable<T>, Chainable<T>, Runnable {
  declare catch: Chainable<T>["catch"];
  declare finally: Chainable<T>["finally"];
  /** @internal */ declare _state: number;
  /** @internal The result, the exception, or what a cancelled future's error is made from. */
  declare _value: unknown;
  /** @internal */ declare _waiters: Waiter | Waiter[] | null;
  /** @internal */ declare _loop: EventLoop;
  /** @internal Of its own only where there is one: see `OwnedFuture`. */ declare _owner: WaitOwner | null;

  constructor(options?: FutureOptions) {
    this._state = PENDING;
    this._value = undefined;
    this._waiters = null;
    const loop = options?.loop ?? currentLoop();
    if (options !== undefined && options !== loop._asOptions) checkFutureOptions(options, loop);
    this._loop = loop;
    if (loop._debug) kernel.diagnostics?.noteSource(this);
  }

  getLoop(): EventLoop {
    return this._loop;
  }

  /** True if there is a result or an exception, or the future was cancelled. */
  done(): boolean {
    return this._state !== PENDING;
  }

  cancelled(): boolean {
    return this._state === CANCELLED;
  }

  /** The result. Throws the future's exception, `CancelledError`, or `InvalidStateError` if it is not done. */
  result(): T {
    if (this._state === RESULT) return this._value as T;
    if (this._state === PENDING) throw new InvalidStateError("Result is not ready.");
    throw this._takeError();
  }

  /**
   * The exception, or null. Throws `CancelledError` if cancelled, `InvalidStateError` if it is not done. For
   * `undefined` and the like, which JavaScript can throw too, a `TypeError` that says so; `result()` throws what was
   * thrown.
   */
  exception(): unknown {
    if (this._state === RESULT) return null;
    if (this._state === PENDING) throw new InvalidStateError("Exception is not set.");
    const error = this._takeError();
    if (this._state === CANCELLED) throw error;
    return asFailure(error);
  }

  /** Completes the future. Throws `InvalidStateError` if it is done. */
  setResult(value: T): void {
    if (this._state !== PENDING) throw this._alreadyDone();
    this._finish(value);
  }

  /**
   * Completes the future with an error; of a class of errors it makes one. Throws `InvalidStateError` if it is done.
   */
  setException(exception: unknown): void {
    if (this._state !== PENDING) throw this._alreadyDone();
    this._fail(isErrorClass(exception) ? new exception() : exception);
  }

  /** False if the future is done; otherwise it is cancelled, and the callbacks are scheduled. */
  cancel(msg?: unknown): boolean {
    this._seen();
    if (this._state !== PENDING) return false;
    this._cancelNow(msg);
    return true;
  }

  /**
   * `fn(future)` is called by `callSoon` when the future is done, or soon if it already is; in `context`, or in a
   * copy of the current one.
   */
  addDoneCallback(fn: DoneCallback<this>, options?: { context?: Context }): void {
    checkCallback(fn, "addDoneCallback");
    if (options !== undefined) checkOptions("addDoneCallback", options, { context: true });
    if (options?.context !== undefined) checkContext(options.context, "addDoneCallback");
    this._addWaiter(new Handle(fn, [this], this._loop, options?.context ?? snapshot()));
  }

  /** Removes every registration of `fn`, and says how many there were. */
  removeDoneCallback(fn: DoneCallback<this>): number {
    const waiters = waitersOf(this as Future<unknown>);
    const kept = waiters.filter((w) => !(w instanceof Handle && w._callback === fn));
    const removed = waiters.length - kept.length;
    if (removed > 0) this._waiters = kept.length > 0 ? kept : null;
    return removed;
  }

  /** What `yield* future` calls. A done future does not give up the turn. */
  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return new FutureIterator(this);
  }

  /** For native code: `await future`, and `Promise.all` of futures. Does not cancel the future. */
  then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.toPromise().then(onfulfilled, onrejected);
  }

  /** A native promise with the future's outcome. */
  toPromise(): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        if (this._state === RESULT) resolve(this._value as T);
        else reject(this._takeError());
      };
      if (this._state === PENDING) this.addDoneCallback(settle);
      else settle();
    });
  }

  toString(): string {
    return `<${this.constructor.name} ${describeState(this)}>`;
  }

  /** The exception was retrieved, or is not wanted. */
  private _seen(): void {
    if (this._state !== FAILED) return;
    this._state = RETRIEVED;
    this._loop._unretrieved.retrieved(this as Future<unknown>);
  }

  /** @internal True if there is an exception that was never retrieved. */
  _unretrieved(): boolean {
    return this._state === FAILED;
  }

  /** @internal A future of the same class with the same outcome. Nothing of the kernel's leads from it to this one. */
  _copy(): Future<T> {
    const copy: Future<T> = Object.create(Object.getPrototypeOf(this));
    copy._state = this._state;
    copy._value = this._value;
    copy._waiters = null;
    return copy;
  }

  /** @internal */
  _finish(value: unknown): void {
    this._state = RESULT;
    this._value = value;
    if (this._waiters !== null) this._schedule();
  }

  /** @internal */
  _fail(exception: unknown): void {
    this._state = FAILED;
    this._value = exception;
    if (this._waiters !== null) this._schedule();
    this._loop._failed(this);
  }

  /** @internal */
  _cancelNow(value: unknown): void {
    this._state = CANCELLED;
    this._value = value;
    if (this._waiters !== null) this._schedule();
  }

  /** @internal The error that a waiter gets. The future is done and has no result. */
  _takeError(): unknown {
    if (this._state === CANCELLED) return this._makeCancelledError();
    this._seen();
    return this._value;
  }

  /**
   * @internal A task that ended by a `CancelledError` hands out that very error once; after that, and for a
   * plain future, a new one with the message of `cancel()`.
   */
  _makeCancelledError(): CancelledError {
    const value = this._value;
    if (value instanceof CancelledError) {
      this._value = undefined;
      return value;
    }
    return cancelledError(value);
  }

  /** @internal */
  _addWaiter(waiter: Waiter): void {
    if (this._state !== PENDING) return this._enqueue(waiter);
    const waiters = this._waiters;
    if (waiters === null) this._waiters = waiter;
    else if (Array.isArray(waiters)) waiters.push(waiter);
    else if (waiters instanceof Crowd) waiters.add(waiter);
    else this._waiters = [waiters, waiter];
  }

  /** @internal */
  _removeWaiter(waiter: Waiter): void {
    if (this._state !== PENDING) return;
    const waiters = this._waiters;
    if (waiters === waiter) this._waiters = null;
    else if (waiters instanceof Crowd) waiters.delete(waiter);
    else if (Array.isArray(waiters)) {
      if (waiters.length <= FEW) this._waiters = waiters.filter((w) => w !== waiter);
      else {
        const crowd = new Crowd(waiters);
        crowd.delete(waiter);
        this._waiters = crowd;
      }
    }
  }

  /** @internal */
  _schedule(): void {
    const waiters = this._waiters as Waiter | Waiter[];
    if (Array.isArray(waiters)) this._scheduleAll(waiters);
    else if (isObserver(waiters)) {
      if (waiters._ignores?.(this as Future<unknown>)) this._waiters = null;
      else this._loop._enqueue(this);
    } else {
      this._waiters = null;
      this._wake(waiters);
    }
  }

  private _scheduleAll(waiters: readonly Waiter[]): void {
    this._waiters = null;
    for (const waiter of waiters) this._enqueue(waiter);
  }

  /** @internal */
  _enqueue(waiter: Waiter): void {
    const self = this as Future<unknown>;
    if (!isObserver(waiter)) this._wake(waiter);
    else if (!waiter._ignores?.(self)) this._loop._enqueue(new Notice(self, waiter));
  }

  private _wake(waiter: Runnable): void {
    if (kernel.instrument !== null && "_coro" in waiter)
      kernel.instrument.woken(waiter as Task<unknown>, this as Future<unknown>, kernel.currentTask);
    this._loop._enqueue(waiter);
  }

  /** @internal In the ready queue, done: the observer is told. */
  _run(): void {
    const observer = this._waiters as Observer;
    this._waiters = null;
    observer._futureEnded(this as Future<unknown>);
  }

  /** @internal */
  _alreadyDone(): InvalidStateError {
    return new InvalidStateError(`${STATES[this._state]}: ${this} is already done`);
  }
}

Object.defineProperties(Future.prototype, { [BRAND]: { value: true }, [AWAITABLE]: { value: true }, ...CHAINABLE });
// Tasks, and most futures, have no owner: none of them needs a place for it.
Future.prototype._owner = null;

/** A subclass that says in reports that it is a `Future`. A pure call: a bundle without it leaves the class out. */
export function asFuture<C extends { prototype: Future<unknown> }>(cls: C): C {
  cls.prototype.constructor = Future;
  return cls;
}

function checkFutureOptions(options: FutureOptions, loop: unknown): void {
  checkOptions("a future", options, { loop: true });
  checkLoop(loop, "the loop of a future must be an event loop");
}

/** For `toString`. */
export function describeState(future: Future<unknown>): string {
  const state = STATES[future._state] as string;
  if (future._state === RESULT) return `${state} result=${describe(future._value)}`;
  if (future._state >= FAILED) return `${state} exception=${String(future._value)}`;
  return state;
}

function isErrorClass(value: unknown): value is new () => Error {
  return typeof value === "function" && (value === Error || value.prototype instanceof Error);
}

export function cancelledError(msg: unknown): CancelledError {
  return msg === undefined || msg === null ? new CancelledError() : new CancelledError(String(msg));
}

/** `asyncio.isfuture`: true for futures and tasks, of another copy of the package too. */
export function isfuture(value: unknown): value is Future<unknown> {
  return (
    value instanceof Future ||
    (typeof value === "object" && value !== null && (value as { [BRAND]?: true })[BRAND] === true)
  );
}

/** The loop that runs this code, else the one set by `setEventLoop`. */
export function currentLoop(): EventLoop {
  const loop = kernel.runningLoop ?? kernel.eventLoop;
  if (loop === null) {
    const advice = DEV ? ": call this inside a coroutine or callback, or pass { loop }" : "";
    throw new RuntimeError(`no running event loop${advice}`);
  }
  return loop;
}
