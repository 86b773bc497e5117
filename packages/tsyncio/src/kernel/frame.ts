/**
 * Flat coroutines, and how a task goes from one to the next. A plain chain of `yield*` re-enters every generator on the
 * way down each time it is resumed. A coroutine made by `coroutine()` runs inline at first; only if it suspends it
 * becomes a frame of its task, which from then on resumes it directly.
 */

import { claimGenerator } from "./coroutines.ts";
import { type Coroutine, done, GENERATOR_NEXT as generatorNext, type Suspend } from "./protocol.ts";
import {
  ALREADY_AWAITED,
  alreadyAwaited,
  answerProbe,
  notASequence,
  PROBE,
  kernel as shared,
  SUSPENDED as suspended,
  SUSPEND as suspendValue,
} from "./state.ts";
import type { Task } from "./task.ts";
import { notClaimed, refuse, throwAtAwait } from "./yielded.ts";

// As constants of this module's own: see state.ts.
const kernel = shared;
const SUSPENDED = suspended;
const SUSPEND = suspendValue;
const GENERATOR_NEXT = generatorNext;

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
  if (!claimGenerator(coro)) throw notClaimed(coro);
  if (kernel.nesting >= DEEPEST) {
    kernel.innermost = null; // see suspendOn
    return new Frame(coro, SUSPENDED, true) as Iterator<Suspend, T, unknown>;
  }
  kernel.nesting++;
  // Not looked up: on what a function that was made on the spot returns, each look-up takes as long as a step.
  let first = GENERATOR_NEXT.call(coro) as IteratorResult<Suspend, T>;
  while (first.value === ALREADY_AWAITED) {
    first = throwAtAwait(kernel.currentTask as Task<unknown>, coro as Coroutine<unknown>) as IteratorResult<Suspend, T>;
  }
  // After an error it is not counted down, which does no harm: each step of a task begins at 0.
  kernel.nesting--;
  if (first.done === true) return new Ended(first);
  return new Frame(coro as Coroutine<unknown>, first, false) as Iterator<Suspend, T, unknown>;
}

/**
 * `from`, of `task`, has suspended or returned with `outcome`, or thrown `thrown` if that is null: resumes each outer
 * frame as the one inside it ends, until one suspends or all are through.
 */
export function advance(
  task: Task<unknown>,
  from: Frame | null,
  outcome: IteratorResult<unknown, unknown> | null,
  thrown: unknown,
): void {
  let frame = from;
  let result = outcome;
  let error = thrown;
  for (;;) {
    let value: unknown;
    let refused = false;
    if (result === null || result.done === true) {
      if (kernel.innermost !== null) kernel.innermost = kernel.outermost = null;
      value = result === null ? error : result.value;
      if (frame === null) return task._end(value, result === null);
      if (result === null) kernel.diagnostics?.appendOuterStack(error, frame.outer, task);
      frame = frame.leave();
    } else {
      if (kernel.innermost !== null) {
        (kernel.outermost as Frame).outer = frame;
        frame = kernel.innermost;
        kernel.innermost = kernel.outermost = null;
      }
      task._frame = frame;
      if (frame === null || !frame.unbegun) {
        if (result.value === SUSPEND) return task._suspended();
        if (result.value !== ALREADY_AWAITED) return refuse(task, result.value);
        refused = true;
      } else {
        // A deep recursion: there is no wait, the engine's stack has just been emptied.
        frame.unbegun = false;
        kernel.nesting = 0;
      }
    }
    const coro = frame === null ? (task._coro as Coroutine<unknown>) : frame.coro;
    try {
      if (refused) result = throwAtAwait(task, coro);
      else result = result === null ? coro.throw(value) : coro.next(value);
    } catch (caught) {
      result = null;
      error = caught;
    }
  }
}
