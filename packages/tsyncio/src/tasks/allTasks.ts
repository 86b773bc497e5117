/** Which tasks there are. */

import { checkLoop } from "../base/checks.ts";
import { RuntimeError } from "../base/errors.ts";
import { currentLoop } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";

/**
 * The task that runs this code; null in a plain callback: `asyncio.current_task`.
 *
 *     currentTask()?.setName(`request ${id}`);
 *
 * @throws RuntimeError outside of a loop.
 */
export function currentTask(loop?: EventLoop): Task<unknown> | null {
  if (loop != null) checkLoop(loop, "currentTask expects an event loop");
  const running = loop ?? kernel.runningLoop;
  if (running === null)
    throw new RuntimeError("no running event loop: call currentTask() inside a coroutine or callback");
  const task = kernel.currentTask;
  return task !== null && task._loop === running ? task : null;
}

/**
 * The tasks of the loop that are not done, in the order in which they were made: `asyncio.all_tasks`.
 *
 *     for (const task of allTasks()) console.log(task.getName());
 */
export function allTasks(loop: EventLoop = currentLoop()): Set<Task<unknown>> {
  checkLoop(loop, "allTasks expects an event loop");
  return new Set(loop._pendingTasks());
}
