/** Making tasks. */

import { checkLoop, checkOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { RuntimeError } from "../base/errors.ts";
import { currentLoop, type Future, isfuture } from "../kernel/future.ts";
import type { Begun, EventLoop, TaskFactory } from "../kernel/loop.ts";
import { ADOPT, type Awaitable, type Coroutine, isAwaitable, iscoroutine, type Native } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import { Task } from "../kernel/task.ts";
import { notACoroutine, type TaskOptions } from "../kernel/taskOptions.ts";

/**
 * Runs the coroutine as a task of the running loop; it begins in the next turn. `asyncio.create_task`.
 *
 *     const task = createTask(load(url));
 *     const other = yield* load(another); // both are under way
 *     const page = yield* task;
 */
export function createTask<T>(coro: Coroutine<T> | Native<T>, options?: TaskOptions): Task<T> {
  const loop = kernel.runningLoop;
  if (loop === null) throw noRunningLoop(coro);
  return loop.createTask(coro, options);
}

/** The coroutine is closed: it will not run. */
function noRunningLoop(coro: unknown): Error {
  if (!iscoroutine(coro) && (coro as Begun<unknown> | null)?.[ADOPT] === undefined) return notACoroutine(coro);
  closeUnstarted(coro);
  return new RuntimeError(
    kernel.loops.size === 0
      ? "no running event loop: createTask works inside coroutines; begin with run(main())"
      : "no running event loop: this is native code. Write toPromise(coroutine), or loop.createTask(coroutine)",
  );
}

/**
 * A future as it is, a coroutine as a task, another awaitable wrapped in a task. `asyncio.ensure_future`.
 *
 *     const page = ensureFuture(load(url)); // a task; a future would be returned as it is
 */
export function ensureFuture<T>(awaitable: Awaitable<T> | Native<T>, options?: { loop?: EventLoop | null }): Future<T> {
  checkOptions("ensureFuture", options, { loop: true });
  if (!isAwaitable(awaitable)) throw notACoroutine(awaitable);
  if (options?.loop != null) checkLoop(options.loop, "ensureFuture expects an event loop");
  if (isfuture(awaitable) && options?.loop == null) return awaitable as Future<T>;
  return (options?.loop ?? currentLoop()).ensureFuture(awaitable);
}

/** What `createEagerTaskFactory` calls: `Task` or a subclass of it. */
export type TaskConstructor = new <T>(coro: Coroutine<T>, options: TaskOptions & { loop: EventLoop }) => Task<T>;

/**
 * A task factory whose tasks run to their first suspension at once. `asyncio.create_eager_task_factory`.
 *
 *     loop.setTaskFactory(createEagerTaskFactory(TracedTask)); // a subclass of `Task`
 *
 * @throws TypeError for what is no class.
 */
export function createEagerTaskFactory(taskClass: TaskConstructor): TaskFactory {
  if (typeof taskClass !== "function") {
    throw new TypeError(`createEagerTaskFactory expects a task class, got ${describe(taskClass)}`);
  }
  return (loop, coro, options) => new taskClass(coro, { eagerStart: true, ...options, loop });
}

/** `loop.setTaskFactory(eagerTaskFactory)` makes all tasks eager. `asyncio.eager_task_factory`. */
export const eagerTaskFactory: TaskFactory = (loop, coro, options) =>
  new Task(coro, { eagerStart: true, ...options, loop });

/**
 * Closes a coroutine that will not run: nothing of it does, not even a `finally`, if it has not begun. One that has is
 * cancelled.
 */
export function closeUnstarted(coro: unknown): void {
  if (iscoroutine(coro)) coro.return(undefined);
  else (coro as Begun<unknown> | null)?.[ADOPT]?.(null)?.cancel();
}
