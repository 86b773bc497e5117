/** `task.getStack()` and `task.printStack()`. */

import { checkOptions } from "../base/checks.ts";
import type { StackFrame } from "../kernel/diagnostics.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import { runningFrames, taskFrames } from "./stack.ts";

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
