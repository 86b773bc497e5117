/** What a loop asks of an executor. The pools themselves are in the folder executors. */

import { describeFunction } from "./describe.ts";
import { isCancelled, RuntimeError } from "./errors.ts";
import { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import type { Coroutine } from "./protocol.ts";
import { kernel } from "./state.ts";

/** What `submit` gives: a promise, with `cancel()` where a job can be stopped. */
export type Job<T> = PromiseLike<T> & {
  cancel?(): unknown;
  /** @internal Gives its outcome to the future as soon as there is one, without the detour over a promise. */
  _settle?(future: Future<T>): void;
};

/** `concurrent.futures.Executor`: runs functions elsewhere. */
export interface Executor {
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Job<Awaited<R>>;
  /** With `wait`, the promise settles when all jobs have ended. */
  shutdown(options?: { wait?: boolean; cancelFutures?: boolean }): PromiseLike<void> | void;
}

/**
 * The property of a function that says how another thread finds it: what `blocking` of tsyncio/executors has set.
 * `partial` adds to the arguments.
 */
export const REFERENCE: unique symbol = Symbol.for("tsyncio.reference") as never;

/** The value of `REFERENCE`: a function of a module, and its first arguments. */
export interface Reference {
  /** The module that defines it. */
  readonly url: string;
  readonly name: string;
  /** Of both. */
  readonly key: string;
  readonly args: readonly unknown[];
  /** True: when a job that runs is cancelled, its worker is ended. */
  readonly terminate: boolean | undefined;
}

/** The executor of `runInExecutor(null, …)` where none was set. tsyncio/executors says how to make it. */
export function makeDefaultExecutor(): Executor {
  if (kernel.makeExecutor == null) {
    throw new RuntimeError(
      'there is no default executor: import "tsyncio/executors" for a pool of threads, or set another one with ' +
        "loop.setDefaultExecutor(executor)",
    );
  }
  return kernel.makeExecutor();
}

/** Cancelling it cancels the job. */
class JobFuture<T> extends Future<T> {
  declare private readonly job: Job<T>;

  constructor(loop: EventLoop, job: Job<T>, fn: { readonly name: string }) {
    super(loop._asOptions);
    this.job = job;
    this._owner = { describeWait: () => `${describeFunction(fn)} in an executor` };
  }

  override cancel(msg?: unknown): boolean {
    const cancelled = super.cancel(msg);
    if (cancelled) this.job.cancel?.();
    return cancelled;
  }
}

/** Submits the job, and gives a future of the loop with its outcome. */
export function submit<A extends unknown[], R>(
  loop: EventLoop,
  executor: Executor,
  fn: (...args: A) => R,
  args: A,
): Future<Awaited<R>> {
  const job = executor.submit(fn, ...args);
  const future = new JobFuture(loop, job, fn);
  if (job._settle !== undefined) job._settle(future);
  else {
    job.then(
      (value) => void (future.done() || future.setResult(value)),
      (error) => {
        if (future.done()) return;
        if (isCancelled(error)) future.cancel(error.message || undefined);
        else future.setException(error);
      },
    );
  }
  return future;
}

/** Waits for the executor to end, at most `timeout` seconds; after that it is told to end without waiting. */
export function* shutdownExecutor(loop: EventLoop, executor: Executor | null, timeout: number | null): Coroutine<void> {
  if (executor === null) return;
  const ended = new Future<boolean>(loop._asOptions);
  ended._owner = { describeWait: () => "the end of the default executor" };
  const settle = (value: boolean) => void (ended.done() || ended.setResult(value));
  Promise.resolve(executor.shutdown({ wait: true })).then(
    () => settle(true),
    (error) => void (ended.done() || ended.setException(error)),
  );
  const timer = timeout === null ? null : loop.callLater(timeout, settle, false);
  try {
    if (yield* ended) return;
  } finally {
    timer?.cancel();
  }
  loop._report(`The executor did not finish within ${timeout} seconds.`);
  executor.shutdown({ wait: false });
}
