import fc from "fast-check";
import { Condition, Lock } from "tsyncio";
import { describe, expect, it } from "vitest";
import { simulate } from "../support.ts";
import { actor, failureOf, play, settings } from "./actors.ts";

const worker = fc.tuple(actor, fc.boolean()).map(([base, produces]) => ({ ...base, produces }));
const workers = fc.array(worker, { minLength: 1, maxLength: 12 });

describe("a condition under random cancellation", () => {
  it("loses no notification: a buffer of two conditions never keeps a task waiting without reason", async () => {
    await fc.assert(
      fc.asyncProperty(workers, fc.integer({ min: 1, max: 3 }), async (actors, size) => {
        await simulate(function* () {
          const lock = new Lock();
          const notFull = new Condition(lock);
          const notEmpty = new Condition(lock);
          let items = 0;
          let [produced, consumed] = [0, 0];
          let [producers, consumers] = [0, 0];
          const tasks = yield* play(actors, function* ({ produces }) {
            yield* lock.acquire();
            try {
              if (produces) {
                producers++;
                try {
                  yield* notFull.waitFor(() => items < size);
                } finally {
                  expect(lock.locked()).toBe(true);
                  producers--;
                }
                items++;
                produced++;
                notEmpty.notify();
              } else {
                consumers++;
                try {
                  yield* notEmpty.waitFor(() => items > 0);
                } finally {
                  expect(lock.locked()).toBe(true);
                  consumers--;
                }
                items--;
                consumed++;
                notFull.notify();
              }
            } finally {
              lock.release();
            }
          });
          for (const task of tasks) expect(failureOf(task)).toBeNull();
          expect(lock.locked()).toBe(false);
          expect(items).toBe(produced - consumed);
          expect(items).toBeLessThanOrEqual(size);
          expect(consumers > 0 && items > 0).toBe(false);
          expect(producers > 0 && items < size).toBe(false);
        });
      }),
      settings,
    );
  });

  it("wakes the waiters in the order in which they came, n at a time", async () => {
    const plan = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 8 }), plan, async (count, notifications) => {
        const woken: number[] = [];
        await simulate(function* () {
          const condition = new Condition();
          const waiters = Array.from({ length: count }, () => ({ at: 0, stay: 0, cancel: null, n: -1 }));
          const notifiers = notifications.map((n, i) => ({ at: 1 + i, stay: 0, cancel: null, n }));
          yield* play([...waiters, ...notifiers], function* ({ n }, index) {
            yield* condition.acquire();
            try {
              if (n < 0) {
                yield* condition.wait();
                woken.push(index);
              } else condition.notify(n);
            } finally {
              condition.release();
            }
          });
        });
        const total = Math.min(
          count,
          notifications.reduce((a, b) => a + b, 0),
        );
        expect(woken).toEqual(Array.from({ length: total }, (_, i) => i));
      }),
      settings,
    );
  });
});
