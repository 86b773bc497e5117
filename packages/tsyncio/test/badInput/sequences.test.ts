import { asyncWith, coroutine, Event, Lock, Queue, RuntimeError, sleep, TaskGroup, timeout, waitFor } from "tsyncio";
import { describe, expect, it } from "vitest";
import { any, simulate, thrownBy } from "../support.ts";

function* waits() {
  yield* sleep(1);
  return "waited";
}

describe("a coroutine that is iterated without yield*", () => {
  it("is an error instead of a loop without end, and the task goes on", async () => {
    await simulate(function* () {
      const makers: Record<string, () => Iterable<unknown>> = {
        plain: waits,
        "sleep(1)": () => sleep(1),
        "sleep(0)": () => sleep(0),
        "event.wait()": () => new Event().wait(),
        "queue.get()": () => new Queue().get(),
        "asyncWith()": () => asyncWith(timeout(5), waits),
        "waitFor()": () => waitFor(waits(), 5),
        "coroutine()": coroutine(waits),
        "coroutine() inside": function* () {
          yield* coroutine(waits)();
        },
      };
      for (const [name, make] of Object.entries(makers)) {
        for (const spread of [() => [...make()], () => Array.from(make()), () => new Set(make())]) {
          const error = thrownBy(spread);
          expect(error, name).toBeInstanceOf(RuntimeError);
          expect(String(error)).toContain("a coroutine is not a sequence: write `yield*` before it");
          expect(yield* waits()).toBe("waited");
          expect(yield* coroutine(waits)()).toBe("waited");
        }
      }
      const lock = new Lock();
      yield* lock.acquire();
      expect(() => [...lock.acquire()]).toThrow("a coroutine is not a sequence");
    });
  });
});

describe("what a group that is not entered is given", () => {
  it("need not be a coroutine for the error to say what is wrong with the group", () => {
    expect(() => new TaskGroup().createTask(any(5))).toThrow("has not been entered: use it with asyncWith");
  });
});
