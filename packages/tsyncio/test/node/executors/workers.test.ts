import { asyncWith, CancelledError, run, setEventLoop } from "tsyncio";
import {
  BrokenExecutor,
  BrokenProcessPool,
  BrokenThreadPool,
  type PoolExecutor,
  ProcessPoolExecutor,
  type ProcessPoolOptions,
  ThreadPoolExecutor,
  type ThreadPoolOptions,
} from "tsyncio/executors";
import { afterEach, describe, expect, it } from "vitest";
import * as jobs from "./jobs.ts";

afterEach(() => setEventLoop(null));

type Options = ThreadPoolOptions & ProcessPoolOptions;
const pools: [string, (maxWorkers: number, options?: Options) => PoolExecutor, typeof BrokenExecutor][] = [
  ["ThreadPoolExecutor", (n, options) => new ThreadPoolExecutor(n, options), BrokenThreadPool],
  ["ProcessPoolExecutor", (n, options) => new ProcessPoolExecutor(n, options), BrokenProcessPool],
];

async function failure(job: PromiseLike<unknown>): Promise<BrokenExecutor> {
  return Promise.resolve(job).then(
    () => {
      throw new Error("it did not fail");
    },
    (error) => error,
  );
}

describe.each(pools)("a worker of %s that ends", (_name, make, Broken) => {
  it("by process.exit fails its own job only, with the exit code", async () => {
    const pool = make(1);
    const all = [pool.submit(jobs.add, 1, 1), pool.submit(jobs.exit, 3), pool.submit(jobs.add, 2, 2)];
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.map((o) => (o.status === "fulfilled" ? o.value : o.reason.name))).toEqual([2, Broken.name, 4]);
    const error = await failure(all[1] as PromiseLike<unknown>);
    expect(error).toBeInstanceOf(Broken);
    expect(error).toBeInstanceOf(BrokenExecutor);
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain("has ended with exit code 3 while it ran exit()");
    await pool.shutdown();
  });

  it("by an uncaught error fails its own job only", async () => {
    const pool = make(2);
    const slow = pool.submit(jobs.later, 300, "slow");
    const error = await failure(pool.submit(jobs.crash));
    expect(error).toBeInstanceOf(Broken);
    if (Broken === BrokenThreadPool) expect(String(error.cause)).toBe("RangeError: in a timer");
    else expect(error.exitCode).toBe(1);
    expect(await slow).toBe("slow");
    expect(await pool.submit(jobs.add, 1, 2)).toBe(3);
    await pool.shutdown();
  });

  it("many times over: every job has an outcome", async () => {
    const pool = make(2);
    const all = Array.from({ length: 24 }, (_, i) =>
      i % 6 === 5 ? pool.submit(jobs.exit, 0) : pool.submit(jobs.add, i, 0),
    );
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.map((o) => (o.status === "fulfilled" ? o.value : "broken"))).toEqual(
      Array.from({ length: 24 }, (_, i) => (i % 6 === 5 ? "broken" : i)),
    );
    await pool.shutdown();
  });

  it("runs the initializer once in each worker, before its jobs", async () => {
    const pool = make(1, { initializer: jobs.initialise, initargs: ["ready"] });
    expect(await pool.submit(jobs.getSetting)).toBe("ready 1");
    expect(await pool.submit(jobs.getSetting)).toBe("ready 1");
    await failure(pool.submit(jobs.exit, 1));
    expect(await pool.submit(jobs.getSetting)).toBe("ready 1");
    await pool.shutdown();
  });

  it("whose initializer fails makes the pool unusable, and says why", async () => {
    const pool = make(2, { initializer: jobs.badInitialiser });
    const [first, second] = [pool.submit(jobs.add, 1, 1), pool.submit(jobs.add, 1, 1)];
    for (const job of [first, second]) {
      const error = await failure(job);
      expect(error).toBeInstanceOf(Broken);
      expect(error.message).toBe("An initializer failed, the pool is not usable anymore: no licence");
      expect((error.cause as Error).name).toBe("ValueError");
    }
    expect(() => pool.submit(jobs.add, 1, 1)).toThrow(Broken);
    await pool.shutdown();
  });

  it("that cannot be made makes the pool unusable, and says why", async () => {
    const pool = new ThreadPoolExecutor(2, { execArgv: ["--no-such-option"] });
    const error = (await failure(pool.submit(jobs.add, 1, 1))) as Error;
    expect(error).toBeInstanceOf(BrokenThreadPool);
    expect(error.message).toMatch(/A worker could not be started.*--no-such-option/);
    expect(() => pool.submit(jobs.add, 1, 1)).toThrow(BrokenThreadPool);
    await pool.shutdown();
  });

  it("is made only when it is needed, and at most maxWorkers are", async () => {
    const pool = make(3);
    expect(String(pool)).toContain("workers:0 of 3");
    await pool.submit(jobs.add, 1, 1);
    await pool.submit(jobs.add, 1, 1);
    expect(String(pool)).toContain("workers:1 of 3");
    const places = await Promise.all(Array.from({ length: 12 }, () => pool.submit(jobs.later, 50, 1)));
    expect(places).toHaveLength(12);
    expect(String(pool)).toContain("workers:3 of 3");
    await pool.shutdown();
  });

  it("sees the environment that the pool was given", async () => {
    const pool = make(1, { env: { TSYNCIO_TEST: "a" } });
    expect(await pool.submit(jobs.environment, "TSYNCIO_TEST")).toBe("a");
    expect(await pool.submit(jobs.environment, "PATH")).toBe(process.env.PATH);
    await pool.shutdown();
  });
});

describe.each(pools)("the end of a %s", (_name, make, Broken) => {
  it("waits for what was submitted, and takes no more", async () => {
    const pool = make(1);
    const all = [pool.submit(jobs.later, 50, 1), pool.submit(jobs.later, 1, 2)];
    await pool.shutdown();
    expect(all.map((job) => job.result())).toEqual([1, 2]);
    expect(() => pool.submit(jobs.add, 1, 1)).toThrow("cannot schedule new futures after shutdown");
    expect(String(pool)).toContain("workers:0 ");
    await pool.shutdown();
  });

  it("cancels what has not begun, if asked", async () => {
    const pool = make(1);
    await pool.submit(jobs.add, 1, 1);
    const busy = pool.submit(jobs.countSlowly, 10, 100);
    const waiting = [pool.submit(jobs.later, 1, 2), pool.submit(jobs.later, 1, 3)];
    for await (const _ of busy.progress()) break; // it has begun
    await pool.shutdown({ cancelFutures: true });
    expect(waiting.map((job) => job.cancelled())).toEqual([true, true]);
    expect(busy.result()).toBe(10);
  });

  it("does not wait, if asked, and the jobs run all the same", async () => {
    const pool = make(1);
    const job = pool.submit(jobs.later, 100, 1);
    await pool.shutdown({ wait: false });
    expect(job.done()).toBe(false);
    expect(await job).toBe(1);
  });

  it("by terminateWorkers() fails the jobs that run and cancels the others, as in CPython", async () => {
    const pool = make(1);
    await pool.submit(jobs.add, 1, 1);
    const [busy, waiting] = [pool.submit(jobs.countSlowly, 1_000_000, 5), pool.submit(jobs.add, 1, 1)];
    const failures = Promise.all([failure(busy), failure(waiting)]);
    for await (const _ of busy.progress()) break; // it has begun
    await pool.terminateWorkers();
    const [broken, cancelled] = await failures;
    expect(broken).toBeInstanceOf(Broken);
    expect(broken.message).toMatch(/was (terminated|ended by SIGTERM) while it ran countSlowly\(\)$/);
    expect(cancelled).toBeInstanceOf(CancelledError);
    expect(() => pool.submit(jobs.add, 1, 1)).toThrow(Broken);
    expect(String(pool)).toContain("workers:0 ");
    await pool.terminateWorkers();
    await pool.shutdown();
  });

  it("by terminateWorkers() before there is a worker is a shutdown", async () => {
    const pool = make(1);
    await pool.terminateWorkers();
    expect(() => pool.submit(jobs.add, 1, 1)).toThrow("cannot schedule new futures after shutdown");
  });

  it("by terminateWorkers() while the workers start cancels all jobs, and makes no further workers", async () => {
    const pool = make(2);
    const all = [pool.submit(jobs.add, 1, 1), pool.submit(jobs.add, 2, 2), pool.submit(jobs.add, 3, 3)];
    await pool.terminateWorkers();
    expect(all.map((job) => job.cancelled())).toEqual([true, true, true]);
    expect(String(pool)).toContain("workers:0 ");
  });

  it("comes with asyncWith, and with `await using`", async () => {
    let kept: PoolExecutor | null = null;
    const sum = await run(
      (function* () {
        return yield* asyncWith(make(1), function* (pool) {
          kept = pool;
          return yield* pool.submit(jobs.add, 1, 2);
        });
      })(),
    );
    expect(sum).toBe(3);
    expect(() => kept?.submit(jobs.add, 1, 1)).toThrow("after shutdown");
    {
      await using pool = make(1);
      kept = pool;
      expect(await pool.submit(jobs.add, 2, 2)).toBe(4);
    }
    expect(() => kept?.submit(jobs.add, 1, 1)).toThrow("after shutdown");
  });
});

describe("only", () => {
  it("a process: one that is killed fails its job with the signal", async () => {
    const pool = new ProcessPoolExecutor(1);
    const error = await failure(pool.submit(jobs.killMyself));
    expect([error.name, error.signal]).toEqual(["BrokenProcessPool", "SIGKILL"]);
    expect(error.message).toContain("was ended by SIGKILL while it ran killMyself()");
    await pool.shutdown();
  });

  it("a process: one that handles SIGTERM outlives terminateWorkers(), and its job has its result", async () => {
    const pool = new ProcessPoolExecutor(1);
    const job = pool.submit(jobs.ignoreTerm);
    for await (const _ of job.progress()) void pool.terminateWorkers();
    expect(await job).toBe("SIGTERM");
    await pool.shutdown();
    expect(String(pool)).toContain("workers:0 ");
  });

  it("a process: killWorkers() ends also one that handles SIGTERM", async () => {
    const pool = new ProcessPoolExecutor(1);
    const job = pool.submit(jobs.ignoreTerm);
    const error = failure(job);
    for await (const _ of job.progress()) await pool.killWorkers();
    expect(await error).toBeInstanceOf(BrokenProcessPool);
    expect((await error).signal).toBe("SIGKILL");
    expect(() => pool.submit(jobs.add, 1, 1)).toThrow(BrokenProcessPool);
  });

  it("a process: maxTasksPerChild replaces it", async () => {
    const pool = new ProcessPoolExecutor({ maxWorkers: 1, maxTasksPerChild: 2 });
    const pids: number[] = [];
    for (let i = 0; i < 4; i++) pids.push((await pool.submit(jobs.where)).pid);
    expect([pids[0] === pids[1], pids[1] === pids[2], pids[2] === pids[3]]).toEqual([true, false, true]);
    await pool.shutdown();
  });

  it("a thread: one that needs too much memory fails its job", async () => {
    const pool = new ThreadPoolExecutor(1, { resourceLimits: { maxOldGenerationSizeMb: 32 } });
    const error = await failure(pool.submit(jobs.exhaust));
    expect(error).toBeInstanceOf(BrokenThreadPool);
    expect((error.cause as { code: string }).code).toBe("ERR_WORKER_OUT_OF_MEMORY");
    expect(await pool.submit(jobs.add, 1, 2)).toBe(3);
    await pool.shutdown();
  });

  it("whole numbers of workers, and known words", () => {
    for (const bad of [0, -1, 1.5, NaN]) expect(() => new ThreadPoolExecutor(bad)).toThrow(/maxWorkers must be/);
    expect(() => new ProcessPoolExecutor({ maxTasksPerChild: 0 })).toThrow(/maxTasksPerChild/);
    expect(() => new ThreadPoolExecutor({ cancel: "kill" as never })).toThrow(/cancel is/);
    expect(() => new ThreadPoolExecutor({ initializer: () => {} })).toThrow(/blocking\(import\.meta/);
  });
});
