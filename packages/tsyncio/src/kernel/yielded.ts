/**
 * What a task does with what its coroutine has yielded: waits, refuses it, or finds that another task awaits it
 * already.
 */

import { DEV } from "#dev";
import { RuntimeError, reused } from "../base/errors.ts";
import { CANCEL, hasBegun, mustCancel } from "./flags.ts";
import type { Frame } from "./frame.ts";
import type { Future } from "./future.ts";
import { type Coroutine, GENERATOR_NEXT, GENERATOR_PROTOTYPE } from "./protocol.ts";
import { kernel, PROBE, SUSPENDED, TURN } from "./state.ts";
import type { Task } from "./task.ts";
import { badYield } from "./taskOptions.ts";
import { createWaiter } from "./waiter.ts";

type AnyTask = Task<unknown>;
type Result = IteratorResult<unknown, unknown>;

/** The task waits for `future`, if it may. */
export function block(task: Task<unknown>, future: Future<unknown>): void {
  if (future._loop !== task._loop) {
    failNext(task, new RuntimeError(`${task} got ${future}, which belongs to a different event loop`));
  } else if (future === task) {
    failNext(task, new RuntimeError(`Task cannot await on itself: ${task}`));
  } else {
    task._waitsFor = future;
    future._addWaiter(task);
    if (mustCancel(task) && future.cancel(task._value)) {
      task._flags &= ~CANCEL;
      task._value = undefined;
    }
  }
}

/** What was yielded comes from no leaf. */
export function refuse(task: Task<unknown>, yielded: unknown): void {
  kernel.blockedOn = null;
  failNext(task, badYield(yielded));
}

/** The next step throws `error` into the coroutine. */
function failNext(task: Task<unknown>, error: Error): void {
  const failed = createWaiter<never>(task._loop, {}); // the leaf waits for another future, if at all
  failed._state = 4;
  failed._value = error;
  task._waitsFor = failed;
  task._loop._enqueue(task);
}

// Coroutines that a second task awaits: the error is thrown where that task awaits, and the first keeps the coroutine.

const ADVICE = DEV ? ": call its function again for a second one, or createTask for what several await" : "";
const MESSAGE = `coroutine is being awaited already${ADVICE}`;

/** The error of a coroutine that cannot be claimed: it has ended, or it is under way. */
export function notClaimed(coro: Coroutine<unknown>): RuntimeError {
  return isUnderWay(coro) ? new RuntimeError(MESSAGE) : reused("coroutine");
}

/** Is the coroutine, which has been claimed, not through? */
function isUnderWay(coro: Coroutine<unknown>): boolean {
  for (const loop of kernel.loops) {
    // To ask one that has not begun would begin it.
    for (let task = loop._tasks.first; task !== null; task = task._next) if (task._coro === coro) return true;
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
  const waitsFor = future === TURN ? null : future;
  const found: Coroutine<unknown>[] = [];
  for (let task = except._loop._tasks.first; task !== null; task = task._next) {
    if (task === except || !hasBegun(task)) continue;
    let frame = task._frame;
    if (isFrame(leaf)) {
      while (frame !== null && frame !== leaf) frame = frame.outer;
      if (frame === null) continue;
      frame = frame.outer;
    } else if (task._waitsFor !== waitsFor) continue;
    found.push(frame === null ? (task._coro as Coroutine<unknown>) : frame.coro);
  }
  return found;
}

/** Another leaf waits for a future, or for nothing. */
function isFrame(leaf: object): leaf is Frame {
  return "outer" in leaf;
}

/**
 * Calls `visit` for each coroutine below `coro`, from the outside to the leaf; what it throws is thrown above that one.
 */
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
