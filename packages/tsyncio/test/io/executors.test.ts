import {
  asyncFor,
  asyncWith,
  CancelledError,
  type Coroutine,
  cursor,
  fromPromise,
  gather,
  sleep,
  TimeoutError,
  timeout,
  toThread,
  ValueError,
} from "tsyncio";
import {
  type BrokenExecutor,
  type PoolExecutor,
  type PoolOptions,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
  transfer,
} from "tsyncio/executors";
import { beforeAll, describe, expect, test } from "vitest";
import { errorOf } from "../support.ts";
import type * as Jobs from "./jobs.ts";
import { real } from "./support.ts";

let jobs: typeof Jobs;
beforeAll(async () => {
  // A file of its own also in a bundle: workers load it.
  jobs = await import("./jobs.ts");
});

test("toThread runs a function in the default executor", () =>
  real(function* () {
    expect(yield* toThread(jobs.add, 1, 2)).toBe(3);
  }));

const pools: [string, (options?: PoolOptions) => PoolExecutor][] = [
  ["threads", (options) => new ThreadPoolExecutor({ maxWorkers: 2, ...options })],
  ["processes", (options) => new ProcessPoolExecutor({ maxWorkers: 2, ...options })],
];

describe.each(pools)("a pool of %s", (kind, make) => {
  const inPool = (body: (pool: PoolExecutor) => Coroutine<void>, options?: PoolOptions): Promise<unknown> =>
    real(() => asyncWith(make(options), body));
  const broken = kind === "threads" ? "BrokenThreadPool" : "BrokenProcessPool";

  test("runs jobs, side by side and in the order of map", () =>
    inPool(function* (pool) {
      expect(yield* gather(pool.submit(jobs.add, 1, 2), pool.submit(jobs.add, 3, 4))).toEqual([3, 7]);
      const sums: number[] = [];
      yield* asyncFor(pool.map(jobs.add, [1, 2, 3], [10, 20, 30]), function* (sum) {
        sums.push(sum);
      });
      expect(sums).toEqual([11, 22, 33]);
    }));

  test("throws a job's error with its class", () =>
    inPool(function* (pool) {
      const error = yield* errorOf(pool.submit(jobs.fail));
      expect(error).toBeInstanceOf(ValueError);
      expect((error as Error).message).toBe("not a good value");
    }));

  test("replaces a worker that ends, which fails its own job only", () =>
    inPool(function* (pool) {
      const error = (yield* errorOf(pool.submit(jobs.exit))) as BrokenExecutor;
      expect([error.name, error.exitCode]).toEqual([broken, 3]);
      expect(yield* pool.submit(jobs.add, 1, 1)).toBe(2);
    }));

  test("replaces a worker in which an error is caught by no code, which fails its own job only", () =>
    inPool(function* (pool) {
      for (const how of ["throw", "reject"] as const) {
        const error = (yield* errorOf(pool.submit(jobs.crash, how))) as BrokenExecutor;
        expect(error.name).toBe(broken);
        if (kind === "threads") expect(String(error.cause)).toBe("RangeError: outside");
        expect(yield* pool.submit(jobs.add, 1, 1)).toBe(2);
      }
    }));

  test("keeps the worker of a job whose argument or result cannot be sent", () =>
    inPool(function* (pool) {
      const taken = yield* errorOf(pool.submit(jobs.echo<unknown>, () => 1));
      expect(String(taken)).toMatch(/^TypeError: an argument of echo\(\) cannot be sent/);
      const given = yield* errorOf(pool.submit(jobs.giveFunction));
      expect(String(given)).toMatch(/^TypeError: the result of giveFunction\(\) cannot be sent/);
      expect(yield* pool.submit(jobs.add, 1, 1)).toBe(2);
    }));

  test("copies values, and large arrays of numbers, each with memory of its own", () =>
    inPool(function* (pool) {
      const value = { map: new Map([["a", [1n, null, undefined]]]), floats: new Float64Array([1.5, -0]) };
      const back = yield* pool.submit(jobs.echo<typeof value>, value);
      expect(back).toEqual(value);
      expect(back.floats.buffer.byteLength).toBe(16);
      const large = yield* pool.submit(jobs.echo<Uint8Array>, new Uint8Array(3_000_000).fill(7));
      expect([large.length, large.every((byte) => byte === 7)]).toEqual([3_000_000, true]);
    }));

  test("has its own environment and initializer in each worker", () =>
    inPool(
      function* (pool) {
        expect(yield* pool.submit(jobs.variable, "TSYNCIO_IO")).toBe("here");
        expect(yield* pool.submit(jobs.whatWasMade)).toBe("a tool");
      },
      { env: { TSYNCIO_IO: "here" }, initializer: jobs.initialise, initargs: ["a tool"] },
    ));

  test("lets the event loop of a worker run between two jobs", () =>
    inPool(function* (pool) {
      const one = make({ maxWorkers: 1 });
      yield* one.submit(jobs.ring);
      while (!(yield* one.submit(jobs.hasRung))) yield* sleep(0.01);
      yield* one.aexit(null);
      expect(yield* pool.submit(jobs.hasRung)).toBe(false);
    }));

  test("runs what is left of many jobs of which half are cancelled", () =>
    inPool(function* (pool) {
      const all = Array.from({ length: 400 }, (_, i) => pool.submit(jobs.add, i, 0));
      const cancelled = all.map((job, i) => i % 2 === 1 && job.cancel());
      const results = yield* gather(...all, { returnExceptions: true });
      const wrong = results.filter((result, i) => (cancelled[i] ? !(result instanceof CancelledError) : result !== i));
      expect(wrong).toEqual([]);
      expect(cancelled.filter(Boolean).length).toBeGreaterThan(0);
    }));

  test("ends at once by terminateWorkers(): what runs is broken, what waits is cancelled", () =>
    real(function* () {
      const pool = make({ maxWorkers: 1 });
      const [running, waiting] = [pool.submit(jobs.hang), pool.submit(jobs.add, 1, 1)];
      yield* cursor(running.progress()).next();
      const ended = pool.terminateWorkers();
      expect(((yield* errorOf(running)) as Error).name).toBe(broken);
      expect(yield* errorOf(waiting)).toBeInstanceOf(CancelledError);
      yield* fromPromise(ended);
      expect(String(pool)).toContain("workers:0 ");
    }));

  test("really stops a job that is to be terminated", () =>
    inPool(function* (pool) {
      yield* pool.submit(jobs.add, 1, 1);
      const late = asyncWith(timeout(0.2), function* () {
        yield* pool.submit(jobs.forEver);
      });
      expect(yield* errorOf(late)).toBeInstanceOf(TimeoutError);
      expect(yield* pool.submit(jobs.add, 2, 2)).toBe(4);
    }));

  test("yields the reports of a job", () =>
    inPool(function* (pool) {
      const job = pool.submit(jobs.count, 20);
      const seen: number[] = [];
      yield* asyncFor(job.progress<number>(), function* (n) {
        seen.push(n);
      });
      expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(yield* job).toBe(20);
    }));

  test("takes buffers", () =>
    inPool(function* (pool) {
      const bytes = new Uint8Array(100);
      const filled = yield* pool.submit(jobs.fill, transfer(bytes, [bytes.buffer]));
      expect([filled.length, filled[0], filled[99]]).toEqual([100, 7, 7]);
    }));

  test("runs coroutines on the main loop for its jobs", () =>
    inPool(function* (pool) {
      expect(yield* pool.submit(jobs.askLoop, 20)).toBe(41);
    }));
});

test("a process is killed by killWorkers(), and its job is broken", () =>
  real(function* () {
    const pool = new ProcessPoolExecutor(1);
    const job = pool.submit(jobs.hang);
    yield* cursor(job.progress()).next();
    const ended = pool.killWorkers();
    const error = (yield* errorOf(job)) as BrokenExecutor;
    expect([error.name, error.signal]).toEqual(["BrokenProcessPool", "SIGKILL"]);
    yield* fromPromise(ended);
  }));

test("a process that a job makes send what is no message is ended, and replaced", () =>
  real(() =>
    asyncWith(new ProcessPoolExecutor(1), function* (pool) {
      const error = (yield* errorOf(pool.submit(jobs.scribble))) as Error;
      // Deno has no descriptor for what a socket has.
      const deno = process.versions.deno !== undefined;
      expect(error.message).toMatch(deno ? /Bad file descriptor/ : /its channel has bytes that are no message/);
      expect(yield* pool.submit(jobs.add, 1, 1)).toBe(2);
    }),
  ));

test("options that a runtime's threads do not have are errors there", () => {
  const make = () => new ThreadPoolExecutor(1, { resourceLimits: { maxOldGenerationSizeMb: 64 } });
  if (process.versions.bun === undefined) expect(String(make())).toContain("workers:0");
  else expect(make).toThrow("resourceLimits has no effect on Bun's threads");
});
