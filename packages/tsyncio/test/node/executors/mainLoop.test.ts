import { threadId } from "node:worker_threads";
import { gather, run, setEventLoop, sleep } from "tsyncio";
import { isMain, mainLoop, type PoolExecutor, ProcessPoolExecutor, ThreadPoolExecutor } from "tsyncio/executors";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import * as jobs from "./jobs.ts";

afterEach(() => setEventLoop(null));
beforeEach(() => {
  jobs.seen.length = 0;
});

const pools: [string, () => PoolExecutor][] = [
  ["ThreadPoolExecutor", () => new ThreadPoolExecutor(1)],
  ["ProcessPoolExecutor", () => new ProcessPoolExecutor(1)],
];

describe.each(pools)("mainLoop() in a job of a %s", (name, make) => {
  const pool = make();
  afterAll(() => pool.shutdown());

  it("callSoonThreadsafe calls a function in the thread of the loop", async () => {
    await run(
      (function* () {
        yield* pool.submit(jobs.callSoon);
        while (jobs.seen.length === 0) yield* sleep(0.005);
      })(),
    );
    expect(jobs.seen).toEqual(["from a job", [1, 2], threadId]);
  });

  it("runCoroutineThreadsafe runs a coroutine on the loop, and returns its result or its error", async () => {
    const main = function* (n: number) {
      return yield* pool.submit(jobs.doubleAsync, n);
    };
    expect(await run(main(20))).toBe(41);
    await expect(run(main(-1))).rejects.toMatchObject({ name: "ValueError", message: "negative" });
  });

  it("result() blocks a thread until the coroutine is done; a process is told to await", async () => {
    const result = run(
      (function* () {
        return yield* pool.submit(jobs.doubleBlocking, 20);
      })(),
    );
    if (name === "ThreadPoolExecutor") expect(await result).toBe(41);
    else await expect(result).rejects.toThrow(/a process cannot block/);
  });

  it("what a job has done on the loop sees the context variables of its caller; the job itself sees none", async () => {
    const as = function* (name: string) {
      jobs.user.set(name);
      return yield* pool.submit(jobs.who);
    };
    const both = function* () {
      return yield* gather(as("Ann"), as("Bob"));
    };
    expect(await run(both())).toEqual([
      ["nobody", "Ann"],
      ["nobody", "Bob"],
    ]);
    expect(jobs.seen).toEqual(["Ann", "Bob"]);
  });

  it("code that its job has left behind is told that there is no job, and does not wait forever", async () => {
    const main = function* () {
      yield* pool.submit(jobs.askLate);
      return yield* pool.submit(jobs.lateAnswer);
    };
    expect(await run(main())).toBe("RuntimeError: double() was called on the main loop by code of no job that runs");
  });

  it("cancel() cancels the task", async () => {
    const text = await run(
      (function* () {
        return yield* pool.submit(jobs.cancelled);
      })(),
    );
    expect(text).toBe("CancelledError");
    expect(jobs.seen).toEqual(["cancelled"]);
  });
});

describe("mainLoop()", () => {
  it("result(timeout) gives up in time", async () => {
    const text = await run(
      (function* () {
        const pool = new ThreadPoolExecutor(1);
        const result = yield* pool.submit(jobs.tooLate);
        while (jobs.seen.length === 0) yield* sleep(0.005);
        yield* pool.aexit(null);
        return result;
      })(),
    );
    expect(text).toBe("TimeoutError: no result after 0.05 seconds");
    expect(jobs.seen).toEqual(["cancelled"]);
  });

  it("serves no initializer: the pool says so, instead of waiting forever", async () => {
    const pool = new ThreadPoolExecutor(1, { initializer: jobs.initialiseByLoop });
    await expect(pool.submit(jobs.add, 1, 1)).rejects.toThrow(/initializer failed.*code of no job that runs/);
    await pool.shutdown();
  });

  it("is an error outside of a job", () => {
    expect(() => mainLoop()).toThrow(/run as a job of an executor/);
  });

  it("needs a loop that the job was submitted from", async () => {
    const pool = new ThreadPoolExecutor(1);
    // Of several runs none is meant: the job would be told of the end of one that it has nothing to do with.
    const runs = [run(sleep(0.01)), run(sleep(0.01))];
    const job = pool.submit(jobs.doubleAsync, 1);
    await Promise.all(runs);
    await expect(job).rejects.toThrow(/not submitted from an event loop/);
    await expect(pool.submit(jobs.doubleAsync, 1)).rejects.toThrow(/not submitted from an event loop/);
    await pool.shutdown();
  });
});

describe("isMain", () => {
  it("is false in a module that was imported", () => {
    expect(isMain(import.meta)).toBe(false);
  });

  it("is what import.meta.main says, where Node has that", () => {
    expect([isMain({ url: "file:///a.js", main: true }), isMain({ url: "file:///a.js", main: false })]).toEqual([
      true,
      false,
    ]);
  });
});
