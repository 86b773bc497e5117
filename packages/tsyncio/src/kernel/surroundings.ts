/**
 * What is around a task or a callback: an instrument that looks on, and what the host keeps beside the code that runs.
 */

import type { EventLoop } from "./loop.ts";
import { type Ambient, kernel } from "./state.ts";
import type { Task } from "./task.ts";

/** A task, or a callback. */
interface Kept {
  readonly _loop: EventLoop;
  _ambient?: unknown;
}

/** It was just made. It keeps what is around if all do, if the task that makes it does, or if native code makes it. */
export function keepSurroundings(made: Kept): void {
  const { ambient } = kernel;
  if (ambient === null) return;
  const keeps = ambient.everywhere || kernel.currentTask?._ambient !== undefined || made._loop === kernel.nativeLoop;
  if (keeps) made._ambient = ambient.capture();
}

/** It has just been made, and an instrument or the host wants to know. */
export function watchNew(task: Task<unknown>): void {
  keepSurroundings(task);
  kernel.instrument?.taskCreated(task);
}

export function watchedStep(task: Task<unknown>): void {
  const { instrument, ambient } = kernel;
  instrument?.stepBegan(task);
  if (ambient === null || task._ambient === undefined) task._step();
  else runInside(task, ambient);
  kernel.instrument?.stepEnded(task);
}

/** What the step has put in the place of its surroundings is for the next one: it stays. */
function runInside(task: Task<unknown>, ambient: Ambient): void {
  const { _ambient } = task;
  const kept = ambient.run(_ambient, task._step, task);
  if (task._ambient === _ambient) task._ambient = kept;
}

/** Runs to the first suspension inside the caller, then restores the task and the context of the caller. */
export function startEagerly(task: Task<unknown>): void {
  const { currentTask, context } = kernel;
  const loop = task._loop;
  loop._register(task);
  kernel.currentTask = task;
  kernel.context = task._context;
  watchedStep(task);
  kernel.currentTask = currentTask;
  kernel.context = context;
  if (task.done()) task._coro = null;
  else {
    // A task registers when its first step has blocked: allTasks() keeps that order.
    loop._unregister(task);
    loop._register(task);
  }
  if (loop._exit !== null) loop._throwExit();
}
