/** Coroutines that a second task awaits: the error is thrown where that task awaits, and the first keeps the coroutine. */

import { RuntimeError, reused } from "../base/errors.ts";
import { hasBegun } from "./due.ts";
import { Frame } from "./frame.ts";
import { type Coroutine, GENERATOR_NEXT, GENERATOR_PROTOTYPE } from "./protocol.ts";
import { kernel, PROBE, SUSPENDED } from "./state.ts";
import type { Task } from "./task.ts";

type AnyTask = Task<unknown>;
type Result = IteratorResult<unknown, unknown>;

const MESSAGE =
  "coroutine is being awaited already: call its function again for a second one, or createTask for what several await";

/** The error of a coroutine that cannot be claimed: it has ended, or it is under way. */
export function notClaimed(coro: Coroutine<unknown>): RuntimeError {
  return isUnderWay(coro) ? new RuntimeError(MESSAGE) : reused("coroutine");
}

/** Is the coroutine, which has been claimed, not through? */
function isUnderWay(coro: Coroutine<unknown>): boolean {
  for (const loop of kernel.loops) {
    // To ask one that has not begun would begin it.
    for (let task = loop._firstTask; task !== null; task = task._next) if (task._coro === coro) return true;
  }
  try {
    return coro.next(PROBE).done !== true;
  } catch {
    return true; // it runs
  } finally {
    kernel.probed = null;
  }
}

/**
 * `coro` of `task` has come upon a coroutine that another task awaits. Throws into `coro`, at the `yield*` of that
 * coroutine. What is thrown into a generator goes down to the innermost one; so on this way, and without running any of
 * the program's code, `throw` of all generators is one that stops at the first that the other task awaits too.
 */
export function throwAtAwait(task: AnyTask, coro: Coroutine<unknown>): Result {
  const { leaf, future } = kernel.refused as NonNullable<typeof kernel.refused>;
  kernel.refused = null;
  const shared = new Set<object>([leaf]);
  for (const other of standingAt(leaf, future, task)) {
    shared.add(other);
    throwDown(other, leaf, (inner) => void shared.add(inner));
  }
  const error = new RuntimeError(MESSAGE);
  // The task has been made of it.
  if (shared.has(coro)) throw error;
  return throwDown(coro, leaf, (inner) => {
    if (shared.has(inner)) throw error;
  });
}

/** The coroutines of other tasks that stand at this leaf. */
function standingAt(leaf: object, future: unknown, except: AnyTask): Coroutine<unknown>[] {
  const found: Coroutine<unknown>[] = [];
  for (let task = except._loop._firstTask; task !== null; task = task._next) {
    if (task === except || !hasBegun(task)) continue;
    let frame = task._frame;
    if (leaf instanceof Frame) {
      while (frame !== null && frame !== leaf) frame = frame.outer;
      if (frame === null) continue;
      frame = frame.outer;
    } else if (task._waitsFor !== future) continue;
    found.push(frame === null ? (task._coro as Coroutine<unknown>) : frame.coro);
  }
  return found;
}

/** Calls `visit` for each coroutine below `coro`, from the outside to the leaf; what it throws is thrown above that one. */
function throwDown(coro: Coroutine<unknown>, leaf: object, visit: (inner: object) => void): Result {
  const native = GENERATOR_PROTOTYPE.throw;
  const restore = (): void => {
    GENERATOR_PROTOTYPE.throw = native;
    delete (leaf as Partial<Coroutine<unknown>>).throw;
  };
  const checked = (inner: object): void => {
    try {
      visit(inner);
    } catch (error) {
      restore(); // the program's code runs now
      throw error;
    }
  };
  try {
    GENERATOR_PROTOTYPE.throw = function (this: Generator, error: unknown): Result {
      checked(this);
      return native.call(this, error);
    };
    Object.defineProperty(leaf, "throw", {
      configurable: true,
      value: (): Result => {
        checked(leaf);
        return SUSPENDED;
      },
    });
    return coro.next === GENERATOR_NEXT ? native.call(coro as Generator, PROBE) : coro.throw(PROBE);
  } finally {
    restore();
  }
}
