/**
 * Flat coroutines. A plain chain of `yield*` re-enters every generator on the way down each time it is resumed.
 * A coroutine made by `coroutine()` runs inline at first; only if it suspends it becomes a frame of its task,
 * which from then on resumes it directly.
 */

import { claim } from "./coroutines.ts";
import { type Coroutine, done, type Suspend } from "./protocol.ts";
import {
  ALREADY_AWAITED,
  alreadyAwaited,
  answerProbe,
  kernel,
  notASequence,
  PROBE,
  SUSPENDED as suspended,
} from "./state.ts";
import type { Task } from "./task.ts";
import { notClaimed, throwAtAwait } from "./yielded.ts";

// As constants of this module's own: see state.ts.
const SUSPENDED = suspended;

/** A suspended coroutine, and at the same time the iterator on which the `yield*` of the outer one stands. */
export class Frame implements Iterator<Suspend, unknown, unknown> {
  declare readonly coro: Coroutine<unknown>;
  /** The frame that waits for this one; null is the task's own coroutine. */
  declare outer: Frame | null;
  /** What the coroutine yielded before it became a frame; null when that has been passed on. */
  declare private first: IteratorResult<Suspend, unknown> | null;
  declare private left: boolean;
  /** The coroutine has not begun: the task does that. */
  declare unbegun: boolean;

  constructor(coro: Coroutine<unknown>, first: IteratorResult<Suspend, unknown>, unbegun: boolean) {
    this.coro = coro;
    this.outer = null;
    this.first = first;
    this.left = false;
    this.unbegun = unbegun;
    // The innermost coroutine suspends first, so frames come from the inside out.
    if (kernel.innermost === null) kernel.innermost = this;
    else (kernel.outermost as Frame).outer = this;
    kernel.outermost = this;
  }

  /** The coroutine has ended; returns the frame to go on with. */
  leave(): Frame | null {
    this.left = true;
    return this.outer;
  }

  next(value?: unknown): IteratorResult<Suspend, unknown> {
    const first = this.first;
    if (first !== null) {
      this.first = null;
      return first;
    }
    if (this.left) return done(value);
    if (value === PROBE) return answerProbe();
    if (this.untaken()) throw notASequence();
    return alreadyAwaited(this, null);
  }

  throw(error: unknown): IteratorResult<Suspend, unknown> {
    if (this.left) throw error;
    return this.coro.throw(error);
  }

  return(value: unknown): IteratorResult<Suspend, unknown> {
    if (this.left) return done(value);
    const untaken = this.untaken();
    const result = this.coro.return(value);
    if (untaken) throw notASequence();
    return result;
  }

  /** Still there for a task to take, though it is closed or begun a second time: it is iterated without `yield*`. */
  private untaken(): boolean {
    let frame = kernel.innermost;
    while (frame !== null && frame !== this) frame = frame.outer;
    return frame !== null;
  }
}

/** The iterator of a flat coroutine that has ended without suspending. */
class Ended<T> implements Iterator<Suspend, T, unknown> {
  declare private readonly result: IteratorResult<Suspend, T>;
  constructor(result: IteratorResult<Suspend, T>) {
    this.result = result;
  }
  next(): IteratorResult<Suspend, T> {
    return this.result;
  }
}

/** At most this many run inside each other. The engine's stack has room for a few thousand. */
const DEEPEST = 100;

/**
 * What `yield*` calls on a flat coroutine: its first step, and a frame if it has suspended. In a deep recursion all
 * those above become frames too, as if they had suspended, and the task goes on at once with this one.
 */
export function beginInline<T>(coro: Coroutine<T>): Iterator<Suspend, T, unknown> {
  if (!claim(coro)) throw notClaimed(coro);
  if (kernel.nesting >= DEEPEST) {
    kernel.innermost = null; // see suspendOn
    return new Frame(coro, SUSPENDED, true) as Iterator<Suspend, T, unknown>;
  }
  kernel.nesting++;
  let first = coro.next();
  while (first.value === ALREADY_AWAITED) {
    first = throwAtAwait(kernel.currentTask as Task<unknown>, coro as Coroutine<unknown>) as typeof first;
  }
  // After an error it is not counted down, which does no harm: each step of a task begins at 0.
  kernel.nesting--;
  if (first.done === true) return new Ended(first);
  return new Frame(coro as Coroutine<unknown>, first, false) as Iterator<Suspend, T, unknown>;
}
