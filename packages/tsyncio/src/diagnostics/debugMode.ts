/** Debug mode: what is noted about futures, tasks and handles, beside them, so that they cost nothing without it. */

import { CancelledError } from "../base/errors.ts";
import { mustCancel } from "../kernel/flags.ts";
import { Future } from "../kernel/future.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import { taskStackLines, userLines } from "./stack.ts";

const sources = new WeakMap<object, Error>();
/** When the last step of a task has ended, in seconds of the clock of its loop: since then it waits, if it does. */
export const stepEnds: WeakMap<object, number> = new WeakMap();

interface Cancellation {
  readonly by: string | undefined;
  readonly text: string;
  /** Of `cancel(msg)`. */
  readonly msg?: unknown;
  /** What the task waited for. */
  readonly waitedFor: Future<unknown> | null;
}

/** Of tasks, and of blocks. */
const cancellations = new WeakMap<object, Cancellation>();

/** `thing` has just been made: keeps the stack. Formatted when asked for, which is the costly part. */
export function noteSource(thing: object): void {
  sources.set(thing, new Error("source"));
}

/** Where `thing` was made, a line a frame, innermost first; null if that was not noted. */
export function sourceOf(thing: unknown): string | null {
  const source = sources.get(thing as object);
  return source === undefined ? null : userLines(source).join("\n");
}

/** `task.cancel(msg)` has been called: keeps where the task waits, and the caller. The first of several counts. */
export function noteCancellation(task: Task<unknown>, msg: unknown): void {
  if (task.cancelling() <= 1) cancellations.set(task, { ...cancellationOf(task), msg });
}

/** A timeout, a group or a signal cancels `block`, which `task` runs. */
export function noteInterrupt(block: object, task: Task<unknown>): void {
  cancellations.set(block, cancellationOf(task));
}

/**
 * What was noted of the `cancel()` that a task has not taken back: the name of the task that has called it, and the
 * message.
 */
export function requestOf(task: Task<unknown>): { readonly by?: string | undefined; readonly msg?: unknown } {
  return (task.cancelling() > 0 && cancellations.get(task)) || {};
}

function cancellationOf(task: Task<unknown>): Cancellation {
  const by = kernel.currentTask?.getName();
  const stack = taskStackLines(task);
  const text = [
    `It was cancelled${by === undefined ? "" : ` by ${by}`}${stack.length > 0 ? " where it waited:" : ""}`,
    ...stack,
  ].join("\n");
  return { by, text, waitedFor: task._waitsFor };
}

const RETHROW = "Rethrow it: catch (e) { if (isCancelled(e)) throw e; … }.";

/**
 * `catch (e)` catches everything, so that a cancellation is easily swallowed: the task has ended as if there were none.
 */
export function reportSwallowed(task: Task<unknown>): void {
  const advice = `${RETHROW} If the task means to refuse it, call uncancel().`;
  report(
    task,
    `Task was cancelled, swallowed the CancelledError, and ended normally. ${advice}`,
    cancellations.get(task),
  );
}

/**
 * `block`, which `what` has cancelled, has ended well: reports it if it was told, and did not refuse by
 * `uncancel()`. `others` is how many cancellations of the task `what` has not made.
 */
export function checkSwallowed(block: object, what: string, task: Task<unknown>, others: number): void {
  const cancellation = cancellations.get(block);
  if (cancellation === undefined || mustCancel(task) || task.cancelling() <= others) return;
  if (hasRefused(cancellation.waitedFor)) return;
  report(
    task,
    `A block that ${what} has cancelled swallowed the CancelledError, and ended normally. ${RETHROW}`,
    cancellation,
  );
}

/**
 * The cancellation was handed on to a task or a gather which has gone on: nothing was thrown at the one that waited.
 */
function hasRefused(future: Future<unknown> | null): boolean {
  if (future === null || future.cancel === Future.prototype.cancel) return false;
  return !future.cancelled() && !(future._value instanceof CancelledError);
}

function report(task: Task<unknown>, message: string, cancellation: Cancellation | undefined): void {
  const where = cancellation === undefined ? "" : `\n${cancellation.text}`;
  task._loop.callExceptionHandler({ message: `${message}${where}`, task });
}
