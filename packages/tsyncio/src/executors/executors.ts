/** ThreadPoolExecutor and ProcessPoolExecutor. */

import type { ResourceLimits } from "node:worker_threads";
import type { OptionNames } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { RuntimeError, ValueError } from "../base/errors.ts";
import { BrokenProcessPool, BrokenThreadPool } from "./errors.ts";
import { checkCount, ownOptions } from "./options.ts";
import { POOL_OPTIONS, PoolExecutor, type PoolOptions } from "./pool.ts";
import { ProcessLink } from "./processLink.ts";
import { ThreadLink } from "./threadLink.ts";

/** Options of `ThreadPoolExecutor`. */
export interface ThreadPoolOptions extends PoolOptions {
  /** How much memory a thread may use; one that needs more ends with `BrokenThreadPool`. */
  resourceLimits?: ResourceLimits;
}

/** Options of `ProcessPoolExecutor`. */
export interface ProcessPoolOptions extends PoolOptions {
  /** After how many jobs a process is replaced; null keeps it as long as the pool. */
  maxTasksPerChild?: number | null;
}

const THREAD_OPTIONS: OptionNames<ThreadPoolOptions> = { ...POOL_OPTIONS, resourceLimits: true };
const RESOURCE_LIMITS: OptionNames<ResourceLimits> = {
  maxYoungGenerationSizeMb: true,
  maxOldGenerationSizeMb: true,
  codeRangeSizeMb: true,
  stackSizeMb: true,
};
const PROCESS_OPTIONS: OptionNames<ProcessPoolOptions> = { ...POOL_OPTIONS, maxTasksPerChild: true };

/**
 * Runs jobs in worker threads: `concurrent.futures.ThreadPoolExecutor`. Threads of JavaScript share no variables, and
 * have no lock in common: they use as many processors as there are. Arguments and results are copied, or moved with
 * `transfer`. Throws `ValueError` if there is to be less than one worker, and `RuntimeError` on Bun for
 * `resourceLimits` and `execArgv`, which its threads do not have.
 *
 *     await using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
 *     const digest = await pool.submit(hash, password);
 */
export class ThreadPoolExecutor extends PoolExecutor {
  constructor(maxWorkers?: number | null | ThreadPoolOptions, options?: ThreadPoolOptions) {
    const all = optionsOf("ThreadPoolExecutor", maxWorkers, options, THREAD_OPTIONS);
    for (const name of ["resourceLimits", "execArgv"] as const) {
      if (all[name] === undefined || process.versions.bun === undefined) continue;
      throw new RuntimeError(
        `ThreadPoolExecutor: ${name} has no effect on Bun's threads; use ProcessPoolExecutor there`,
      );
    }
    super(
      {
        name: "ThreadPoolExecutor",
        worker: "a worker thread",
        broken: BrokenThreadPool,
        begin: (kind, listener) => new ThreadLink(kind, listener),
        resourceLimits: limitsOf(all.resourceLimits),
      },
      all,
    );
  }
}

/**
 * Runs jobs in child processes: `concurrent.futures.ProcessPoolExecutor`. For code that may take the process with it,
 * or needs memory of its own; starting and talking to a process costs more than a thread. Throws `ValueError` if there
 * is to be less than one worker.
 *
 *     await using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
 *     const text = await pool.submit(parse, file);
 */
export class ProcessPoolExecutor extends PoolExecutor {
  constructor(maxWorkers?: number | null | ProcessPoolOptions, options?: ProcessPoolOptions) {
    const all = optionsOf("ProcessPoolExecutor", maxWorkers, options, PROCESS_OPTIONS);
    const { maxTasksPerChild = null } = all;
    checkCount("maxTasksPerChild", maxTasksPerChild, true);
    super(
      {
        name: "ProcessPoolExecutor",
        worker: "a worker process",
        broken: BrokenProcessPool,
        begin: (kind, listener) => new ProcessLink(kind, listener),
        maxTasksPerChild,
      },
      all,
    );
  }

  /** As `terminateWorkers()`, but with SIGKILL, which no process can handle. `ProcessPoolExecutor.kill_workers`. */
  killWorkers(): Promise<void> {
    return this._endWorkers("kill");
  }
}

/** V8 cannot make a thread with less, in megabytes, and ends the whole process. */
const LEAST_HEAP = 4;

function limitsOf(given: ResourceLimits | undefined): ResourceLimits | undefined {
  if (given === undefined) return undefined;
  const limits = ownOptions("resourceLimits", given, RESOURCE_LIMITS);
  for (const [name, value] of Object.entries(limits)) {
    if (value === undefined) continue;
    const least = name === "maxOldGenerationSizeMb" ? `at least ${LEAST_HEAP}` : "greater than 0";
    const rule = `resourceLimits: ${name} must be a number of megabytes, ${least}, got ${describe(value)}`;
    if (typeof value !== "number") throw new TypeError(rule);
    if (!(name === "maxOldGenerationSizeMb" ? value >= LEAST_HEAP : value > 0)) throw new ValueError(rule);
  }
  return limits;
}

/** `maxWorkers` is the first argument, as in Python, or one of the options. */
function optionsOf<O extends PoolOptions>(
  caller: string,
  first: number | null | O | undefined,
  options: O | undefined,
  names: OptionNames<O>,
): Partial<O> {
  if (typeof first !== "object" || first === null) {
    const own = ownOptions(caller, options, names);
    if (first !== undefined) own.maxWorkers = first;
    return own;
  }
  if (options !== undefined) throw new TypeError(`${caller} expects options once, got ${describe(options)} as well`);
  return ownOptions(caller, first, names);
}
