import {
  Condition,
  createTask,
  Event,
  type Future,
  gather,
  getRunningLoop,
  Semaphore,
  shield,
  sleep,
  wait,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { simulate } from "../support.ts";

/** Far beyond what a search for each of them could do in the time of a test. */
const MANY = 100_000;

describe("a future that very many wait for, most of which leave", () => {
  const leaving: Record<string, (inner: Future<string>) => unknown> = {
    shield: (inner) => shield(inner),
    "wait with a timeout": (inner) => createTask(wait([inner], { timeout: 1 })),
  };
  it.each(Object.entries(leaving))(
    "lets them go at no cost for each other: %s",
    { timeout: 60_000 },
    async (_, make) => {
      await simulate(function* () {
        const inner = createTask(new Event().wait()) as Future<unknown> as Future<string>;
        const all = Array.from({ length: MANY }, () => make(inner) as Future<unknown>);
        yield* sleep(0);
        for (const one of all) one.cancel();
        yield* sleep(2);
        inner.cancel();
      });
    },
  );

  it("tells those that are left, in the order in which they came, and no others", async () => {
    await simulate(function* () {
      const inner = getRunningLoop().createFuture<string>();
      const told: number[] = [];
      const shields: Future<string>[] = [];
      for (let i = 0; i < 100; i++) {
        const outer = shield(inner);
        outer.addDoneCallback(() => told.push(i));
        shields.push(outer);
        if (i === 50) shields[10]?.cancel();
        if (i === 60) inner.addDoneCallback(() => told.push(1000));
      }
      for (let i = 0; i < 100; i++) if (i % 7 > 0) shields[i]?.cancel();
      yield* sleep(1);
      told.length = 0;
      const removed = () => told.push(-1);
      inner.addDoneCallback(removed);
      expect(inner.removeDoneCallback(removed)).toBe(1);
      inner.setResult("x");
      yield* sleep(1);
      expect(told).toEqual([1000, 0, 7, 14, 21, 28, 35, 42, 49, 56, 63, 70, 77, 84, 91, 98]);
      expect((yield* gather(shields.filter((_, i) => i % 7 === 0))).every((value) => value === "x")).toBe(true);
    });
  });
});

describe("a primitive that very many wait for", () => {
  it("wakes them one by one at no cost for each other: a semaphore, half of whose waiters are cancelled", {
    timeout: 60_000,
  }, async () => {
    await simulate(function* () {
      const semaphore = new Semaphore(0);
      const tasks = Array.from({ length: 2 * MANY }, () => createTask(semaphore.acquire()));
      yield* sleep(0);
      for (const task of tasks.slice(0, MANY)) task.cancel();
      for (let i = 0; i < MANY; i++) {
        expect(semaphore.locked()).toBe(true);
        semaphore.release();
      }
      yield* sleep(1);
      expect(tasks.findIndex((task) => !task.cancelled())).toBe(MANY);
      expect(tasks.every((task) => task.done())).toBe(true);
      expect(String(semaphore)).toBe("<Semaphore [locked]>");
    });
  });

  it("wakes them one by one at no cost for each other: a condition", { timeout: 60_000 }, async () => {
    await simulate(function* () {
      const condition = new Condition();
      let woken = 0;
      function* waits() {
        using _ = yield* condition.acquire();
        yield* condition.wait();
        woken++;
      }
      for (let i = 0; i < MANY; i++) createTask(waits());
      yield* sleep(1);
      yield* condition.acquire();
      for (let i = 0; i < MANY; i++) condition.notify();
      condition.release();
      yield* sleep(1);
      expect(woken).toBe(MANY);
    });
  });
});
