/** What a task shows of itself: its text, and its stack. */

import { checkOptions } from "../base/checks.ts";
import { describeState } from "./future.ts";
import { runningFrames, type StackFrame, taskFrames } from "./stack.ts";
import { kernel } from "./state.ts";
import { Task } from "./task.ts";

export function describeTask(task: Task<unknown>): string {
  const future = task._waitsFor;
  const waits = future === null ? "" : ` waitsFor=${future instanceof Task ? `<Task ${future.getName()}>` : future}`;
  const cancelling = task.cancelling() > 0 && !task.done() ? "cancelling " : "";
  return `<${task.constructor.name} ${cancelling}${describeState(task)} name=${JSON.stringify(task.getName())}${waits}>`;
}

/** The outermost frame first; of the task that runs, what stands below the call of its `getStack()`. */
export function stackOf(task: Task<unknown>, options?: { limit?: number | null }): StackFrame[] {
  checkOptions("getStack", options, { limit: true });
  return (kernel.currentTask === task ? runningFrames(task, task.getStack) : taskFrames(task))
    .slice(0, options?.limit ?? undefined)
    .reverse();
}

export function printStackOf(
  task: Task<unknown>,
  options?: { limit?: number | null; file?: (text: string) => void },
): void {
  checkOptions("printStack", options, { limit: true, file: true });
  const frames = task.getStack({ limit: options?.limit ?? null });
  const lines = frames.map((f) => `  File "${f.file}", line ${f.line}, in ${f.name}`);
  const head = frames.length === 0 ? `No stack for ${task}` : `Stack for ${task} (most recent call last):`;
  const text = [head, ...lines].join("\n");
  if (options?.file === undefined) task._loop._report(text);
  else options.file(text);
}
