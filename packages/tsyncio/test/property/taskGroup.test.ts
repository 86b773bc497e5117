import fc from "fast-check";
import {
  asyncWith,
  CancelledError,
  createTask,
  currentTask,
  ExceptionGroup,
  getRunningLoop,
  sleep,
  type Task,
  TaskGroup,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { simulate } from "../support.ts";
import { settings } from "./actors.ts";

/** How a child ends by itself after a time, and whether it fails when it is cancelled before. */
const child = fc.record({
  lasts: fc.integer({ min: 0, max: 4 }),
  end: fc.constantFrom("returns", "fails", "is cancelled"),
  failsCleanup: fc.boolean(),
});
const children = fc.array(child, { maxLength: 8 });
const cancelAt = fc.option(fc.integer({ min: 0, max: 4 }), { freq: 1 });

describe("a task group with random failures and cancellations", () => {
  it("ends when all its children have, with every error once and none left out", async () => {
    await fc.assert(
      fc.asyncProperty(children, cancelAt, async (plan, cancelAt) => {
        await simulate(function* () {
          const thrown: Error[] = [];
          const fail = (text: string): never => {
            thrown.push(new Error(text));
            throw thrown.at(-1);
          };
          const tasks: Task<void>[] = [];
          let outcome: unknown = "returned";
          let cancelling = -1;
          const parent = createTask(
            (function* () {
              try {
                yield* asyncWith(new TaskGroup(), function* (group) {
                  for (const { lasts, end, failsCleanup } of plan) {
                    const run = function* () {
                      try {
                        yield* sleep(lasts);
                      } catch (error) {
                        if (failsCleanup) fail("in cleanup");
                        throw error;
                      }
                      if (end === "fails") fail("by itself");
                      if (end === "is cancelled") throw new CancelledError();
                    };
                    tasks.push(group.createTask(run()));
                  }
                });
              } catch (error) {
                outcome = error;
              }
              expect(tasks.every((task) => task.done())).toBe(true);
              cancelling = currentTask()?.cancelling() ?? -1;
            })(),
          );
          let cancelled = false;
          if (cancelAt !== null) getRunningLoop().callAt(cancelAt, () => (cancelled = parent.cancel()));
          yield* sleep(100);
          expect(parent.done()).toBe(true);
          expect(cancelling).toBe(cancelled ? 1 : 0);
          if (thrown.length > 0) {
            expect(outcome).toBeInstanceOf(ExceptionGroup);
            const { exceptions } = outcome as ExceptionGroup;
            expect(new Set(exceptions)).toEqual(new Set(thrown));
            expect(exceptions).toHaveLength(thrown.length);
          } else if (cancelled) expect(outcome).toBeInstanceOf(CancelledError);
          else expect(outcome).toBe("returned");
        });
      }),
      settings,
    );
  });
});
