/** asyncio.to_thread and asyncio.run_coroutine_threadsafe. */

import { checkLoop } from "../base/checks.ts";
import { LinkedList } from "../base/linkedList.ts";
import { keepingStores } from "../host/asyncStores.ts";
import { thenable } from "../kernel/coroutines.ts";
import { cancelledError, currentLoop } from "../kernel/future.ts";
import type { EventLoop, NativeCall } from "../kernel/loop.ts";
import { type Coroutine, iscoroutine, type JobResult, type Native } from "../kernel/protocol.ts";
import type { Task } from "../kernel/task.ts";
import { notACoroutine } from "../kernel/taskOptions.ts";
import { settleWith } from "./nativeCalls.ts";

/**
 * Runs `fn(...args)` in the loop's default executor and waits for its result. `asyncio.to_thread`.
 *
 *     const digest = yield* toThread(hash, password); // hash is made by `blocking`
 */
export const toThread = /* @__PURE__ */ thenable(function* toThread<A extends unknown[], R>(
  fn: (...args: A) => R,
  ...args: A
): Coroutine<JobResult<R>> {
  return yield* currentLoop().runInExecutor(null, fn, ...args);
});

/**
 * Runs the coroutine on `loop` from outside of it, and returns a promise of its result; `cancel()` cancels the task. It
 * ends with the loop at the latest, as what `toPromise` begins. `asyncio.run_coroutine_threadsafe`.
 *
 *     const count = await runCoroutineThreadsafe(countJobs(), loop);
 */
export function runCoroutineThreadsafe<T>(
  coro: Coroutine<T> | Native<T>,
  loop: EventLoop,
): Promise<T> & { cancel(msg?: unknown): boolean } {
  if (!iscoroutine(coro)) throw notACoroutine(coro);
  checkLoop(loop, "runCoroutineThreadsafe expects an event loop");
  let task: Task<T> | null = null;
  let cancelled: { msg: unknown } | null = null;
  const promise = new Promise<T>((resolve, reject) => {
    const notBegun: NativeCall = { _begun: null, _abandon: reject, _previous: null, _next: null };
    const begin = (): void => {
      loop._calls?.delete(notBegun);
      try {
        task = keepingStores(() => loop.createTask(coro));
      } catch (error) {
        reject(cancelled === null ? error : cancelledError(cancelled.msg));
        throw error;
      }
      if (cancelled !== null) task.cancel(cancelled.msg);
      settleWith(task, resolve, reject);
    };
    keepingStores(() => loop.callSoonThreadsafe(begin));
    loop._calls ??= new LinkedList();
    loop._calls.add(notBegun);
  });
  const cancel = (msg?: unknown): boolean => {
    if (task !== null) return task.cancel(msg);
    cancelled = { msg };
    return true;
  };
  return Object.assign(promise, { cancel });
}
