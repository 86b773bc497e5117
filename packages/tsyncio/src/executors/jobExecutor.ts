/** What all executors have in common: those of one machine, and that of many. */

import type { OptionNames } from "../base/checks.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import type { Reference } from "../base/reference.ts";
import { aliveLoop } from "../host/loops.ts";
import { promiseFuture } from "../iteration/awaitable.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Executor } from "../kernel/executor.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { ContextMethod, Coroutine, JobResult } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import type { Job } from "./job.ts";
import { type Iterables, MapResults, takeMapOptions } from "./map.ts";
import { ownOptions } from "./options.ts";

/** Options of an executor's `shutdown`. */
export interface ShutdownOptions {
  /** False: the promise waits for nothing. Default true. */
  wait?: boolean;
  /** True: jobs that have not begun are cancelled. Default false. */
  cancelFutures?: boolean;
}

const SHUTDOWN_OPTIONS: OptionNames<ShutdownOptions> = { wait: true, cancelFutures: true };

export function takeShutdownOptions(options: ShutdownOptions | undefined): Required<ShutdownOptions> {
  const { wait = true, cancelFutures = false } = ownOptions("shutdown", options, SHUTDOWN_OPTIONS);
  return { wait, cancelFutures };
}

/** `concurrent.futures.Executor`. */
export abstract class JobExecutor implements Executor {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(JobExecutor);

  /**
   * Runs `fn(...args)` in a worker. `fn` is what `blocking` returned, or a `partial` of it. Throws `TypeError` for
   * another function, `RuntimeError` after `shutdown()`, and `BrokenExecutor` after an initializer has failed.
   */
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Job<JobResult<R>> {
    return this._start(this._reference(fn, "an executor"), args, false);
  }

  /**
   * `fn` for each item, or for the items of several iterables side by side, in workers; all are submitted at once,
   * unless `buffersize` says how many. Returns an async iterator of the results in the order of the items, which throws
   * a job's error in its place; leaving `asyncFor` or `for await` early cancels the rest. A last argument that is no
   * iterable is the options: `timeout` in seconds, counted from now, after which `TimeoutError` is thrown; `chunksize`,
   * how many items a job gets.
   */
  map<A extends unknown[], R>(fn: (...args: A) => R, ...iterables: Iterables<A>): MapResults<JobResult<R>> {
    const reference = this._reference(fn, "map");
    const options = takeMapOptions(iterables as unknown[]);
    const submit = (items: readonly unknown[][]) => this._start<JobResult<R>[]>(reference, items, true);
    return new MapResults(submit, iterables as unknown as Iterable<unknown>[], options);
  }

  abstract shutdown(options?: ShutdownOptions): Promise<void>;

  /** The executor itself. */
  aenter(): ContextMethod<this>;
  *aenter(): Coroutine<this> | ContextMethod<this> {
    return this;
  }

  /** `shutdown()`, as leaving Python's `with` does. */
  aexit(_error: unknown): ContextMethod<void>;
  *aexit(_error: unknown): Coroutine<void> | ContextMethod<void> {
    yield* promiseFuture(this.shutdown(), { describeWait: () => `shutdown of ${this}` });
  }

  /** For `await using`. */
  async [ASYNC_DISPOSE](): Promise<void> {
    await this.shutdown();
  }

  /** @internal How a worker finds the function. Throws `TypeError` for one that it cannot run. */
  abstract _reference(fn: unknown, caller: string): Reference;

  /** @internal Submits a call; with `many`, one for each list of arguments. */
  abstract _start<T>(reference: Reference, given: readonly unknown[], many: boolean): Job<T>;
}

/** The arguments, behind those of `partial`. */
export function allArguments({ args: first }: Reference, given: readonly unknown[], many: boolean): readonly unknown[] {
  if (first.length === 0) return given;
  return many ? (given as readonly unknown[][]).map((args) => [...first, ...args]) : [...first, ...given];
}

/**
 * Where the job finds its `mainLoop()`. One that is set and does not run yet is to run later; of several none is meant.
 */
export function loopOfCaller(): EventLoop | null {
  const { eventLoop } = kernel;
  const later = eventLoop?.isRunning() === false && !eventLoop.isClosed();
  return aliveLoop() ?? (later ? eventLoop : null);
}
