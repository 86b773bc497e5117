import fc from "fast-check";
import { Barrier } from "tsyncio";
import { describe, expect, it } from "vitest";
import { simulate } from "../support.ts";
import { crowd, failureOf, play, settings } from "./actors.ts";

const parties = fc.integer({ min: 1, max: 4 });

describe("a barrier", () => {
  it("lets tasks through in groups of `parties`, numbered from 0, each number once", async () => {
    await fc.assert(
      fc.asyncProperty(crowd, parties, async (actors, size) => {
        await simulate(function* () {
          const barrier = new Barrier(size);
          const numbers: number[] = [];
          const calm = actors.map((actor) => ({ ...actor, cancel: null }));
          yield* play(calm, function* () {
            numbers.push(yield* barrier.wait());
          });
          const groups = Math.floor(actors.length / size);
          expect(barrier.nWaiting).toBe(actors.length % size);
          expect(numbers.length).toBe(groups * size);
          for (let i = 0; i < size; i++) expect(numbers.filter((number) => number === i)).toHaveLength(groups);
        });
      }),
      settings,
    );
  });

  it("lets no task through alone and leaves none stuck under random cancellation", async () => {
    await fc.assert(
      fc.asyncProperty(crowd, parties, async (actors, size) => {
        await simulate(function* () {
          const barrier = new Barrier(size);
          let [came, passed] = [0, 0];
          const tasks = yield* play(actors, function* () {
            came++;
            const number = yield* barrier.wait();
            passed++;
            expect(number).toBeLessThan(size);
            expect(passed).toBeLessThanOrEqual(Math.floor(came / size) * size);
          });
          for (const task of tasks) expect(failureOf(task)).toBeNull();
          const waiting = tasks.filter((task) => !task.done()).length;
          expect(waiting).toBeLessThan(size);
          expect(String(barrier)).toBe(`<Barrier [filling, waiters:${waiting}/${size}]>`);
        });
      }),
      settings,
    );
  });
});
