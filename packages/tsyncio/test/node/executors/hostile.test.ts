import { type ExceptionContext, getRunningLoop, run, setEventLoop, sleep, ValueError } from "tsyncio";
import { type PoolExecutor, ProcessPoolExecutor, ThreadPoolExecutor } from "tsyncio/executors";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import * as hostile from "./hostile.ts";
import * as jobs from "./jobs.ts";

afterEach(() => setEventLoop(null));

const pools: [string, () => PoolExecutor][] = [
  ["ThreadPoolExecutor", () => new ThreadPoolExecutor(1)],
  ["ProcessPoolExecutor", () => new ProcessPoolExecutor(1)],
];

async function failure(job: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(job).then(
    (value) => ({ value }),
    (error) => error,
  );
}

describe.each(pools)("a job of a %s", (_name, make) => {
  const pool = make();
  afterAll(() => pool.shutdown());

  it("cannot make the main process load a module", async () => {
    const main = function* (url: string) {
      return yield* pool.submit(hostile.callUnknown, url);
    };
    for (const url of ["data:text/javascript,globalThis.loaded = 1", new URL("./loaded.js", import.meta.url).href]) {
      await expect(run(main(url))).rejects.toThrow(/the main process has no such blocking function/);
    }
    expect((globalThis as { loaded?: unknown }).loaded).toBeUndefined();
  });

  it.each(hostile.oddErrors)(
    "may throw anything: %s. It comes as what it is, or as text, and the worker lives",
    async (kind) => {
      const before = await pool.submit(jobs.where);
      const error = await failure(pool.submit(hostile.throwOdd, kind));
      if (error instanceof Error) expect([error.constructor, error.message]).toEqual([ValueError, "readable"]);
      else expect(["Symbol(s)", "a value that cannot be sent"]).toContain(error);
      expect(await pool.submit(jobs.where)).toEqual(before);
    },
  );

  it.each(hostile.oddErrors)(
    "may take or return what throws when it is read: %s. It fails, and the worker lives",
    async (kind) => {
      const before = await pool.submit(jobs.where);
      const taken = await failure(pool.submit(jobs.echo<unknown>, hostile.unreadable(kind)));
      expect(String(taken)).toMatch(/^TypeError: an argument of echo\(\) cannot be sent to another thread/);
      const returned = await failure(pool.submit(hostile.returnUnreadable, kind));
      expect(String(returned)).toMatch(
        /^TypeError: the result of returnUnreadable\(\) cannot be sent to another thread/,
      );
      expect(await pool.submit(jobs.where)).toEqual(before);
    },
  );

  it("may return a proxy, whose traps are not called by the pool: it fails, and the worker lives", async () => {
    const before = await pool.submit(jobs.where);
    for (let i = 0; i < 2; i++) {
      const error = await failure(pool.submit(hostile.returnProxy));
      expect(String(error)).toMatch(/^TypeError: the result of returnProxy\(\) cannot be sent to another thread/);
    }
    expect(await pool.submit(jobs.where)).toEqual(before);
  });

  it("may throw errors that are in each other: circles and what is shared stay, and 1000 groups of 1000 take no time", async () => {
    const error = (await failure(pool.submit(hostile.throwCircles, 1000))) as AggregateError & { first: unknown };
    expect([error.message, error.cause === error, error.first === error]).toEqual(["group 0", true, true]);
    expect(error.errors).toHaveLength(1000);
    const last = error.errors[999] as AggregateError;
    expect([last.message, last.errors === error.errors, last.errors[0] === error]).toEqual(["group 999", true, true]);
  });

  it("may throw a chain of any length", async () => {
    let error = (await failure(pool.submit(hostile.throwChain, 20_000))) as Error | undefined;
    let length = 0;
    for (; error !== undefined; error = error.cause as Error | undefined) length++;
    expect(length).toBe(20_000);
  });
});

describe("a job of a thread", () => {
  const pool = new ThreadPoolExecutor(1);
  afterAll(() => pool.shutdown());

  it("that sends what only the pool's own code sends is reported; it, its worker and the program go on", async () => {
    const reports: ExceptionContext[] = [];
    const before = await pool.submit(jobs.where);
    const main = function* () {
      getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context));
      const result = yield* pool.submit(hostile.sendMalformed);
      while (reports.length < 9) yield* sleep(0.005); // they come by another way than the result
      return result;
    };
    expect(await run(main())).toBe("done");
    for (const { message } of reports) expect(message).toMatch(/^a job has sent .* by parentPort/);
    expect(await pool.submit(jobs.where)).toEqual(before);
  });

  it("may send an object with a class of its own making", async () => {
    const reports: ExceptionContext[] = [];
    const main = function* () {
      getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context));
      const result = yield* pool.submit(hostile.sendOddClass);
      while (reports.length < 1) yield* sleep(0.005);
      return result;
    };
    expect(await run(main())).toBe("done");
    expect(reports.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^a job has sent an object of class/),
    ]);
  });
});

describe("a job of a process", () => {
  const pool = new ProcessPoolExecutor(1);
  afterAll(() => pool.shutdown());

  it.each(hostile.rawBytes)("that writes %s to its channel breaks its own process at worst", async (kind) => {
    const error = (await failure(pool.submit(hostile.writeRaw, kind))) as Error;
    expect(error.name).toBe("BrokenProcessPool");
    expect(error.message).toMatch(/^a worker process of ProcessPoolExecutor has failed: .* while it ran writeRaw\(\)$/);
    expect(await pool.submit(jobs.add, 1, 2)).toBe(3);
  });

  it("that closes its channel is ended, and its process replaced", async () => {
    expect(await failure(pool.submit(hostile.closeChannel))).toMatchObject({ name: "BrokenProcessPool" });
    expect(await pool.submit(jobs.add, 1, 2)).toBe(3);
  });
});
