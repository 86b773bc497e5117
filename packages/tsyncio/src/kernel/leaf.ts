/** The leaves under `yield*` that are written by hand and wait for a future of their own. */

import { reused } from "../base/errors.ts";
import { LeafCoroutine } from "./coroutines.ts";
import type { Future } from "./future.ts";
import { done, type Suspend, type Suspended } from "./protocol.ts";
import { alreadyAwaited, checkTaken, PROBE as probe, SUSPENDED, suspendOn, type Turn } from "./state.ts";

// As a constant of this module's own: see state.ts.
const PROBE = probe;

/** What a leaf waits for: null before it has begun, undefined when it has ended. */
export type Wait = Future<unknown> | Turn | null | undefined;

/** Whether `next(value)` of a leaf that waits for `wait` comes from its task: what it waits for is done. */
export function isResumed(wait: Wait, value: unknown): boolean {
  return value !== undefined && value !== PROBE && wait !== undefined;
}

/**
 * A coroutine that waits in one place, written by hand: no generator object, no frame. A subclass begins and finishes
 * in its `next`, and abandons the wait when it ends by an error or is closed:
 *
 *     next(value?: unknown) {
 *       const wait = this._wait;
 *       if (wait !== null && !isResumed(wait, value)) return value === PROBE ? answerProbe() : this.refuse();
 *       this._wait = undefined; // unless it suspends
 *       return somethingToWaitFor ? this.suspend(future) : { done: true, value: result };
 *     }
 *
 * Were this a method here that calls `begin` and `finish`, V8 would look them up for each leaf anew: an item of a queue
 * takes a fifth longer. And a stack that answers the probe has one frame of the leaf: see diagnostics/stack.ts.
 */
export abstract class Leaf<T> extends LeafCoroutine<T> {
  /**
   * @internal Null at first: set by the constructor of the subclass, since one more constructor costs each leaf time.
   */
  declare _wait: Wait;

  /** The call that made this, for messages. */
  protected abstract get madeBy(): string;

  /** The wait for `future` ends by `error`; null if the coroutine is closed. */
  protected abstract abandon(future: Future<unknown>, error: unknown): void;

  /** What `next()` returns when the leaf has begun already. */
  protected refuse(): Suspended {
    if (this._wait === undefined) throw reused(this.madeBy);
    return alreadyAwaited(this, this._wait);
  }

  protected suspend(on: Future<unknown> | Turn): Suspended {
    this._wait = on;
    return suspendOn(on);
  }

  override throw(error: unknown): IteratorResult<Suspend, T> {
    if (error === PROBE) return SUSPENDED; // see yielded.ts
    this.end(error);
    throw error;
  }

  override return(value: T): IteratorResult<Suspend, T> {
    const wait = this._wait;
    this.end(null);
    checkTaken(wait);
    return done(value);
  }

  private end(error: unknown): void {
    const wait = this._wait;
    this._wait = undefined;
    if (wait != null) this.abandon(wait as Future<unknown>, error);
  }
}
