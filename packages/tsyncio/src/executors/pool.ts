/** What the pools of threads and of processes have in common. */

import { availableParallelism } from "node:os";
import type { ResourceLimits } from "node:worker_threads";
import type { OptionNames } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { RuntimeError, ValueError } from "../base/errors.ts";
import type { Reference } from "../base/reference.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { kernel } from "../kernel/state.ts";
import { jobReference } from "./blocking.ts";
import { Job } from "./job.ts";
import { allArguments, JobExecutor, loopOfCaller, type ShutdownOptions, takeShutdownOptions } from "./jobExecutor.ts";
import { checkCount, checkEnv } from "./options.ts";
import { Scheduler } from "./scheduler.ts";
import { shared } from "./shared.ts";
import type { EndSignal, WorkerKind } from "./workerLink.ts";

/** Options that both pools have. */
export interface PoolOptions {
  /** How many workers there are at most; they are made when they are needed. Defaults to the number of processors. */
  maxWorkers?: number | null;
  /** Runs in each worker before its first job; what `blocking` returned. If it fails, the pool is unusable. */
  initializer?: ((...args: never[]) => unknown) | null;
  initargs?: readonly unknown[];
  /**
   * What cancelling a job that runs does, where its function does not say: see `BlockingOptions`. "leave" without it.
   */
  cancel?: "leave" | "terminate";
  /** Further environment variables for the workers. */
  env?: Record<string, string>;
  /** Options of Node for the workers, instead of those of this process. */
  execArgv?: readonly string[];
}

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
export abstract class PoolExecutor extends JobExecutor {
  private readonly scheduler: Scheduler;
  private readonly cancelsHard: boolean;
  private jobs = 0;

  /** @internal */
  constructor(traits: PoolTraits, options: PoolOptions) {
    super();
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
   * No more jobs from now on. Those that were submitted still run, unless `cancelFutures` cancels those that have not
   * begun; then the workers end. The promise waits for that, or for nothing if `wait` is false.
   */
  shutdown(options?: ShutdownOptions): Promise<void> {
    const { wait, cancelFutures } = takeShutdownOptions(options);
    const ended = this.scheduler.close(cancelFutures);
    return wait ? ended : Promise.resolve();
  }

  /**
   * Shuts down, and tells the workers to end in the middle of what they do: threads end, processes get SIGTERM. Jobs
   * that have not begun are cancelled; those that run fail with `BrokenExecutor`, but for one whose process handles
   * SIGTERM and goes on. The promise settles when all workers have ended. `ProcessPoolExecutor.terminate_workers`.
   */
  terminateWorkers(): Promise<void> {
    return this._endWorkers("terminate");
  }

  /** @internal */
  protected _endWorkers(how: EndSignal): Promise<void> {
    return this.scheduler.endWorkers(how);
  }

  override toString(): string {
    return String(this.scheduler);
  }

  /** @internal */
  override _reference(fn: unknown, caller: string): Reference {
    return jobReference(fn, caller);
  }

  /** @internal */
  override _start<T>(
    reference: Reference,
    given: readonly unknown[],
    many: boolean,
    loop: EventLoop | null = loopOfCaller(),
  ): Job<T> {
    kernel.runningLoop?._host.refuse?.(`a job of an executor, ${reference.name}(),`);
    const { scheduler } = this;
    if (scheduler.broken !== null) throw scheduler.broken();
    if (scheduler.closed) throw new RuntimeError("cannot schedule new futures after shutdown");
    const loading = shared.worker?.loading;
    if (loading != null) throw notGuarded(loading);
    const args = allArguments(reference, given, many);
    const hard = reference.terminate ?? this.cancelsHard;
    const job = new Job<T>(scheduler, ++this.jobs, reference, args, many, loop, hard);
    scheduler.add(job);
    return job;
  }
}

/** As Python's multiprocessing says it. */
function notGuarded(url: string): RuntimeError {
  return new RuntimeError(
    `a job was submitted while a worker loads ${url}. A worker loads the module of the function that it runs, and what ` +
      "that module does at its top level happens there again. Put the program behind a guard: " +
      "`if (isMain(import.meta)) await run(main())`, or the functions into a module of their own.",
  );
}
