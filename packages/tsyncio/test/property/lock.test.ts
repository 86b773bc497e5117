import fc from "fast-check";
import { Lock, sleep } from "tsyncio";
import { describe, expect, it } from "vitest";
import { simulate } from "../support.ts";
import { crowd, isSubsequence, play, settings } from "./actors.ts";

describe("a lock under random cancellation", () => {
  it("has one holder at a time, is granted in the order of asking, and is never lost", async () => {
    await fc.assert(
      fc.asyncProperty(crowd, async (actors) => {
        const asked: number[] = [];
        const granted: number[] = [];
        await simulate(function* () {
          const lock = new Lock();
          let holders = 0;
          const tasks = yield* play(actors, function* ({ stay }, index) {
            asked.push(index);
            yield* lock.acquire();
            granted.push(index);
            expect(++holders).toBe(1);
            try {
              yield* sleep(stay);
            } finally {
              holders--;
              lock.release();
            }
          });
          expect(lock.locked()).toBe(false);
          expect(tasks.every((task) => task.done())).toBe(true);
          expect(tasks.filter((task) => !task.cancelled()).every((task) => task.exception() === null)).toBe(true);
        });
        expect(isSubsequence(granted, asked)).toBe(true);
      }),
      settings,
    );
  });
});
