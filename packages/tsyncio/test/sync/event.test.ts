import { CancelledError, createTask, Event, gather, sleep } from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

describe("Event", () => {
  it("wakes every waiting task, in order, also if it is cleared in the same turn", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const event = new Event();
      const tasks = ["a", "b", "c"].map((name) =>
        createTask(
          (function* () {
            expect(yield* event.wait()).toBe(true);
            log.push(name);
          })(),
        ),
      );
      yield* sleep(1);
      expect(log).toEqual([]);
      event.set();
      event.clear();
      yield* gather(...tasks);
      expect(event.isSet()).toBe(false);
    });
    expect(log).toEqual(["a", "b", "c"]);
  });

  it("makes a task that comes after clear() wait for the next set()", async () => {
    await simulate(function* () {
      const event = new Event();
      const early = createTask(event.wait());
      yield* sleep(0);
      event.set();
      event.clear();
      const late = createTask(event.wait());
      yield* early;
      yield* sleep(1);
      expect(late.done()).toBe(false);
      event.set();
      yield* late;
    });
  });

  it("does not make a task wait, not even a turn, while it is set", async () => {
    await simulate(function* () {
      const event = new Event();
      event.set();
      let others = 0;
      const other = createTask(
        (function* () {
          others++;
        })(),
      );
      expect(yield* event.wait()).toBe(true);
      expect(others).toBe(0);
      yield* other;
    });
  });

  it("forgets a waiter that is cancelled, and wakes the others", async () => {
    await simulate(function* () {
      const event = new Event();
      const tasks = [0, 1, 2].map(() => createTask(event.wait()));
      yield* sleep(0);
      tasks[1]?.cancel();
      expect(yield* errorOf(tasks[1]!)).toBeInstanceOf(CancelledError);
      expect(String(event)).toBe("<Event [unset, waiters:2]>");
      event.set();
      expect(yield* gather(tasks[0]!, tasks[2]!)).toEqual([true, true]);
      expect(String(event)).toBe("<Event [set]>");
    });
  });

  it("has no waiter left when a coroutine that waits is closed", async () => {
    await simulate(function* () {
      const event = new Event();
      const wait = event.wait();
      const task = createTask(wait);
      yield* sleep(1);
      expect(String(event)).toBe("<Event [unset, waiters:1]>");
      wait.return(true);
      expect(String(event)).toBe("<Event [unset]>");
      task.cancel();
    });
  });
});
