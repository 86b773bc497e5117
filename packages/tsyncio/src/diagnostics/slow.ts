/** Debug mode: callbacks and steps that take long. */

import type { EventLoop } from "../kernel/loop.ts";
import type { Runnable } from "../kernel/queues/ready.ts";
import { Task } from "../kernel/task.ts";
import { sourceOf, stepEnds } from "./debugMode.ts";
import { taskStackLines } from "./stack.ts";

/** An iteration of the loop with an eye on slow callbacks. */
export function runWatched(loop: EventLoop, todo: number): number {
  for (let left = todo; left > 0; left--) {
    const runnable = loop._ready.shift();
    const began = loop._host.now();
    runnable._run();
    const ended = loop._host.now();
    stepEnds.set(runnable, ended);
    checkSlow(loop, runnable, ended - began);
  }
  return todo;
}

/** `runnable` has taken `took` seconds: reports it if that is longer than the loop's `slowCallbackDuration`. */
function checkSlow(loop: EventLoop, runnable: Runnable, took: number): void {
  if (took < loop.slowCallbackDuration) return;
  const lines = [`Executing ${runnable} took ${took.toFixed(3)} seconds`];
  const stack = runnable instanceof Task ? taskStackLines(runnable) : [];
  if (stack.length > 0) lines.push("It then came to wait here:", ...stack);
  const source = sourceOf(runnable);
  if (source !== null) lines.push("It was created here:", source);
  loop._report(lines.join("\n"));
}
