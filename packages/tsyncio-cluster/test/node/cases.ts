/** The facts of concurrent.futures, as the pools of threads and processes have them: for each engine. */

import { inspect } from "node:util";
import { asyncFor, CancelledError, gather, getRunningLoop, partial, run, sleep, waitFor } from "tsyncio";
import { BrokenExecutor } from "tsyncio/executors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as jobs from "../../../tsyncio/test/node/executors/jobs.ts";
import { type ClusterExecutor, ClusterJob } from "../../src/index.ts";
import { double, flaky, forever } from "../simulated.ts";
import { failure, until } from "./outcomes.ts";

export interface Place {
  readonly executor: ClusterExecutor;
  /** Another one of the same queue. */
  other(): ClusterExecutor;
  close(): Promise<void>;
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** With two workers. */
export function describeCases(name: string, open: () => Promise<Place>): void {
  describe(name, () => {
    let place: Place;
    let executor: ClusterExecutor;
    beforeAll(async () => {
      place = await open();
      executor = place.executor;
      await executor.submit(jobs.add, 0, 0);
    });
    afterAll(async () => {
      await executor.shutdown();
      await place.close();
    });

    it("submit returns a job, for coroutines and native code", async () => {
      const job = executor.submit(jobs.add, 2, 3);
      expect(job).toBeInstanceOf(ClusterJob);
      expect(() => job.result()).toThrow("not done");
      expect(await job).toBe(5);
      expect([job.done(), job.running(), job.cancelled(), job.result(), job.exception()]).toEqual([
        true,
        false,
        false,
        5,
        null,
      ]);
      const both = await run(
        (function* () {
          return yield* gather(executor.submit(jobs.add, 1, 2), executor.submit(jobs.later, 5, "x"));
        })(),
      );
      expect(both).toEqual([3, "x"]);
    });

    it("loop.runInExecutor, partial and options objects", async () => {
      const found = await run(
        (function* () {
          const loop = getRunningLoop();
          return yield* gather(
            loop.runInExecutor(executor, jobs.greet, "Ada", { polite: true }),
            loop.runInExecutor(executor, partial(jobs.greet, "Bob", { polite: true })),
          );
        })(),
      );
      expect(found).toEqual(["Good day, Ada", "Good day, Bob"]);
    });

    it("a coroutine function runs as a task of the worker", async () => {
      expect(await executor.submit(double, 4)).toBe(8);
      expect(await run(double(1))).toBe(2); // called directly, here
    });

    it("copies values, also those that JSON does not have", async () => {
      const value = {
        list: [1, null, undefined, 1n, "text", -0, Number.NaN],
        map: new Map<unknown, unknown>([["a", new Set([1])]]),
        date: new Date(5),
        bytes: new Uint8Array([1, 2, 3]),
        numbers: new Float64Array([0.5, Number.NEGATIVE_INFINITY]),
        pattern: /a+/gi,
        $: "an own key of that name",
        error: new RangeError("r", { cause: new TypeError("c") }),
      };
      const back = await executor.submit(jobs.echo<typeof value>, value);
      expect(back).toEqual(value);
      expect(back.error).toBeInstanceOf(RangeError);
      expect(back.error.cause).toBeInstanceOf(TypeError);
      expect(back.error.stack).toBe(value.error.stack);
    });

    it("refuses arguments, results and reports that cannot be sent", async () => {
      await expect(executor.submit(jobs.echo<unknown>, () => 1)).rejects.toThrow(
        /an argument of echo\(\) cannot be sent to another machine/,
      );
      await expect(executor.submit(jobs.giveFunction)).rejects.toThrow(/the result of giveFunction\(\) cannot be sent/);
      await expect(executor.submit(jobs.reportFunction)).rejects.toThrow(/what report\(\) was given cannot be sent/);
      const circle: unknown[] = [];
      circle.push(circle);
      await expect(executor.submit(jobs.echo<unknown>, circle)).rejects.toThrow(/it contains itself/);
      expect(() => executor.submit(((n: number) => n) as never, 1)).toThrow(/blocking\(import\.meta/);
    });

    it("throws the job's error with class, fields, cause, and the stack of the worker", async () => {
      const error = (await failure(executor.submit(jobs.fail, "ValueError"))) as Error;
      expect([error.constructor.name, error.name, error.message]).toEqual([
        "ValueError",
        "ValueError",
        "not a good value",
      ]);
      expect(error.cause).toBeInstanceOf(RangeError);
      expect(error.stack).toMatch(/jobs\.ts:\d+/);
      // The worker's, and below it that of this side.
      expect(error.stack).toMatch(/jobs\.ts:\d+[\s\S]*\n {4}in fail\(\) in .+, submitted\n {4}at .*cases\.ts:\d+/);
      expect(inspect(error)).toMatch(/jobs\.ts:\d+[\s\S]*, submitted\n {4}at .*cases\.ts:\d+/);
      expect(error.stack).not.toContain("runJob");
      const odd = (await failure(executor.submit(jobs.fail, "Odd"))) as Error & { code: string };
      expect([odd.name, odd.message, odd.code]).toEqual(["Odd", "strange", "E_ODD"]);
      const both = (await failure(executor.submit(jobs.fail, "AggregateError"))) as AggregateError;
      expect([both.errors.length, String(both.errors[0]), both.errors[1]]).toEqual([2, "TypeError: one", "two"]);
      expect(await failure(executor.submit(jobs.fail, "string"))).toBe("just a string");
    });

    it("takes a CancelledError of the job for a cancellation", async () => {
      const job = executor.submit(jobs.fail, "CancelledError");
      expect(await failure(job)).toBeInstanceOf(CancelledError);
      expect(job.cancelled()).toBe(true);
    });

    it("progress: all reports, in order and before the end, by for await and asyncFor", async () => {
      const job = executor.submit(jobs.count, 300);
      const reports: number[] = [];
      for await (const n of job.progress<number>()) reports.push(n);
      expect(await job).toBe(300);
      expect(reports).toEqual(range(300).map((n) => n + 1));
      const slow = executor.submit(jobs.countSlowly, 3, 20);
      const seen: unknown[] = [];
      await run(
        asyncFor(slow.progress(), function* (value) {
          seen.push([value, slow.done()]);
        }),
      );
      expect(seen[0]).toEqual([{ i: 1, of: 3 }, false]);
      expect(seen).toHaveLength(3);
    });

    it("map: in order, with chunks and buffersize; an error in its place; a timeout", async () => {
      const sums: number[] = [];
      for await (const sum of executor.map(jobs.add, range(25), range(25), { chunksize: 4, buffersize: 3 }))
        sums.push(sum);
      expect(sums).toEqual(range(25).map((n) => 2 * n));
      const doubled: number[] = [];
      for await (const n of executor.map(double, [1, 2], { chunksize: 2 })) doubled.push(n);
      expect(doubled).toEqual([2, 4]);
      const failing = executor.map(jobs.fail, ["ValueError"])[Symbol.asyncIterator]();
      await expect(failing.next()).rejects.toThrow("not a good value");
      const slow = executor.map(jobs.later<number>, [2000], [1], { timeout: 0.05 })[Symbol.asyncIterator]();
      await expect(slow.next()).rejects.toMatchObject({ name: "TimeoutError" });
    });

    it("cancelling a job that has not begun: it never runs, and is done when the queue says so", async () => {
      const delayed = executor.options({ delay: 3600 }).submit(jobs.add, 1, 1);
      expect(delayed.cancel()).toBe(true);
      expect(await failure(delayed)).toBeInstanceOf(CancelledError);
      expect(delayed.cancelled()).toBe(true);
    });

    it('cancelling a job that runs: "leave" lets it go on, "terminate" ends it in the middle', async () => {
      const left = executor.submit(jobs.countSlowly, 20, 20);
      await until(() => left.running());
      expect(left.cancel()).toBe(false);
      expect(await left).toBe(20);
      const ended = executor.options({ cancel: "terminate" }).submit(jobs.block, 3_600_000);
      await until(() => ended.running());
      expect(ended.cancel()).toBe(true);
      expect(await failure(ended)).toBeInstanceOf(CancelledError);
      const hard = executor.submit(jobs.block, 3_600_000);
      await until(() => hard.running());
      expect(hard.terminate()).toBe(true);
      expect(await failure(hard)).toBeInstanceOf(CancelledError);
    });

    it("cancelling the task that waits for a coroutine function cancels it on the worker", async () => {
      const job = executor.submit(forever);
      await until(() => job.running());
      const waited = run(
        (function* () {
          yield* waitFor(job, 0.1);
        })(),
      );
      expect(await failure(waited)).toMatchObject({ name: "TimeoutError" });
      expect(await failure(job)).toBeInstanceOf(CancelledError);
    });

    it("retries with backoff: attempt() tells; without them an error is final", async () => {
      expect(await executor.options({ retries: 2, backoff: 0.05 }).submit(flaky, 2)).toBe(3);
      await expect(executor.submit(flaky, 1)).rejects.toThrow("attempt 1");
      await expect(executor.options({ retries: 1 }).submit(flaky, 5)).rejects.toThrow("attempt 2");
    });

    it("timeout: a run that takes longer is ended, and fails", async () => {
      const job = executor.options({ timeout: 0.2 }).submit(jobs.block, 3_600_000);
      await expect(job).rejects.toMatchObject({ name: "TimeoutError" });
    });

    it("a worker's thread or process that ends takes its job along, and no other", async () => {
      const error = (await failure(executor.submit(jobs.exit, 3))) as BrokenExecutor;
      expect(error).toBeInstanceOf(BrokenExecutor);
      expect([error.exitCode, error.message]).toEqual([3, expect.stringMatching(/exit code 3 while it ran exit\(\)/)]);
      expect(await executor.submit(jobs.add, 1, 2)).toBe(3);
    });

    it("another executor finds the outcome by the job's id; an id that the queue does not have is a LookupError", async () => {
      const job = executor.submit(jobs.add, 20, 2);
      const error = executor.submit(jobs.fail, "ValueError");
      expect([await job, String(await failure(error))]).toEqual([22, "ValueError: not a good value"]);
      const other = place.other();
      expect(await other.job(job.id)).toBe(22);
      await expect(other.job(error.id)).rejects.toThrow("not a good value");
      await expect(other.job("no-such-job")).rejects.toMatchObject({ name: "LookupError" });
      await other.shutdown();
    });

    it("shutdown: waits for what was submitted; cancelFutures cancels what has not begun; nothing more is accepted", async () => {
      const one = place.other();
      const job = one.submit(jobs.later<string>, 50, "done");
      await one.shutdown();
      expect(job.result()).toBe("done");
      expect(() => one.submit(jobs.add, 1, 1)).toThrow("cannot schedule new futures after shutdown");
      const two = place.other();
      const waiting = two.options({ delay: 3600 }).submit(jobs.add, 1, 1);
      await two.shutdown({ cancelFutures: true });
      expect(waiting.cancelled()).toBe(true);
      const three = place.other();
      const late = three.submit(jobs.add, 1, 1);
      await three.shutdown({ wait: false });
      expect(await late).toBe(2);
    });

    it("deduplicate: both have the outcome of the first", async () => {
      const keyed = executor.options({ deduplicate: `key ${Math.random()}` });
      const first = keyed.submit(jobs.later<string>, 300, "first");
      await until(() => first.running());
      const second = keyed.submit(jobs.later<string>, 0, "second");
      expect(await Promise.all([first, second])).toEqual(["first", "first"]);
    });

    it("runs in a coroutine with await using's twin, and many at once", async () => {
      const other = place.other();
      const sum = await run(
        (function* () {
          yield* sleep(0);
          const all = yield* gather(...range(40).map((n) => other.submit(jobs.add, n, 1)));
          yield* other.aexit(null);
          return all.reduce((a, b) => a + b);
        })(),
      );
      expect(sum).toBe(820);
    });
  });
}
