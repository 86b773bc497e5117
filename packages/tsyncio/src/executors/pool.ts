/** What the two executors have in common. */

import { availableParallelism } from "node:os";
import type { ResourceLimits } from "node:worker_threads";
import type { OptionNames } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { RuntimeError, ValueError } from "../base/errors.ts";
import type { Reference } from "../base/reference.ts";
import { aliveLoop } from "../host/loops.ts";
import { promiseFuture } from "../iteration/awaitable.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Executor } from "../kernel/executor.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { ContextMethod, Coroutine } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import { jobReference } from "./blocking.ts";
import { Job } from "./job.ts";
import { type Iterables, MapResults, takeMapOptions } from "./map.ts";
import { checkCount, checkEnv, ownOptions } from "./options.ts";
import { Scheduler } from "./scheduler.ts";
import { shared } from "./shared.ts";
import type { EndSignal, WorkerKind } from "./workerLink.ts";

export interface PoolOptions {
  /** How many workers there are at most; they are made when they are needed. Defaults to the number of processors. */
  maxWorkers?: number | null;
  /** Runs in each worker before its first job; what `blocking` returned. If it fails, the pool is unusable. */
  initializer?: ((...args: never[]) => unknown) | null;
  initargs?: readonly unknown[];
  /** What cancelling a job that runs does, where its function does not say: see `BlockingOptions`. "leave" without it. */
  cancel?: "leave" | "terminate";
  /** Further environment variables for the workers. */
  env?: Record<string, string>;
  /** Options of Node for the workers, instead of those of this process. */
  execArgv?: readonly string[];
}

export interface ShutdownOptions {
  /** False: the promise waits for nothing. Default true. */
  wait?: boolean;
  /** True: jobs that have not begun are cancelled. Default false. */
  cancelFutures?: boolean;
}

const SHUTDOWN_OPTIONS: OptionNames<ShutdownOptions> = { wait: true, cancelFutures: true };
export const POOL_OPTIONS: OptionNames<PoolOptions> = {
  maxWorkers: true,
  initializer: true,
  initargs: true,
  cancel: true,
  env: true,
  execArgv: true,
};

/** What an executor adds to its options. */
export interface PoolTraits extends Pick<WorkerKind, "broken" | "begin"> {
  readonly name: string;
  /** In words. */
  readonly worker: string;
  readonly resourceLimits?: ResourceLimits | undefined;
  readonly maxTasksPerChild?: number | null;
}

/** A pool of workers: `concurrent.futures.Executor`. */
export abstract class PoolExecutor implements Executor {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(PoolExecutor);
  private readonly scheduler: Scheduler;
  private readonly cancelsHard: boolean;
  private jobs = 0;

  /** @internal */
  constructor(traits: PoolTraits, options: PoolOptions) {
    const { maxWorkers = null, initializer = null, initargs = [], cancel = "leave", env, execArgv } = options;
    checkCount("maxWorkers", maxWorkers, true);
    if (cancel !== "leave" && cancel !== "terminate") {
      throw new ValueError(`cancel is "leave" or "terminate", got ${describe(cancel)}`);
    }
    if (execArgv !== undefined && !(Array.isArray(execArgv) && execArgv.every((arg) => typeof arg === "string"))) {
      throw new TypeError(`execArgv must be an array of strings, got ${describe(execArgv)}`);
    }
    if (env !== undefined) checkEnv(env);
    if (!Array.isArray(initargs)) throw new TypeError(`initargs must be an array, got ${describe(initargs)}`);
    const { name, worker, broken, resourceLimits, maxTasksPerChild = null, begin } = traits;
    const found = initializer === null ? null : jobReference(initializer, `${name}: initializer`);
    this.cancelsHard = cancel === "terminate";
    this.scheduler = new Scheduler({
      name,
      kind: {
        broken,
        begin,
        words: `${worker} of ${name}`,
        env: env === undefined ? undefined : { ...(process.env as Record<string, string>), ...env },
        execArgv,
        resourceLimits,
      },
      maxWorkers: maxWorkers ?? availableParallelism(),
      initializer: found === null ? null : { ...found, args: [...found.args, ...initargs] },
      maxTasksPerChild,
    });
  }

  /**
   * Runs `fn(...args)` in a worker. `fn` is what `blocking` returned, or a `partial` of it. Throws `TypeError` for another
   * function, `RuntimeError` after `shutdown()`, and `BrokenExecutor` after an initializer has failed.
   */
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Job<Awaited<R>> {
    return this.start(jobReference(fn, "an executor"), args, false);
  }

  /**
   * `fn` for each item, or for the items of several iterables side by side, in workers; all are submitted at once, unless
   * `buffersize` says how many. Returns an async iterator of the results in the order of the items, which throws a job's
   * error in its place; leaving `asyncFor` or `for await` early cancels the rest. A last argument that is no iterable is
   * the options: `timeout` in seconds, counted from now, after which `TimeoutError` is thrown; `chunksize`, how many items
   * a job gets.
   */
  map<A extends unknown[], R>(fn: (...args: A) => R, ...iterables: Iterables<A>): MapResults<Awaited<R>> {
    const reference = jobReference(fn, "map");
    const options = takeMapOptions(iterables as unknown[]);
    const submit = (items: readonly unknown[][]) => this.start<Awaited<R>[]>(reference, items, true);
    return new MapResults(submit, iterables as unknown as Iterable<unknown>[], options);
  }

  /**
   * No more jobs from now on. Those that were submitted still run, unless `cancelFutures` cancels those that have not
   * begun; then the workers end. The promise waits for that, or for nothing if `wait` is false.
   */
  shutdown(options?: ShutdownOptions): Promise<void> {
    const { wait = true, cancelFutures = false } = ownOptions("shutdown", options, SHUTDOWN_OPTIONS);
    const ended = this.scheduler.close(cancelFutures);
    return wait ? ended : Promise.resolve();
  }

  /**
   * Shuts down, and tells the workers to end in the middle of what they do: threads end, processes get SIGTERM. Jobs that
   * have not begun are cancelled; those that run fail with `BrokenExecutor`, but for one whose process handles SIGTERM and
   * goes on. The promise settles when all workers have ended. `ProcessPoolExecutor.terminate_workers`.
   */
  terminateWorkers(): Promise<void> {
    return this._endWorkers("terminate");
  }

  /** @internal */
  protected _endWorkers(how: EndSignal): Promise<void> {
    return this.scheduler.endWorkers(how);
  }

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

  toString(): string {
    return String(this.scheduler);
  }

  private start<T>(reference: Reference, given: readonly unknown[], many: boolean): Job<T> {
    kernel.runningLoop?._host.refuse?.(`a job of an executor, ${reference.name}(),`);
    const { scheduler } = this;
    if (scheduler.broken !== null) throw scheduler.broken();
    if (scheduler.closed) throw new RuntimeError("cannot schedule new futures after shutdown");
    const loading = shared.worker?.loading;
    if (loading != null) throw notGuarded(loading);
    const { args: first } = reference;
    const args = many
      ? (given as readonly unknown[][]).map((args) => [...first, ...args])
      : first.length === 0
        ? given
        : [...first, ...given];
    const loop = loopOfCaller();
    const hard = reference.terminate ?? this.cancelsHard;
    const job = new Job<T>(scheduler, ++this.jobs, reference, args, many, loop, hard);
    scheduler.add(job);
    return job;
  }
}

/** Where the job finds its `mainLoop()`. One that is set and does not run yet is to run later; of several none is meant. */
function loopOfCaller(): EventLoop | null {
  const { eventLoop } = kernel;
  const later = eventLoop?.isRunning() === false && !eventLoop.isClosed();
  return aliveLoop() ?? (later ? eventLoop : null);
}

/** As Python's multiprocessing says it. */
function notGuarded(url: string): RuntimeError {
  return new RuntimeError(
    `a job was submitted while a worker loads ${url}. A worker loads the module of the function that it runs, and what ` +
      "that module does at its top level happens there again. Put the program behind a guard: " +
      "`if (isMain(import.meta)) await run(main())`, or the functions into a module of their own.",
  );
}
