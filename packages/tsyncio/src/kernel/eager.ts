/** Tasks that begin at once. */

import { kernel } from "./state.ts";
import type { Task } from "./task.ts";
import { watchedStep } from "./watchedTask.ts";

/** Runs to the first suspension inside the caller, then gives the caller its task and context back. */
export function startEagerly(task: Task<unknown>): void {
  const { currentTask, scope } = kernel;
  const loop = task._loop;
  loop._register(task);
  kernel.currentTask = task;
  kernel.scope = task._scope;
  watchedStep(task);
  kernel.currentTask = currentTask;
  kernel.scope = scope;
  if (task.done()) task._coro = null;
  else {
    // A task registers when its first step has blocked: allTasks() keeps that order.
    loop._unregister(task);
    loop._register(task);
  }
  if (loop._exit !== null) loop._throwExit();
}
