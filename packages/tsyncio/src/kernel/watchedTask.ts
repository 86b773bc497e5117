/** A task with somebody looking on, or inside something of the host's. */

import { kernel } from "./state.ts";
import { keepSurroundings } from "./surroundings.ts";
import type { Task } from "./task.ts";

/** It has just been made, and somebody looks on. */
export function watchNew(task: Task<unknown>): void {
  keepSurroundings(task);
  kernel.instrument?.taskCreated?.(task);
}

export function watchedStep(task: Task<unknown>): void {
  const { instrument, ambient } = kernel;
  instrument?.stepBegan?.(task);
  if (ambient === null || task._ambient === undefined) task._step();
  else task._ambient = ambient.run(task._ambient, task._step, task);
  kernel.instrument?.stepEnded?.(task);
}
