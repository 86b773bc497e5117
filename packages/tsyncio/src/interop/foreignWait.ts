/** Waiting for the outcome of foreign work, which goes on when nothing waits for it any more. */

import { checkFunctionOrNull, checkType } from "../base/checks.ts";
import { CancelledError, ValueError } from "../base/errors.ts";
import { callersLoop } from "../host/loops.ts";
import { currentLoop, Future } from "../kernel/future.ts";
import type { TimerHandle } from "../kernel/handle.ts";
import { isResumed, Leaf } from "../kernel/leaf.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { done, type Suspend, type Suspended } from "../kernel/protocol.ts";
import { answerProbe, checkTaken, kernel, PROBE } from "../kernel/state.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";

/** How a wait ends before it has got its outcome. */
export interface Leaving {
  readonly error: unknown;
  readonly loop: EventLoop;
  /** The outcome came in the turn of the cancellation: there is nothing left to stop. */
  readonly settled: boolean;
  /** To be called when the foreign work is over. */
  readonly over: () => void;
}

export abstract class ForeignWait<T> extends Leaf<T> implements WaitOwner {
  /** How many seconds a cancelled wait goes on, shielded, until the work is over. */
  private readonly limit: number;
  /** Not null once it is cancelled, and waits for the end of the foreign work. */
  private settling: Settling | null = null;

  constructor(limit: number | null | undefined) {
    super();
    this._wait = null;
    this.limit = limit ?? 0;
  }

  /** The future to wait for. */
  protected abstract open(loop: EventLoop): Future<T>;
  /** The work is not waited for any more. Returns true if it is under way: `over()` is called when it has ended. */
  protected abstract leave(leaving: Leaving): boolean;
  protected abstract describeWork(): string;
  /** The wait, shielded until now, ends. */
  protected settleEnded(_loop: EventLoop): void {}

  next(value?: unknown): IteratorResult<Suspend, T> {
    const wait = this._wait;
    if (wait !== null && !isResumed(wait, value)) return value === PROBE ? answerProbe() : this.refuse();
    this._wait = undefined;
    if (this.settling !== null) return this.goOnSettling(this.settling);
    const future = wait === null ? this.open(currentLoop()) : (wait as Future<T>);
    return future.done() ? { done: true, value: future.result() } : this.suspend(future as Future<unknown>);
  }

  /** Called with the error of the work itself, or with one that ends the wait: perhaps not at once. */
  override throw(error: unknown): IteratorResult<Suspend, T> {
    if (this.settling !== null) return this.goOnSettling(this.settling);
    const settling = new Settling(error);
    const loop = this.leaveBy(error, settling);
    if (loop === null || this.limit === 0 || settling.over) throw error;
    settling.begin(loop, this.limit);
    this.settling = settling;
    return this.goOnSettling(settling);
  }

  override return(value: T): IteratorResult<Suspend, T> {
    const wait = this._wait;
    if (this.settling !== null) {
      this.settling.stop();
      this.settleEnded(this.settling.loop as EventLoop);
    }
    const error = new CancelledError();
    this.leaveBy(error, new Settling(error));
    checkTaken(wait);
    return done(value);
  }

  protected abandon(_future: unknown, error: unknown): void {
    this.leaveBy(error, new Settling(error));
  }

  describeWait(): string {
    return this.settling === null ? this.describeWork() : `the end of ${this.describeWork()}, cancelled`;
  }

  private goOnSettling(settling: Settling): Suspended {
    if (!settling.over) return this.suspend(settling.wait(this));
    this._wait = undefined;
    this.settling = null;
    this.settleEnded(settling.loop as EventLoop);
    throw settling.error;
  }

  /** The wait ends by `error`. Returns the loop where the end of the work can be waited for; null if there is none. */
  private leaveBy(error: unknown, settling: Settling): EventLoop | null {
    const wait = this._wait;
    const future = wait instanceof Future ? wait : null;
    const loop = future?.getLoop() ?? currentLoopOrNative();
    this._wait = undefined;
    if (this.settling !== null || wait === undefined) return null;
    const settled = future?.done() === true && !future.cancelled();
    if (future !== null && !future.done()) future.cancel();
    else if (future !== null && isFailureOf(future, error)) return null;
    return this.leave({ error, loop, settled, over: () => settling.stop() }) ? loop : null;
  }
}

/** The future, which is done, has failed by this error. */
function isFailureOf(future: Future<unknown>, error: unknown): boolean {
  return !future.cancelled() && future.exception() !== null && Object.is(future._takeError(), error);
}

/** A shielded wait. */
class Settling {
  over = false;
  readonly error: unknown;
  loop: EventLoop | null = null;
  private timer: TimerHandle | null = null;
  private waiter: Future<void> | null = null;

  constructor(error: unknown) {
    this.error = error;
  }

  /** For `limit` seconds at most. */
  begin(loop: EventLoop, limit: number): void {
    this.loop = loop;
    if (limit !== Number.POSITIVE_INFINITY) this.timer = loop.callLater(limit, () => this.stop());
  }

  /** Another cancellation ends the future, but not the wait. */
  wait(owner: WaitOwner): Future<unknown> {
    this.waiter = createWaiter<void>(this.loop as EventLoop, owner);
    return this.waiter as Future<unknown>;
  }

  stop(): void {
    this.over = true;
    this.timer?.cancel();
    if (this.waiter?.done() === false) this.waiter.setResult();
  }
}

/** A coroutine may be closed outside of every loop. */
function currentLoopOrNative(): EventLoop {
  return kernel.runningLoop ?? callersLoop();
}

/** The options that all foreign work has. */
export function checkForeignOptions({ late = null, settle = null }: { late?: unknown; settle?: number | null }): void {
  checkFunctionOrNull(late, "late must be a function that takes a value back");
  if (settle === null) return;
  checkType(settle, "number", "settle must be a number of seconds");
  if (!(settle >= 0)) throw new ValueError(`settle must be 0 seconds or more, got ${settle}`);
}
