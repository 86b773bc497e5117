import { asyncFor, CancelledError, gather, getRunningLoop, partial, run, setEventLoop, toThread } from "tsyncio";
import { blocking, Job, type PoolExecutor, ProcessPoolExecutor, ThreadPoolExecutor, transfer } from "tsyncio/executors";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import * as jobs from "./jobs.ts";

afterEach(() => setEventLoop(null));

describe("the default executor", () => {
  it("runs a blocking function in another thread of this process, by runInExecutor(null, …)", async () => {
    const place = await run(
      (function* () {
        return yield* getRunningLoop().runInExecutor(null, jobs.where);
      })(),
    );
    expect(place.pid).toBe(process.pid);
    expect(place.thread).toBeGreaterThan(0);
  });

  it("runs jobs side by side, and the loop goes on meanwhile", async () => {
    await run(
      (function* () {
        yield* gather(toThread(jobs.add, 1, 1), toThread(jobs.add, 1, 1)); // the threads are there
        let turns = 0;
        const loop = getRunningLoop();
        const count = (): void => {
          turns++;
          loop.callLater(0.005, count);
        };
        count();
        yield* gather(toThread(jobs.block, 300), toThread(jobs.block, 300));
        expect(turns).toBeGreaterThan(5);
      })(),
    );
  });

  it("takes keyword arguments as an options object, by partial or directly", async () => {
    const greetings = await run(
      (function* () {
        const loop = getRunningLoop();
        return yield* gather(
          loop.runInExecutor(null, jobs.greet, "Ada", { polite: true }),
          loop.runInExecutor(null, partial(jobs.greet, "Bob", { polite: true })),
          toThread(partial(partial(jobs.add, 1), 2)),
        );
      })(),
    );
    expect(greetings).toEqual(["Good day, Ada", "Good day, Bob", 3]);
  });
});

describe("what cannot be a job", () => {
  const pool = new ThreadPoolExecutor(1);
  afterAll(() => pool.shutdown());

  it("a closure: the error says what to do", () => {
    const factor = 2;
    expect(() => pool.submit((n: number) => n * factor, 3)).toThrow(
      /cannot send <anonymous>\(\).*blocking\(import\.meta/s,
    );
  });

  it("a coroutine function: the error says what to do", () => {
    expect(() => pool.submit(jobs.double, 3)).toThrow(/cannot run the coroutine function double\(\)/);
  });

  it("what is no function", () => {
    expect(() => pool.submit(5 as never)).toThrow(TypeError);
  });

  it("a function without a name, or a second one of the same name in one module", () => {
    const meta = { url: "file:///nowhere.js" };
    expect(() =>
      blocking(
        meta,
        (
          () => () =>
            1
        )(),
      ),
    ).toThrow(/needs a name/);
    blocking(meta, function once() {});
    expect(() => blocking(meta, function once() {})).toThrow(/two functions once\(\)/);
    expect(() => blocking(meta, function once() {}, { name: "twice" })).not.toThrow();
  });

  it("a function whose module does not register it when a worker loads it", async () => {
    const url = new URL("./support.js", import.meta.url).href;
    const missing = blocking({ url: new URL("../../support.ts", import.meta.url).href }, function missing() {});
    await expect(pool.submit(missing)).rejects.toThrow(/blocking\(\) was not called there for missing\(\)/);
    const absent = blocking({ url }, function absent() {});
    await expect(pool.submit(absent)).rejects.toThrow(/Cannot find module/);
  });
});

const pools: [string, () => PoolExecutor][] = [
  ["ThreadPoolExecutor", () => new ThreadPoolExecutor(2)],
  ["ProcessPoolExecutor", () => new ProcessPoolExecutor(2)],
];

describe.each(pools)("%s", (name, make) => {
  const pool = make();
  afterAll(() => pool.shutdown());

  it("returns a job, for coroutines and native code", async () => {
    const job = pool.submit(jobs.add, 2, 3);
    expect(job).toBeInstanceOf(Job);
    expect(() => job.result()).toThrow("not done");
    expect(await job).toBe(5);
    expect([job.done(), job.running(), job.cancelled(), job.result(), job.exception()]).toEqual([
      true,
      false,
      false,
      5,
      null,
    ]);
    expect(
      await run(
        (function* () {
          return yield* gather(pool.submit(jobs.add, 1, 2), pool.submit(jobs.later, 5, "x"));
        })(),
      ),
    ).toEqual([3, "x"]);
  });

  it("copies what structuredClone copies", async () => {
    const value = {
      list: [1, null, undefined, 1n, "text"],
      map: new Map([["a", new Set([1])]]),
      date: new Date(5),
      bytes: new Uint8Array([1, 2, 3]),
      error: new RangeError("r"),
    };
    const back = await pool.submit(jobs.echo<typeof value>, value);
    expect(back).toEqual(value);
    // As large as it was: a view of a greater buffer would show what else is there.
    expect(back.bytes.buffer.byteLength).toBe(3);
    expect(await pool.submit(jobs.echo<Uint8Array>, Buffer.from("ab"))).toEqual(new Uint8Array([97, 98]));
    for (const simple of [0, -0, NaN, "", "text", true, false, null, undefined, 12n]) {
      expect(await pool.submit(jobs.echo<unknown>, simple)).toBe(simple);
    }
    expect(await pool.submit(jobs.echo<unknown>, [0, { kind: 1 }])).toEqual([0, { kind: 1 }]);
  });

  it("refuses arguments and results that cannot be copied, and the worker lives on", async () => {
    const { pid, thread } = await pool.submit(jobs.where);
    await expect(pool.submit(jobs.echo<unknown>, () => 1)).rejects.toThrow(/an argument of echo\(\) cannot be sent/);
    await expect(pool.submit(jobs.giveFunction)).rejects.toThrow(/the result of giveFunction\(\) cannot be sent/);
    await expect(pool.submit(jobs.reportFunction)).rejects.toThrow(/what report\(\) was given cannot be sent/);
    expect(await pool.submit(jobs.where)).toEqual({ pid, thread });
  });

  it("throws the job's error with its class, fields, cause, and the stack of the worker", async () => {
    const error = (await failure(pool.submit(jobs.fail, "ValueError"))) as Error;
    expect([error.constructor.name, error.name, error.message]).toEqual([
      "ValueError",
      "ValueError",
      "not a good value",
    ]);
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(error.stack).toMatch(/jobs\.ts:\d+/);
    expect(error.stack).toMatch(new RegExp(`\\n {4}in a worker (thread|process) of ${name}$`));
    expect(error.stack).not.toContain("executors/worker");
    const late = (await failure(pool.submit(jobs.fail, "TimeoutError"))) as Error;
    expect(late.name).toBe("TimeoutError");
    const odd = (await failure(pool.submit(jobs.fail, "Odd"))) as Error & { code: string };
    expect([odd.name, odd.message, odd.code]).toEqual(["Odd", "strange", "E_ODD"]);
    const both = (await failure(pool.submit(jobs.fail, "AggregateError"))) as AggregateError;
    expect([both.errors.length, String(both.errors[0]), both.errors[1]]).toEqual([2, "TypeError: one", "two"]);
    expect(await failure(pool.submit(jobs.fail, "string"))).toBe("just a string");
    expect(String(await failure(pool.submit(jobs.fail, "function")))).toContain("cannot be sent");
  });

  it("takes a CancelledError of the job for a cancellation, as concurrent.futures does", async () => {
    const job = pool.submit(jobs.fail, "CancelledError");
    expect(await failure(job)).toBeInstanceOf(CancelledError);
    expect(job.cancelled()).toBe(true);
  });

  it("yields the reports of a job, in order and all before the end", async () => {
    const job = pool.submit(jobs.count, 500);
    const reports: number[] = [];
    const result = await run(
      (function* () {
        yield* asyncFor(job.progress<number>(), function* (n) {
          reports.push(n);
        });
        return yield* job;
      })(),
    );
    expect(result).toBe(500);
    expect(reports).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
  });

  it("yields reports while the job runs, also by `for await`", async () => {
    const job = pool.submit(jobs.countSlowly, 3, 20);
    const reports: unknown[] = [];
    for await (const value of job.progress()) reports.push([value, job.done()]);
    expect(reports.slice(0, 2)).toEqual([
      [{ i: 1, of: 3 }, false],
      [{ i: 2, of: 3 }, false],
    ]);
    expect(reports).toHaveLength(3);
    expect(await job).toBe(3);
  });

  it("ends the reports of a job that fails, and of one that is done", async () => {
    const job = pool.submit(jobs.fail, "ValueError");
    for await (const _ of job.progress()) throw new Error("there are no reports");
    await failure(job);
    for await (const _ of job.progress()) throw new Error("there are no reports");
    expect(job.done()).toBe(true);
  });

  it("runs the functions directly where they are not submitted", () => {
    expect(jobs.add(1, 2)).toBe(3);
    expect(jobs.count(3)).toBe(3); // report() goes nowhere
  });

  it("map returns the results in order, for asyncFor and `for await`", async () => {
    const out: number[] = [];
    for await (const sum of pool.map(jobs.add, [1, 2, 3], [10, 20, 30, 40])) out.push(sum);
    expect(out).toEqual([11, 22, 33]);
    const chunked = await run(
      (function* () {
        const sums: number[] = [];
        yield* asyncFor(pool.map(jobs.add, range(25), range(25), { chunksize: 4, buffersize: 10 }), function* (sum) {
          sums.push(sum);
        });
        return sums;
      })(),
    );
    expect(chunked).toEqual(range(25).map((n) => 2 * n));
  });

  it("map throws a job's error in its place, and a timeout", async () => {
    const results = pool.map(jobs.fail, ["ValueError"])[Symbol.asyncIterator]();
    await expect(results.next()).rejects.toThrow("not a good value");
    const slow = pool.map(jobs.later<number>, [2000], [1], { timeout: 0.05 })[Symbol.asyncIterator]();
    await expect(slow.next()).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("transfers buffers to threads; processes get a copy", async () => {
    const bytes = new Uint8Array(1 << 20);
    const filled = await pool.submit(jobs.fill, transfer(bytes, [bytes.buffer]), 7);
    expect(filled.length).toBe(1 << 20);
    expect(filled.every((b) => b === 7)).toBe(true);
    expect(bytes.length).toBe(name === "ThreadPoolExecutor" ? 0 : 1 << 20);
  });
});

async function failure(job: PromiseLike<unknown>): Promise<unknown> {
  try {
    await job;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
