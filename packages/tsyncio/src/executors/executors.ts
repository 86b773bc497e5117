/** ThreadPoolExecutor and ProcessPoolExecutor. */

import type { ResourceLimits } from "node:worker_threads";
import { describe } from "../kernel/describe.ts";
import { ValueError } from "../kernel/errors.ts";
import { BrokenProcessPool, BrokenThreadPool } from "./errors.ts";
import { PoolExecutor, type PoolOptions } from "./pool.ts";
import { ProcessSlot } from "./processSlot.ts";
import { ThreadSlot } from "./threadSlot.ts";

export interface ThreadPoolOptions extends PoolOptions {
  /** How much memory a thread may use; one that needs more ends with `BrokenThreadPool`. */
  resourceLimits?: ResourceLimits;
}

export interface ProcessPoolOptions extends PoolOptions {
  /** A process is replaced after so many jobs; null keeps it as long as the pool. */
  maxTasksPerChild?: number | null;
}

/**
 * Runs jobs in worker threads: `concurrent.futures.ThreadPoolExecutor`. Threads of JavaScript share no variables, and
 * have no lock in common: they use as many processors as there are. Arguments and results are copied, or moved with
 * `transfer`. Throws `ValueError` if there is to be less than one worker.
 */
export class ThreadPoolExecutor extends PoolExecutor {
  constructor(maxWorkers?: number | null | ThreadPoolOptions, options?: ThreadPoolOptions) {
    const all = optionsOf<ThreadPoolOptions>(maxWorkers, options);
    super(
      {
        name: "ThreadPoolExecutor",
        worker: "a worker thread",
        runtime: "worker_threads",
        broken: BrokenThreadPool,
        makeSlot: (owner, kind) => new ThreadSlot(owner, kind),
        resourceLimits: all.resourceLimits,
      },
      all,
    );
  }
}

/**
 * Runs jobs in child processes: `concurrent.futures.ProcessPoolExecutor`. For code that may take the process with it, or
 * needs memory of its own; starting and talking to a process costs more than a thread. Throws `ValueError` if there is to
 * be less than one worker.
 */
export class ProcessPoolExecutor extends PoolExecutor {
  constructor(maxWorkers?: number | null | ProcessPoolOptions, options?: ProcessPoolOptions) {
    const all = optionsOf<ProcessPoolOptions>(maxWorkers, options);
    const { maxTasksPerChild = null } = all;
    if (maxTasksPerChild !== null && !(Number.isInteger(maxTasksPerChild) && maxTasksPerChild > 0)) {
      throw new ValueError(
        `maxTasksPerChild must be null or a whole number from 1 on, got ${describe(maxTasksPerChild)}`,
      );
    }
    super(
      {
        name: "ProcessPoolExecutor",
        worker: "a worker process",
        runtime: "child_process",
        broken: BrokenProcessPool,
        makeSlot: (owner, kind) => new ProcessSlot(owner, kind),
        maxTasksPerChild,
      },
      all,
    );
  }
}

/** `maxWorkers` is the first argument, as in Python, or one of the options. */
function optionsOf<O extends PoolOptions>(first: number | null | O | undefined, options: O | undefined): O {
  if (typeof first === "object" && first !== null) return first;
  return { ...options, ...(first === undefined ? {} : { maxWorkers: first }) } as O;
}
