/** What a loop asks of an executor. The pools themselves are in the folder executors. */

import { describeFunction } from "../base/describe.ts";
import { CancelledError, RuntimeError } from "../base/errors.ts";
import { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import type { Coroutine } from "./protocol.ts";
import { kernel } from "./state.ts";

/** What `submit` gives: a promise, with `cancel()` where a job can be stopped. */
export type Job<T> = PromiseLike<T> & { cancel?(): unknown };

/** `concurrent.futures.Executor`: runs functions elsewhere. */
export interface Executor {
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Job<Awaited<R>>;
  /** With `wait`, the promise settles when all jobs have ended. */
  shutdown(options?: { wait?: boolean; cancelFutures?: boolean }): PromiseLike<void> | void;
}

/** The executor of `runInExecutor(null, …)` where none was set. tsyncio/executors says how to make it. */
export function makeDefaultExecutor(): Executor {
  if (kernel.makeExecutor !== null) return kernel.makeExecutor();
  throw new RuntimeError('no default executor: import "tsyncio/executors", or call loop.setDefaultExecutor(executor)');
}

/** Submits the job, and gives a future of the loop with its outcome. */
export function submit<A extends unknown[], R>(
  loop: EventLoop,
  executor: Executor,
  fn: (...args: A) => R,
  args: A,
): Future<Awaited<R>> {
  loop._host.refuse?.(`a job of an executor, ${describeFunction(fn)},`);
  const job = executor.submit(fn, ...args);
  const future = outcomeOf(loop, job);
  future._owner = { describeWait: () => `${describeFunction(fn)} in an executor` };
  future.addDoneCallback(() => {
    if (future.cancelled()) job.cancel?.();
  });
  return future;
}

/** Waits for the executor to end, at most `timeout` seconds; after that it is told to end without waiting. */
export function* shutdownExecutor(loop: EventLoop, executor: Executor, timeout: number | null): Coroutine<void> {
  const ended = outcomeOf(loop, Promise.resolve(executor.shutdown({ wait: true })));
  ended._owner = { describeWait: () => "the end of the default executor" };
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

/** A future with the outcome of a job. One that comes after the loop was closed is for nothing. */
function outcomeOf<T>(loop: EventLoop, job: PromiseLike<T>): Future<T> {
  const future = new Future<T>(loop._asOptions);
  job.then(
    (value) => void (future.done() || loop.isClosed() || future.setResult(value)),
    (error) => {
      if (loop.isClosed()) return;
      if (error instanceof CancelledError) future.cancel(error.message || undefined);
      else if (!future.done()) future.setException(error);
    },
  );
  return future;
}
