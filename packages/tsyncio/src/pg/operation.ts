/** The wait for what the server works on. */

import { currentLoop, Future } from "../kernel/future.ts";
import { isResumed, Leaf } from "../kernel/leaf.ts";
import { done, type Suspend, type Suspended } from "../kernel/protocol.ts";
import { answerProbe, checkTaken, PROBE } from "../kernel/state.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import type { Session, Work } from "./session.ts";

/** The end of an operation; called once or more, the first counts. */
export type Settle<T> = (error: Error | null, value?: T) => void;

/**
 * Before the server has the work; while the task waits for it; once the wait has ended early, and the server shall
 * stop.
 */
type Stage = "new" | "begun" | "leaving";

/**
 * A coroutine that has the server work and waits for it. Cancelled, it asks the server to stop; the cancellation goes
 * on when that has stopped, or when the connection is destroyed.
 */
export abstract class Operation<T> extends Leaf<T> implements WaitOwner {
  protected readonly session: Session;
  private stage: Stage = "new";
  /** What it ends by when it is leaving. */
  private error: unknown = null;

  constructor(session: Session) {
    super();
    this._wait = null;
    this.session = session;
  }

  /** What the session runs while this waits. */
  protected abstract get work(): Work;
  protected abstract begin(settle: Settle<T>): void;
  abstract describeWait(): string;

  next(value?: unknown): IteratorResult<Suspend, T> {
    const wait = this._wait;
    if (wait !== null && !isResumed(wait, value)) return value === PROBE ? answerProbe() : this.refuse();
    this._wait = undefined;
    if (this.stage === "begun") return done((wait as Future<T>).result());
    if (this.stage === "leaving") return this.leave();
    // What a task before has left unfinished.
    if (this.session.stopping) return this.suspend(this.session.idle(this));
    this.stage = "begun";
    const future = createWaiter<T>(currentLoop(), this);
    this.begin((error, result) => {
      if (future.done()) return;
      if (error === null) future.setResult(result as T);
      else future.setException(error);
    });
    return this.suspend(future as Future<unknown>);
  }

  /** Called with the server's error, or with one that ends the wait. */
  override throw(error: unknown): IteratorResult<Suspend, T> {
    const wait = this._wait;
    if (error === PROBE || this.stage === "new" || wait == null) return super.throw(error);
    this._wait = undefined;
    if (this.stage === "leaving") return this.leave();
    const future = wait as Future<T>;
    if (future.done() && !future.cancelled() && future.exception() === error) {
      // pg's comes from the socket; with the lines of the task it says which query has failed.
      if (error instanceof Error) Error.captureStackTrace?.(error);
      throw error;
    }
    future.cancel();
    this.stage = "leaving";
    this.error = error;
    if (this.session.runs(this.work)) this.session.stop();
    return this.leave();
  }

  override return(value: T): IteratorResult<Suspend, T> {
    const wait = this._wait;
    this._wait = undefined;
    if (wait instanceof Future) wait.cancel();
    if (this.stage === "begun" && wait != null && this.session.runs(this.work)) this.session.stop();
    checkTaken(wait);
    return done(value);
  }

  private leave(): Suspended {
    if (this.session.runs(this.work)) return this.suspend(this.session.idle(this));
    throw this.error;
  }

  /** The wait for the end of what a task before has left. */
  protected abandon(future: Future<unknown>): void {
    future.cancel();
  }
}
