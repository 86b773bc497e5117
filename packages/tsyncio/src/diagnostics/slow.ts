/** Debug mode: callbacks and steps that take long. */

import type { EventLoop } from "../kernel/loop.ts";
import type { Runnable } from "../kernel/queues/ready.ts";
import { Task } from "../kernel/task.ts";
import { sourceOf } from "./debugMode.ts";
import { taskStackLines } from "./stack.ts";

/** `runnable` has taken `took` seconds: reports it if that is longer than the loop's `slowCallbackDuration`. */
export function checkSlow(loop: EventLoop, runnable: Runnable, took: number): void {
  if (took < loop.slowCallbackDuration) return;
  const lines = [`Executing ${runnable} took ${took.toFixed(3)} seconds`];
  const stack = runnable instanceof Task ? taskStackLines(runnable) : [];
  if (stack.length > 0) lines.push("It then came to wait here:", ...stack);
  const source = sourceOf(runnable);
  if (source !== null) lines.push("It was created here:", source);
  loop._report(lines.join("\n"));
}
