/** What native code begins by calling a coroutine function that was handed to it. */

import { callersLoop } from "../host/loops.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { ADOPT } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import type { TaskOptions } from "../kernel/taskOptions.ts";
import { coroutineOf, startNow } from "../tasks/nativeCalls.ts";
import { BegunCall, type Settling } from "./begunCall.ts";
import { adopt } from "./following.ts";
import { TaskPromise } from "./taskPromise.ts";

/**
 * Begins at once, inside this call, in the async context of the caller. Returns the task inside of tasks; outside a
 * native promise that carries it, for that is what native code looks for.
 */
export function begin<T>(
  fn: (...args: never[]) => unknown,
  thisArg: unknown,
  args: never[],
  place: string,
): Task<T> | Promise<T> {
  const outside = kernel.currentTask === null;
  const loop = callersLoop();
  const task = startNow(loop, coroutineOf<T>(fn, thisArg, args));
  const settling = outside ? promiseOf(task) : null;
  new BegunCall(task as Task<unknown>, place, settling);
  return settling === null ? adoptable(task) : (settling.promise as Promise<T>);
}

function promiseOf(task: Task<unknown>): Settling {
  let settle: Omit<Settling, "promise"> | undefined;
  const promise = new TaskPromise<unknown>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.carry(task);
  return { promise, ...(settle as Omit<Settling, "promise">) };
}

const ADOPTABLE: PropertyDescriptor = {
  value(this: Task<unknown>, loop: EventLoop | null, options?: TaskOptions): Task<unknown> {
    return adopt(this, loop, options);
  },
};

function adoptable<T>(task: Task<T>): Task<T> {
  return Object.defineProperty(task, ADOPT, ADOPTABLE);
}
