import { asyncFor, asyncWith, type Coroutine, gather, TimeoutError, timeout, toThread, ValueError } from "tsyncio";
import { type PoolExecutor, ProcessPoolExecutor, ThreadPoolExecutor, transfer } from "tsyncio/executors";
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

const pools: [string, () => PoolExecutor][] = [
  ["threads", () => new ThreadPoolExecutor(2)],
  ["processes", () => new ProcessPoolExecutor(2)],
];

describe.each(pools)("a pool of %s", (kind, make) => {
  const inPool = (body: (pool: PoolExecutor) => Coroutine<void>): Promise<unknown> =>
    real(() => asyncWith(make(), body), 28);

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
      const name = ((yield* errorOf(pool.submit(jobs.exit))) as Error).name;
      expect(name).toBe(kind === "threads" ? "BrokenThreadPool" : "BrokenProcessPool");
      expect(yield* pool.submit(jobs.add, 1, 1)).toBe(2);
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

  test("gives the reports of a job", () =>
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
