/** The native promise of a task. */

import { currentLoop } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { ADOPT, AWAITABLE, type Suspend } from "../kernel/protocol.ts";
import type { Task } from "../kernel/task.ts";
import type { TaskOptions } from "../kernel/taskOptions.ts";
import { adopt, waitOn } from "./following.ts";

/**
 * A promise like others for native code. What is tsyncio's takes the task that it carries: `await`, `gather`,
 * `createTask`.
 */
class CarryingPromise<T> extends Promise<T> {
  #task: Task<T> | null = null;

  carry(task: Task<T>): void {
    this.#task = task;
  }

  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return waitOn(this.taken(), currentLoop())[Symbol.iterator]();
  }

  get [AWAITABLE](): true {
    return true;
  }

  [ADOPT](loop: EventLoop | null, options?: TaskOptions): Task<T> {
    return adopt(this.taken(), loop, options);
  }

  /** What takes the task handles its failure: the promise must not be reported as one that nothing handles. */
  private taken(): Task<T> {
    this.catch(() => {});
    return this.#task as Task<T>;
  }
}

/** Its `constructor` is `Promise`: then `await` takes it as it is, and `then` makes plain ones. */
export const TaskPromise = /* @__PURE__ */ asPromise(CarryingPromise);

function asPromise<C extends { prototype: Promise<unknown> }>(cls: C): C {
  cls.prototype.constructor = Promise;
  return cls;
}
