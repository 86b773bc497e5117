import fc from "fast-check";
import { BoundedSemaphore, sleep } from "tsyncio";
import { describe, expect, it } from "vitest";
import { simulate } from "../support.ts";
import { crowd, isSubsequence, play, settings } from "./actors.ts";

describe("a semaphore under random cancellation", () => {
  it("never has more tasks inside than permits, serves in the order of asking, and loses no permit", async () => {
    await fc.assert(
      fc.asyncProperty(crowd, fc.integer({ min: 1, max: 3 }), async (actors, permits) => {
        const asked: number[] = [];
        const granted: number[] = [];
        await simulate(function* () {
          const semaphore = new BoundedSemaphore(permits);
          let inside = 0;
          const tasks = yield* play(actors, function* ({ stay }, index) {
            asked.push(index);
            yield* semaphore.acquire();
            granted.push(index);
            expect(++inside).toBeLessThanOrEqual(permits);
            try {
              yield* sleep(stay);
            } finally {
              inside--;
              semaphore.release();
            }
          });
          expect(String(semaphore)).toBe(`<BoundedSemaphore [unlocked, value:${permits}]>`);
          expect(tasks.every((task) => task.done())).toBe(true);
          expect(tasks.filter((task) => !task.cancelled()).every((task) => task.exception() === null)).toBe(true);
        });
        expect(isSubsequence(granted, asked)).toBe(true);
      }),
      settings,
    );
  });

  it("wakes as many as there are permits, however they come back", async () => {
    const releases = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 3 })), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(crowd, releases, async (actors, plan) => {
        await simulate(function* () {
          const semaphore = new BoundedSemaphore(100);
          for (let i = 0; i < 100; i++) yield* semaphore.acquire();
          let granted = 0;
          const takers = actors.map((actor) => ({ ...actor, releases: 0 }));
          const givers = plan.map(([at, releases]) => ({ at, releases, stay: 0, cancel: null }));
          const tasks = yield* play([...takers, ...givers], function* ({ releases }) {
            for (let i = 0; i < releases; i++) semaphore.release();
            if (releases > 0) return;
            yield* semaphore.acquire();
            granted++;
          });
          const released = plan.reduce((sum, [, count]) => sum + count, 0);
          const waiting = tasks.filter((task) => !task.done()).length;
          const free = released - granted;
          // A free permit and a task that waits for one: a wake-up was lost.
          expect(Math.min(waiting, free)).toBe(0);
          expect(free).toBeGreaterThanOrEqual(0);
          for (const task of tasks) task.cancel();
          yield* sleep(0);
          const state = free === 0 ? "locked" : `unlocked, value:${free}`;
          expect(String(semaphore)).toBe(`<BoundedSemaphore [${state}]>`);
        });
      }),
      settings,
    );
  });
});
