// Threads get jobs in advance; which shows nowhere, but by the clock.
import fc from "fast-check";
import { BrokenThreadPool, type Job, ThreadPoolExecutor, transfer } from "tsyncio/executors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as jobs from "./jobs.ts";

const action = fc.record({
  how: fc.oneof(
    { weight: 12, arbitrary: fc.constant("spin") },
    { weight: 3, arbitrary: fc.constant("wait") },
    { weight: 1, arbitrary: fc.constant("exit") },
  ),
  ms: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }) }),
  moves: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  /** After that many milliseconds: what happens to the job. */
  fate: fc.option(
    fc.record({ verb: fc.constantFrom("cancel" as const, "terminate" as const), at: fc.integer({ min: 0, max: 40 }) }),
    { freq: 4 },
  ),
});

describe("jobs in advance", () => {
  it("whatever is cancelled, terminated or broken: each job runs once or not at all, and has its outcome", async () => {
    const plan = fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 150 }), async (actions) => {
      const pool = new ThreadPoolExecutor(2);
      const cells = new Int32Array(new SharedArrayBuffer(4 * actions.length));
      const all = actions.map(({ how, ms, moves, fate }, i): Job<number> => {
        const bytes = new Uint8Array(8);
        const job = moves
          ? (pool.submit(jobs.fill, transfer(bytes, [bytes.buffer]), i % 256) as unknown as Job<number>)
          : (pool.submit(jobs.tally, cells, i, how, ms) as unknown as Job<number>);
        if (fate !== null) setTimeout(() => job[fate.verb](), fate.at);
        return job;
      });
      const outcomes = await Promise.allSettled(all);
      await pool.shutdown();
      outcomes.forEach((outcome, i) => {
        const { how, moves, fate } = actions[i] as (typeof actions)[number];
        const runs = cells[i] as number;
        expect(runs).toBeLessThanOrEqual(1);
        if (outcome.status === "fulfilled") {
          if (moves) expect(outcome.value).toEqual(new Uint8Array(8).fill(i % 256));
          else expect([outcome.value, runs, how === "exit"]).toEqual([i, 1, false]);
        } else if (outcome.reason instanceof BrokenThreadPool) expect([how, runs]).toEqual(["exit", 1]);
        else {
          expect([all[i]?.cancelled(), fate !== null]).toEqual([true, true]);
          if (fate?.verb === "cancel") expect(runs).toBe(0);
        }
      });
    });
    await fc.assert(plan, { numRuns: 12 });
  });

  it("one thread does its jobs in the order in which they were submitted", async () => {
    await using pool = new ThreadPoolExecutor(1);
    const order: number[] = [];
    const all = Array.from({ length: 500 }, (_, i) => {
      const job = pool.submit(jobs.later<number>, 0, i);
      job.addDoneCallback(() => order.push(i));
      return i % 3 === 0 ? pool.submit(jobs.add, i, 0) : job;
    });
    await Promise.all(all);
    expect(order).toEqual(Array.from({ length: 500 }, (_, i) => i));
  });

  describe("with two threads", () => {
    const pool = new ThreadPoolExecutor(2);
    beforeAll(() => Promise.all([pool.submit(jobs.block, 50), pool.submit(jobs.block, 50)]));
    afterAll(() => pool.shutdown());

    it("no job waits behind a long one while a thread has time", async () => {
      const gate = new Int32Array(new SharedArrayBuffer(4));
      const before = Array.from({ length: 100 }, (_, i) => pool.submit(jobs.add, i, 0));
      const long = pool.submit(jobs.waitFor, gate);
      const behind = Array.from({ length: 100 }, (_, i) => pool.submit(jobs.add, i, 0));
      await Promise.all([...before, ...behind]);
      expect(long.done()).toBe(false);
      Atomics.store(gate, 0, 1);
      expect(await long).toBe("opened");
    });

    it("a job that waits for one behind it does not wait forever", async () => {
      const gate = new Int32Array(new SharedArrayBuffer(4));
      const waits = pool.submit(jobs.waitFor, gate);
      const fillers = Array.from({ length: 40 }, (_, i) => pool.submit(jobs.add, i, 0));
      const opens = pool.submit(jobs.tally, gate, 0, "spin", 0);
      expect(await waits).toBe("opened");
      await Promise.all([...fillers, opens]);
    });
  });
});
