import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  asyncFor,
  CancelledError,
  createTask,
  run,
  setEventLoop,
  sleep,
  TimeoutError,
  toThread,
  waitFor,
} from "tsyncio";
import { type Job, type PoolExecutor, ProcessPoolExecutor, ThreadPoolExecutor } from "tsyncio/executors";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { errorOf } from "../../support.ts";
import * as jobs from "./jobs.ts";

const folder = mkdtempSync(join(tmpdir(), "tsyncio-executors-"));
let files = 0;
const newFile = (): string => join(folder, String(++files));
const read = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
};
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => setEventLoop(null));

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    if (i > 6000) throw new Error("it never came true");
    await delay(5);
  }
}

async function failure(job: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(job).then(
    () => "no failure",
    (error) => error,
  );
}

const pools: [string, (options?: { cancel?: "terminate" }) => PoolExecutor][] = [
  ["ThreadPoolExecutor", (options) => new ThreadPoolExecutor(1, options)],
  ["ProcessPoolExecutor", (options) => new ProcessPoolExecutor(1, options)],
];

it("cancelling every second of 100,000 that wait: none of these runs, all others do", async () => {
  const pool = new ThreadPoolExecutor(1);
  const submitted = Array.from({ length: 100_000 }, () => pool.submit(jobs.runs));
  const cancelled = submitted.filter((_, i) => i % 2 === 0 && i > 30);
  for (const job of cancelled) expect(job.cancel()).toBe(true);
  const outcomes = await Promise.allSettled(submitted);
  const left = submitted.length - cancelled.length;
  expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBe(left);
  expect(await pool.submit(jobs.runs)).toBe(left + 1);
  await pool.shutdown();
});

describe.each(pools)("cancelling a job of a %s with one worker", (_name, make) => {
  const pool = make();
  beforeAll(() => pool.submit(jobs.add, 1, 1));
  afterAll(() => pool.shutdown());

  it("that has not begun: it never runs", async () => {
    const [first, second, end] = [newFile(), newFile(), newFile()];
    const running = pool.submit(jobs.hold, first, end);
    const waiting = pool.submit(jobs.spin, second, 0);
    await until(() => read(first) !== "");
    expect([running.running(), waiting.running()]).toEqual([true, false]);
    expect(waiting.cancel()).toBe(true);
    expect(waiting.cancelled()).toBe(true);
    expect(await failure(waiting)).toBeInstanceOf(CancelledError);
    writeFileSync(end, "");
    await running;
    await pool.submit(jobs.add, 1, 1);
    expect(read(second)).toBe("");
  });

  it("that runs: asyncio's way is to let it go on, and cancel() says so", async () => {
    const [file, end] = [newFile(), newFile()];
    const job = pool.submit(jobs.hold, file, end);
    await until(() => read(file) !== "");
    expect(job.cancel()).toBe(false);
    writeFileSync(end, "");
    await job;
    expect(read(file)).toBe("begun\nended\n");
  });

  it("that runs, by its future: no task waits any more, the job goes on", async () => {
    const [file, end] = [newFile(), newFile()];
    await run(
      (function* () {
        const task = createTask(
          (function* () {
            yield* pool.submit(jobs.hold, file, end);
          })(),
        );
        while (read(file) === "") yield* sleep(0.005);
        expect(yield* errorOf(waitFor(task, 0.05))).toBeInstanceOf(TimeoutError);
      })(),
    );
    expect(read(file)).toBe("begun\n");
    writeFileSync(end, "");
    await until(() => read(file) === "begun\nended\n");
  });

  it("that runs, by terminate(): it stops in the middle, and a new worker does the next job", async () => {
    const file = newFile();
    const before = await pool.submit(jobs.where);
    const job = pool.submit(jobs.spin, file, 60_000);
    const next = pool.submit(jobs.where);
    await until(() => read(file) !== "");
    expect(job.terminate()).toBe(true);
    expect(await failure(job)).toBeInstanceOf(CancelledError);
    expect(await next).not.toEqual(before);
    expect(read(file)).toBe("begun\n");
  });

  it('that was made with { cancel: "terminate" }: cancelling the task that waits stops it', async () => {
    const file = newFile();
    await run(
      (function* () {
        function* wait() {
          yield* pool.submit(jobs.spinTerminably, file, 60_000);
        }
        const task = createTask(wait());
        yield* waitForFile(file);
        task.cancel();
        try {
          yield* task;
        } catch (error) {
          expect(error).toBeInstanceOf(CancelledError);
        }
      })(),
    );
    const where = await pool.submit(jobs.where);
    expect(where.pid).toBeGreaterThan(0);
    expect(read(file)).toBe("begun\n");
  });

  it("a second time, or when it is done, changes nothing", async () => {
    const job = pool.submit(jobs.add, 1, 2);
    await job;
    expect([job.cancel(), job.terminate(), job.result()]).toEqual([false, false, 3]);
  });
});

function* waitForFile(file: string) {
  while (read(file) === "") yield* toThread(jobs.block, 5);
}

describe("cancelling many jobs at every stage", () => {
  it.each(pools)("leaves each one finished or cancelled: %s", async (_name, make) => {
    const pool = make({ cancel: "terminate" });
    const all: Job<number>[] = [];
    for (let i = 0; i < 60; i++) {
      const job = pool.submit(jobs.later<number>, i % 3, i);
      all.push(job);
      if (i % 4 === 1) void delay(i % 7).then(() => job.cancel());
      if (i % 15 === 2) void delay(i % 11).then(() => job.terminate());
      if (i % 5 === 0) await delay(1);
    }
    const outcomes = await Promise.allSettled(all);
    const wrong = outcomes.filter(
      (o, i) => (o.status === "fulfilled" ? o.value !== i : !(o.reason instanceof CancelledError)) || !all[i]?.done(),
    );
    expect(wrong).toEqual([]);
    expect(outcomes.filter((o) => o.status === "fulfilled").length).toBeGreaterThanOrEqual(42);
    await pool.shutdown();
    expect(String(pool)).toContain("workers:0 ");
  });

  it("map: leaving early cancels what has not begun", async () => {
    const pool = new ThreadPoolExecutor(1);
    const files = Array.from({ length: 5 }, newFile);
    const gates = files.map((_, i) => new Int32Array(new SharedArrayBuffer(4)).fill(i === 0 ? 1 : 0));
    for await (const _ of pool.map(jobs.writeAndWait, files, gates)) break;
    for (const gate of gates) {
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
    }
    await pool.shutdown();
    expect(files.map(read).filter((text) => text !== "").length).toBeLessThanOrEqual(3);
    expect(read(files.at(-1) as string)).toBe("");
  });

  it("waitFor and asyncFor over the reports end in time", async () => {
    const pool = new ThreadPoolExecutor(1, { cancel: "terminate" });
    const seen: unknown[] = [];
    await pool.submit(jobs.add, 1, 1);
    await run(
      (function* () {
        const job = pool.submit(jobs.countSlowly, 1_000_000, 5);
        const reading = createTask(
          asyncFor(job.progress(), function* (value) {
            seen.push(value);
          }),
        );
        while (seen.length === 0) yield* sleep(0.005);
        expect(yield* errorOf(waitFor(reading, 0.05))).toBeInstanceOf(TimeoutError);
        expect(job.running()).toBe(true);
        expect(job.cancel()).toBe(true);
      })(),
    );
    await pool.shutdown();
  });
});
