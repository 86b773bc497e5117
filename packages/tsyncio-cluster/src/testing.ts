/** tsyncio-cluster/testing: a queue in memory, which also runs on simulated time. */

import type { PoolExecutor } from "tsyncio/executors";
import { ownOptions } from "tsyncio/executors/internal";
import { MemoryEngine, type MemoryEngineOptions } from "./engine/memory.ts";
import type { WorkerSide } from "./engine/memoryLinks.ts";
import { type ClusterExecutor, type ClusterOptions, executorOver, SIZE_LIMIT } from "./executor.ts";
import type { JobOptions } from "./options.ts";
import { OwnFunctions } from "./worker/functions.ts";
import { PoolRunner } from "./worker/poolRunner.ts";
import { TaskRunner } from "./worker/taskRunner.ts";
import { Worker } from "./worker/worker.ts";

export type { MemoryEngineOptions } from "./engine/memory.ts";

/** Options of a simulated worker. */
export interface SimulatedWorkerOptions {
  /** How many jobs at once. Defaults to 1. */
  slots?: number;
  /** For how many seconds a job is its worker's without a sign of life. Defaults to 30. */
  lock?: number;
  /** Which build the worker is of. */
  build?: string | null;
  /** Runs the jobs; without it, they are tasks of the loop. */
  pool?: PoolExecutor | null;
}

/** A worker of a `SimulatedCluster`, and what can happen to it. */
export interface SimulatedWorker {
  /** As SIGKILL. */
  kill(): void;
  /** As SIGSTOP: it stands still, and its locks run out. */
  stop(): void;
  /** As SIGCONT. */
  continue(): void;
  /** Ends what runs: see `tsyncio worker`. */
  handBack(): void;
}

/**
 * Executors and workers around a queue in memory. In `simulate` and `explore` it lives on simulated time, and its jobs
 * are tasks of the loop.
 *
 *     explore(function* () {
 *       const cluster = new SimulatedCluster();
 *       const worker = cluster.worker();
 *       const executor = cluster.executor({ retries: 1 });
 *       const job = executor.submit(work, 1);
 *       worker.kill();
 *       cluster.worker();
 *       assert((yield* job) === 2);
 *     });
 */
export class SimulatedCluster {
  private readonly engine: MemoryEngine;

  constructor(options: MemoryEngineOptions = {}) {
    this.engine = new MemoryEngine(options);
  }

  /** How many jobs have not ended. */
  get pending(): number {
    return this.engine.pending;
  }

  executor(options: JobOptions & Pick<ClusterOptions, "build" | "sizeLimit" | "submitTimeout"> = {}): ClusterExecutor {
    return executorOver(this.engine, options);
  }

  worker(options?: SimulatedWorkerOptions): SimulatedWorker {
    const names = { slots: true, lock: true, build: true, pool: true } as const;
    const { slots = 1, lock = 30, build = null, pool = null } = ownOptions("worker", options, names);
    const runner = pool === null ? new TaskRunner(SIZE_LIMIT) : new PoolRunner(pool, SIZE_LIMIT);
    const worker = new Worker(this.engine, {
      functions: new OwnFunctions(),
      runner,
      build,
      sizeLimit: SIZE_LIMIT,
      slots,
      lock,
      rate: null,
      onError() {},
    });
    const side = worker._link as WorkerSide;
    return {
      kill: () => {
        side.kill();
        worker._kill();
      },
      stop: () => side.stop(),
      continue: () => side.continue(),
      handBack: () => worker.handBack(),
    };
  }
}
