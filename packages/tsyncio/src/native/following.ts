/** A task that has begun, in the place of a coroutine. */

import { asFuture, Future } from "../kernel/future.ts";
import type { Observer } from "../kernel/futureWaiters.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Awaitable, Coroutine } from "../kernel/protocol.ts";
import type { Task } from "../kernel/task.ts";
import type { TaskOptions } from "../kernel/taskOptions.ts";

/**
 * `loop.createTask(begun)`: the task itself. Where it runs on another loop, for native code has begun it before the
 * `run` of `loop`, a task that waits for it and that cancels it.
 */
export function adopt<T>(task: Task<T>, loop: EventLoop | null, options?: TaskOptions): Task<T> {
  if (loop !== null && loop !== task._loop) return loop.createTask(following(task, loop), options);
  if (options?.name != null) task.setName(options.name);
  return task;
}

/** What waits for the task on `loop`. */
export function waitOn<T>(task: Task<T>, loop: EventLoop): Awaitable<T> {
  return loop === task._loop ? task : new Followed(loop, task);
}

function* following<T>(task: Task<T>, loop: EventLoop): Coroutine<T> {
  return yield* waitOn(task, loop);
}

/** A future of one loop with the outcome of a task of another. Cancelling it cancels the task. */
const Followed = /* @__PURE__ */ asFuture(
  class Followed<T> extends Future<T> implements Observer {
    private readonly task: Task<T>;

    constructor(loop: EventLoop, task: Task<T>) {
      super(loop._asOptions);
      // A simulation knows nothing of what runs elsewhere, and would be over before it.
      loop._host.refuse?.("a task that native code has begun");
      const describeWait = (): string => `${task}, which native code has begun on another loop`;
      this._owner = { describeWait, holders: () => [task as Task<unknown>] };
      this.task = task;
      task._addWaiter(this);
    }

    override cancel(msg?: unknown): boolean {
      return !this.done() && this.task.cancel(msg);
    }

    _futureEnded(): void {
      const { task } = this;
      if (this.done()) return;
      if (task.cancelled()) this._cancelNow(task._makeCancelledError());
      else {
        if (task.exception() === null) this._finish(task.result());
        else this.setException(task._takeError());
      }
    }
  },
);
