/** What a loop asks of an executor. The pools themselves are in the folder executors. */

import { DEV } from "#dev";
import { describeFunction } from "../base/describe.ts";
import { CancelledError, RuntimeError } from "../base/errors.ts";
import type { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import type { Coroutine, JobResult } from "./protocol.ts";
import { kernel } from "./state.ts";
import { createWaiter, type WaitOwner } from "./waiter.ts";

/** What `submit` returns: a promise, with `cancel()` where a job can be stopped; best a `concurrent.futures.Future`. */
export type ExecutorJob<T> = PromiseLike<T> & { cancel?(): unknown } & Partial<ConcurrentFuture<T>>;

/** What tells its outcome itself: `concurrent.futures.Future`. */
export interface ConcurrentFuture<T> {
  /** Calls `fn` when it is done, or at once if it is. */
  addDoneCallback(fn: () => unknown): unknown;
  /** The result of one that is done. Throws its error, and `CancelledError`. */
  result(): T;
}

/** `concurrent.futures.Executor`: runs functions elsewhere. */
export interface Executor {
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): ExecutorJob<JobResult<R>>;
  /** With `wait`, the promise settles when all jobs have ended. */
  shutdown(options?: { wait?: boolean; cancelFutures?: boolean }): PromiseLike<void> | void;
  /** @internal True: its jobs run on the time of the loop, and a simulation may have them. */
  readonly _isSimulated?: boolean;
}

/** The executor of `runInExecutor(null, …)` where none was set. tsyncio/executors says how to make it. */
export function makeDefaultExecutor(): Executor {
  if (kernel.makeExecutor !== null) return kernel.makeExecutor();
  const advice = DEV ? ': import "tsyncio/executors", or call loop.setDefaultExecutor(executor)' : "";
  throw new RuntimeError(`no default executor${advice}`);
}

/** Submits the job, and returns a future of the loop with its outcome. */
export function submit<A extends unknown[], R>(
  loop: EventLoop,
  executor: Executor,
  fn: (...args: A) => R,
  args: A,
): Future<JobResult<R>> {
  if (executor._isSimulated !== true) loop._host.refuse?.(`a job of an executor, ${describeFunction(fn)},`);
  const job = executor.submit(fn, ...args);
  return futureOf(loop, job, { describeWait: () => `${describeFunction(fn)} in an executor` });
}

/**
 * A future of the loop with the outcome of a job. One that comes after the loop was closed is for nothing. Cancelling
 * the future cancels the job. A concurrent future tells its outcome itself, without a promise in between: asyncio's
 * `_chain_future`.
 */
export function futureOf<T>(loop: EventLoop, job: ExecutorJob<T>, owner: WaitOwner): Future<T> {
  const future = createWaiter<T>(loop, owner);
  const finish = (value: T): void => {
    if (!future.done() && !loop.isClosed()) future.setResult(value);
  };
  const fail = (error: unknown): void => {
    if (future.done() || loop.isClosed()) return;
    if (error instanceof CancelledError) future.cancel(error.message || undefined);
    else future.setException(error);
  };
  if (isConcurrentFuture<T>(job)) job.addDoneCallback(() => takeOutcome(job, finish, fail));
  else job.then(finish, fail);
  future.addDoneCallback(() => {
    if (future.cancelled()) job.cancel?.();
  });
  return future;
}

export function isConcurrentFuture<T>(value: unknown): value is ConcurrentFuture<T> {
  const { addDoneCallback, result } = value as Partial<ConcurrentFuture<T>>;
  return typeof addDoneCallback === "function" && typeof result === "function";
}

function takeOutcome<T>(job: ConcurrentFuture<T>, finish: (value: T) => void, fail: (error: unknown) => void): void {
  let value: T;
  try {
    value = job.result();
  } catch (error) {
    return fail(error);
  }
  finish(value);
}

/** Waits for the executor to end, at most `timeout` seconds; after that it is told to end without waiting. */
export function* shutdownExecutor(loop: EventLoop, executor: Executor, timeout: number | null): Coroutine<void> {
  const shutdown = Promise.resolve(executor.shutdown({ wait: true }));
  const ended = futureOf(loop, shutdown, { describeWait: () => "the end of the default executor" });
  const giveUp = () => {
    if (ended.done()) return;
    loop._report(`The executor did not finish within ${timeout} seconds.`);
    void executor.shutdown({ wait: false });
    ended.setResult();
  };
  const timer = timeout === null ? null : loop.callLater(timeout, giveUp);
  try {
    yield* ended;
  } finally {
    timer?.cancel();
  }
}
