/** The points at which an inspector, a tracer or a recorder looks on. */

import { describe } from "../base/describe.ts";
import { isExit, LookupError } from "../base/errors.ts";
import type { Future } from "./future.ts";
import { kernel } from "./state.ts";
import type { Task } from "./task.ts";

/**
 * What is told of every task of the thread. A program implements the methods that it needs. They are called
 * synchronously, inside the loop: an instrument that throws is removed, and its error goes to the loop's exception
 * handler.
 */
export interface Instrument {
  /** The task has been made; fields that a subclass of `Task` adds are not there yet. */
  taskCreated?(task: Task<unknown>): void;
  /** The task begins to run, or goes on. */
  stepBegan?(task: Task<unknown>): void;
  /** The task has suspended or ended. */
  stepEnded?(task: Task<unknown>): void;
  /** The task waits for `future`; null is a bare yield such as `sleep(0)`, after which it is ready at once. */
  blocked?(task: Task<unknown>, future: Future<unknown> | null): void;
  /**
   * The task is ready: `future`, for which it waited, is done. `by` is the task that has completed it, null the loop.
   */
  woken?(task: Task<unknown>, future: Future<unknown>, by: Task<unknown> | null): void;
  /** `task.cancel(msg)` has been called; `by` is the task that has called it, null a callback or native code. */
  cancelled?(task: Task<unknown>, by: Task<unknown> | null, msg: unknown): void;
  /** The task is done: it has a result, an exception, or was cancelled. */
  taskDone?(task: Task<unknown>): void;
}

const POINTS = ["taskCreated", "stepBegan", "stepEnded", "blocked", "woken", "cancelled", "taskDone"] as const;

type Point = (typeof POINTS)[number];

/** All instruments, as the kernel sees them: one that passes on. */
export class Instruments implements Required<Instrument> {
  private all: readonly Instrument[] = [];

  get empty(): boolean {
    return this.all.length === 0;
  }

  has(instrument: Instrument): boolean {
    return this.all.includes(instrument);
  }

  add(instrument: Instrument): void {
    this.all = [...this.all, instrument];
  }

  remove(instrument: Instrument): void {
    this.all = this.all.filter((other) => other !== instrument);
  }

  // Written out: each step calls several, and one place that calls all of them by name takes many times as long.

  taskCreated(task: Task<unknown>): void {
    for (const instrument of this.all) {
      try {
        instrument.taskCreated?.(task);
      } catch (error) {
        removeThrown(instrument, "taskCreated", task, error);
      }
    }
  }

  stepBegan(task: Task<unknown>): void {
    for (const instrument of this.all) {
      try {
        instrument.stepBegan?.(task);
      } catch (error) {
        removeThrown(instrument, "stepBegan", task, error);
      }
    }
  }

  stepEnded(task: Task<unknown>): void {
    for (const instrument of this.all) {
      try {
        instrument.stepEnded?.(task);
      } catch (error) {
        removeThrown(instrument, "stepEnded", task, error);
      }
    }
  }

  blocked(task: Task<unknown>, future: Future<unknown> | null): void {
    for (const instrument of this.all) {
      try {
        instrument.blocked?.(task, future);
      } catch (error) {
        removeThrown(instrument, "blocked", task, error);
      }
    }
  }

  woken(task: Task<unknown>, future: Future<unknown>, by: Task<unknown> | null): void {
    for (const instrument of this.all) {
      try {
        instrument.woken?.(task, future, by);
      } catch (error) {
        removeThrown(instrument, "woken", task, error);
      }
    }
  }

  cancelled(task: Task<unknown>, by: Task<unknown> | null, msg: unknown): void {
    for (const instrument of this.all) {
      try {
        instrument.cancelled?.(task, by, msg);
      } catch (error) {
        removeThrown(instrument, "cancelled", task, error);
      }
    }
  }

  taskDone(task: Task<unknown>): void {
    for (const instrument of this.all) {
      try {
        instrument.taskDone?.(task);
      } catch (error) {
        removeThrown(instrument, "taskDone", task, error);
      }
    }
  }
}

/** It has thrown `exception`. */
function removeThrown(instrument: Instrument, point: Point, task: Task<unknown>, exception: unknown): void {
  drop(instrument);
  if (isExit(exception)) throw exception;
  const message = `An instrument has thrown in ${point}(), and was removed`;
  task.getLoop().callExceptionHandler({ message, exception });
}

/**
 * From now on `instrument` is told of every task of the thread, whichever loop runs it. Adding one twice does nothing.
 * trio's `add_instrument`; asyncio has none.
 *
 *     const began = new Map<Task<unknown>, number>();
 *     addInstrument({
 *       stepBegan: (task) => void began.set(task, performance.now()),
 *       stepEnded: (task) => record(task.getName(), performance.now() - began.get(task)!),
 *     });
 *
 * @throws TypeError unless it has at least one of the methods of `Instrument`.
 */
export function addInstrument(instrument: Instrument): void {
  const given = typeof instrument === "object" && instrument !== null ? instrument : {};
  if (!POINTS.some((point) => typeof given[point] === "function")) {
    throw new TypeError(
      `an instrument must be an object with at least one of ${POINTS.join("(), ")}(), got ${describe(instrument)}`,
    );
  }
  kernel.instrument ??= new Instruments();
  if (!kernel.instrument.has(instrument)) kernel.instrument.add(instrument);
}

/**
 * `instrument` is told no more. trio's `remove_instrument`.
 *
 * @throws LookupError if it was not added, or was removed because it had thrown.
 */
export function removeInstrument(instrument: Instrument): void {
  if (!drop(instrument)) throw new LookupError("the instrument is not there: it was not added, or it has thrown");
}

function drop(instrument: Instrument): boolean {
  const instruments = kernel.instrument;
  if (instruments === null || !instruments.has(instrument)) return false;
  instruments.remove(instrument);
  // Null is what costs one test.
  if (instruments.empty) kernel.instrument = null;
  return true;
}
