/** The awaits of executors. */

import { type Coroutine, getRunningLoop, toThread } from "tsyncio";
import { type PoolExecutor, ProcessPoolExecutor, ThreadPoolExecutor } from "tsyncio/executors";
import * as jobs from "../executors/jobs.ts";
import type { Awaits, Begin, Every, Kind } from "./every.ts";

/** In a pool of one worker. What is left running in it has ended when the pool has. */
const inPool = (
  kind: Kind,
  wait: (pool: PoolExecutor) => unknown,
  make = () => new ThreadPoolExecutor(1) as PoolExecutor,
) =>
  function* (every: Every) {
    const pool = make();
    yield* pool.submit(jobs.add, 1, 1);
    yield* every(kind, function* () {
      return { wait: wait(pool) as Coroutine<unknown> };
    });
    yield* pool.aexit(null);
  };

/** A pool for each attempt, with a job that runs. */
const ofPool = (wait: (pool: PoolExecutor) => Coroutine<unknown>): Begin =>
  function* () {
    const pool = new ThreadPoolExecutor(1);
    void pool.submit(jobs.later, 3, 1).then(() => {});
    return { wait: wait(pool), after: () => pool.aexit(null) };
  };

const ms = 3;
export const executors: Awaits = {
  Job: inPool("ends", (pool) => pool.submit(jobs.later, ms, 1)),
  "Job of a process": inPool(
    "ends",
    (pool) => pool.submit(jobs.later, ms, 1),
    () => new ProcessPoolExecutor(1),
  ),
  "EventLoop.runInExecutor": inPool("ends", (pool) => getRunningLoop().runInExecutor(pool, jobs.later, ms, 1)),
  toThread: function* (every) {
    yield* every("ends", function* () {
      return { wait: toThread(jobs.later, ms, 1) };
    });
  },
  "MapResults.anext": inPool("ends", (pool) => pool.map(jobs.block, [ms, ms]).anext()),
  "MapResults.anext with a timeout": inPool("ends", (pool) => pool.map(jobs.block, [ms], { timeout: 60 }).anext()),
  "Progress.anext": function* (every) {
    const pool = new ThreadPoolExecutor(1);
    const job = pool.submit(jobs.later, 60_000, 1);
    yield* every("endless", function* () {
      return { wait: job.progress().anext() };
    });
    job.terminate();
    yield* pool.aexit(null);
  },
  "JobExecutor.aexit": (every) =>
    every(
      "ends late",
      ofPool((pool) => pool.aexit(null)),
    ),
  "EventLoop.shutdownDefaultExecutor": function* (every) {
    yield* every(
      "ends late",
      ofPool(function* (pool) {
        getRunningLoop().setDefaultExecutor(pool);
        yield* getRunningLoop().shutdownDefaultExecutor();
      }),
    );
  },
};
