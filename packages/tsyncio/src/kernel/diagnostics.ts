/** What the kernel asks of the diagnostics. They may be missing: a production bundle leaves them out. */

import { DeadlockError } from "../base/errors.ts";
import type { ExceptionContext } from "./exceptionHandler.ts";
import type { Frame } from "./frame.ts";
import type { Instrument } from "./instrument.ts";
import type { EventLoop } from "./loop.ts";
import type { Coroutine } from "./protocol.ts";
import { kernel } from "./state.ts";
import type { Task } from "./task.ts";

/** A place in a coroutine: where it waits, or where it called the next one. */
export interface StackFrame {
  readonly name: string;
  readonly file: string;
  /** From 1; 0 where the host does not tell. */
  readonly line: number;
  readonly column: number;
}

/** Filled by the folder diagnostics, as `kernel.diagnostics`. Debug mode is what the methods with a * serve. */
export interface Diagnostics {
  /** * A future or a handle has just been made. */
  noteSource(thing: object): void;
  /** * Where a future, a task or a handle was made, a line a frame, innermost first; null if that was not noted. */
  sourceOf(thing: unknown): string | null;
  /** * `task.cancel(msg)` has been called. */
  noteCancellation(task: Task<unknown>, msg: unknown): void;
  /** * A timeout, a group or a signal cancels `block`, which `task` runs. */
  noteInterrupt(block: object, task: Task<unknown>): void;
  /** * A task has ended as if it had not been cancelled. */
  reportSwallowed(task: Task<unknown>): void;
  /** * `block`, which `what` has cancelled, has ended well; `others` is how many cancellations `what` has not made. */
  checkSwallowed(block: object, what: string, task: Task<unknown>, others: number): void;
  /** * Runs the first `todo` of what is ready, with an eye on what takes long; returns `todo`. */
  runWatched(loop: EventLoop, todo: number): number;
  /** The text of a report that the default exception handler writes. */
  reportText(context: ExceptionContext): string;
  /** * Of a coroutine function: another, whose coroutines are reported if they are never awaited. */
  reportIfUnused<F extends (...args: never[]) => Coroutine<unknown>>(fn: F): F;
  /** The error of a loop that nothing can ever wake. */
  deadlockError(loop: EventLoop): DeadlockError;
  /**
   * A look at all tasks of the thread, for an inspector: a `Look` of diagnostics/look.ts. `values` adds what the
   * program has written.
   */
  lookAtThread(values: boolean, idOf?: (task: object) => number): object;
  /** For what is switched on from outside: `addInstrument` and `removeInstrument`. */
  addInstrument(instrument: Instrument): void;
  removeInstrument(instrument: Instrument): void;
  /** An error for people to read, the same on every platform. */
  errorText(error: unknown): string;
  /** `frame`, and the frames that wait for it, were not on the engine's stack when `error` was made. */
  appendOuterStack(error: unknown, frame: Frame | null, task: Task<unknown>): void;
  stackOf(task: Task<unknown>, options?: { limit?: number | null }): StackFrame[];
  printStackOf(task: Task<unknown>, options?: { limit?: number | null; file?: (text: string) => void }): void;
}

/** The error of a loop that nothing can ever wake. */
export function deadlockError(loop: EventLoop): DeadlockError {
  return kernel.diagnostics?.deadlockError(loop) ?? new DeadlockError("nothing can wake the event loop any more");
}
