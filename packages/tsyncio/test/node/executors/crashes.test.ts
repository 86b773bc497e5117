// Workers that end while they start, while they do nothing, and in the middle of jobs sent in advance.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ExceptionContext, getRunningLoop, run, sleep } from "tsyncio";
import {
  BrokenExecutor,
  BrokenThreadPool,
  type PoolExecutor,
  type PoolOptions,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
} from "tsyncio/executors";
import { afterAll, describe, expect, it } from "vitest";
import * as jobs from "./jobs.ts";

const folder = mkdtempSync(join(tmpdir(), "tsyncio-crashes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pools: [string, (workers: number, options?: PoolOptions) => PoolExecutor, string][] = [
  ["ThreadPoolExecutor", (workers, options) => new ThreadPoolExecutor(workers, options), "process.exit(7)"],
  [
    "ProcessPoolExecutor",
    (workers, options) => new ProcessPoolExecutor(workers, options),
    'process.kill(process.pid, "SIGKILL")',
  ],
];

let files = 0;

/** Options with which the first `times` workers end while they start, and how many still will. */
function endingAtStart(times: number, how: string): { options: PoolOptions; left(): number } {
  const file = join(folder, `left-${++files}`);
  writeFileSync(file, String(times));
  const code = `
    const { readFileSync, writeFileSync } = await import("node:fs");
    const left = Number(readFileSync(${JSON.stringify(file)}, "utf8"));
    if (left > 0) {
      writeFileSync(${JSON.stringify(file)}, String(left - 1));
      ${how};
      for (;;);
    }`;
  const url = `data:text/javascript,${encodeURIComponent(code)}`;
  return {
    options: { execArgv: ["--conditions=@tsyncio/source", "--import", url] },
    left: () => Number(readFileSync(file, "utf8")),
  };
}

describe.each(pools)("a worker of a %s that ends while it starts", (_name, make, how) => {
  it("is replaced, several times in a row if it must be: the jobs run", async () => {
    const { options, left } = endingAtStart(3, how);
    const pool = make(1, options);
    const all = [pool.submit(jobs.add, 1, 2), pool.submit(jobs.add, 3, 4)];
    expect(await Promise.all(all)).toEqual([3, 7]);
    expect(left()).toBe(0);
    await pool.shutdown();
    expect(String(pool)).toContain("workers:0 ");
  });

  it("again and again: the jobs that wait fail and say why, and the pool can be used when that is over", async () => {
    const { options, left } = endingAtStart(6, how);
    const pool = make(1, options);
    const outcomes = await Promise.allSettled([pool.submit(jobs.add, 1, 2), pool.submit(jobs.add, 3, 4)]);
    for (const outcome of outcomes) {
      const { reason } = outcome as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(BrokenExecutor);
      expect(String(reason)).toMatch(/6 workers in a row have ended while they started, the last one: a worker/);
    }
    expect(left()).toBe(0);
    expect(await pool.submit(jobs.add, 5, 6)).toBe(11);
    await pool.shutdown();
  });

  it("after the shutdown of the pool: the jobs run all the same, and the shutdown ends", async () => {
    const { options } = endingAtStart(1, how);
    const pool = make(1, options);
    const job = pool.submit(jobs.add, 1, 2);
    await pool.shutdown();
    expect(job.result()).toBe(3);
  });
});

describe("a job that its worker never began", () => {
  it("runs in another process when an idle one has been killed just before", async () => {
    const pool = new ProcessPoolExecutor(1);
    for (let i = 0; i < 5; i++) {
      const { pid } = await pool.submit(jobs.where);
      process.kill(pid, "SIGKILL");
      expect((await pool.submit(jobs.where)).pid).not.toBe(pid);
    }
    await pool.shutdown();
  });
});

describe("a thread that ends with jobs in advance", () => {
  it.each(["exit", "error"])(
    "by %s fails the job that it was at; those before have their results, those behind run",
    async (how) => {
      const pool = new ThreadPoolExecutor(1);
      await pool.submit(jobs.add, 0, 0);
      const crash = how === "exit" ? () => pool.submit(jobs.exit, 1) : () => pool.submit(jobs.crash);
      for (let round = 0; round < 6; round++) {
        const all = Array.from({ length: 60 }, (_, i) => (i === 20 + round ? crash() : pool.submit(jobs.add, i, 0)));
        // The thread's messages and its end then come together.
        for (const end = performance.now() + 2 * round; performance.now() < end; );
        const outcomes = await Promise.allSettled(all);
        const broken = outcomes.flatMap((o, i) =>
          o.status === "rejected" ? [[i, o.reason instanceof BrokenThreadPool]] : [],
        );
        expect(broken).toEqual([[20 + round, true]]);
        expect(outcomes.every((o, i) => o.status === "rejected" || o.value === i)).toBe(true);
      }
      await pool.shutdown();
    },
  );

  it("told by a callback of an earlier one to terminate: every job is settled", async () => {
    const pool = new ThreadPoolExecutor(1);
    await pool.submit(jobs.add, 0, 0);
    const all = Array.from({ length: 40 }, (_, i) => pool.submit(jobs.add, i, 0));
    all[10]?.addDoneCallback(() => void pool.terminateWorkers());
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(10);
    await pool.shutdown();
    expect(String(pool)).toContain("workers:0 ");
  });
});

describe("a thread that ends between two jobs", () => {
  it("by an error of what a job has left behind is reported to the loop of that job, and replaced", async () => {
    const pool = new ThreadPoolExecutor(1);
    const reports: ExceptionContext[] = [];
    const main = function* (work: () => void) {
      getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context));
      const { thread } = yield* pool.submit(jobs.where);
      yield* pool.submit(work);
      while (reports.length === 0) yield* sleep(0.005);
      expect((yield* pool.submit(jobs.where)).thread).not.toBe(thread);
    };
    for (const work of [jobs.throwLater, jobs.rejectLater]) {
      await run(main(work));
      const [{ message, exception }] = reports.splice(0) as [ExceptionContext];
      expect(message).toBe("a worker thread of ThreadPoolExecutor has failed while it had no job");
      expect(String(exception)).toBe("RangeError: left behind");
    }
    await pool.shutdown();
  });
});

describe("what a job has left behind", () => {
  it.each(pools)("goes on between two jobs of a %s", async (_name, make) => {
    const pool = make(1);
    const file = join(folder, `left-${++files}`);
    await pool.submit(jobs.writeLater, file);
    await expect.poll(() => existsSync(file), { timeout: 60_000 }).toBe(true);
    await pool.shutdown();
  });
});
