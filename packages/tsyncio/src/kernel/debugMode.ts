/** Debug mode: what is noted about futures, tasks and handles, beside them, so that they cost nothing without it. */

import type { Future } from "./future.ts";
import { taskStackLines, userLines } from "./stack.ts";
import { kernel } from "./state.ts";
import type { Task } from "./task.ts";

const sources = new WeakMap<object, Error>();
const cancellations = new WeakMap<Task<unknown>, string>();

/** `thing` has just been made: keeps the stack. Formatted when asked for, which is the costly part. */
export function noteSource(thing: object): void {
  sources.set(thing, new Error("source"));
}

/** Where `thing` was made, a line a frame, innermost first; null if that was not noted. */
export function sourceOf(thing: unknown): string | null {
  const source = sources.get(thing as object);
  return source === undefined ? null : userLines(source).join("\n");
}

/** `task.cancel()` has been called: keeps where the task waits, and who asked. The first of several counts. */
export function noteCancellation(task: Task<unknown>): void {
  if (task.cancelling() > 1) return;
  const by = kernel.currentTask === null ? "" : ` by ${kernel.currentTask.getName()}`;
  const stack = taskStackLines(task);
  cancellations.set(task, [`It was cancelled${by}${stack.length > 0 ? " where it waited:" : ""}`, ...stack].join("\n"));
}

/** `catch (e)` catches everything, so that a cancellation is easily swallowed: the task has ended as if there were none. */
export function reportSwallowed(task: Task<unknown>): void {
  const where = cancellations.get(task);
  const advice =
    "Rethrow it: catch (e) { if (isCancelled(e)) throw e; … }. If the task means to refuse it, call uncancel()";
  task._loop.callExceptionHandler({
    message: `Task was cancelled, swallowed the CancelledError, and ended normally. ${advice}.${where === undefined ? "" : `\n${where}`}`,
    task: task as Future<unknown>,
  });
}
