import { CancelledError, type Coroutine, createTask, currentTask, getRunningLoop, sleep } from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate, turns } from "../support.ts";

describe("a coroutine that cancels its own task", () => {
  it("and then returns ends cancelled, and its value is dropped", async () => {
    await simulate(function* () {
      function* child() {
        currentTask()?.cancel("by myself");
        return "dropped";
      }
      const task = createTask(child());
      const error = (yield* errorOf(task)) as Error;
      expect([task.cancelled(), error.message]).toEqual([true, "by myself"]);
    });
  });

  it("and then throws ends with that exception", async () => {
    await simulate(function* () {
      const error = new Error("wins");
      function* child(): Coroutine<void> {
        currentTask()?.cancel();
        throw error;
      }
      const task = createTask(child());
      expect(yield* errorOf(task)).toBe(error);
      expect(task.cancelled()).toBe(false);
    });
  });

  it("and then waits is cancelled there, also when the future is done already one turn later", async () => {
    await simulate(function* () {
      const log: string[] = [];
      function* child() {
        currentTask()?.cancel();
        log.push("goes on to its next wait");
        try {
          yield* sleep(0);
        } finally {
          log.push("finally");
        }
        log.push("LEAK");
      }
      const task = createTask(child());
      yield* errorOf(task);
      expect(log).toEqual(["goes on to its next wait", "finally"]);
    });
  });

  it("or merely throws CancelledError ends cancelled with cancelling() == 0", async () => {
    await simulate(function* () {
      function* child(): Coroutine<void> {
        throw new CancelledError("mine");
      }
      const task = createTask(child());
      const error = (yield* errorOf(task)) as Error;
      expect([task.cancelled(), task.cancelling(), error.message]).toEqual([true, 0, "mine"]);
    });
  });
});

describe("a cancelled task", () => {
  it("whose cleanup throws ends with that exception, not cancelled", async () => {
    await simulate(function* () {
      const error = new Error("cleanup failed");
      function* child() {
        try {
          yield* sleep(1);
        } finally {
          yield* sleep(0);
          // biome-ignore lint/correctness/noUnsafeFinally: the subject of the test
          throw error;
        }
      }
      const task = createTask(child());
      yield* sleep(0);
      task.cancel();
      expect(yield* errorOf(task)).toBe(error);
      expect(task.cancelled()).toBe(false);
    });
  });

  it("that a task awaits throws CancelledError there and leaves the waiter's cancelling() alone", async () => {
    await simulate(function* () {
      const other = createTask(sleep(10));
      yield* sleep(0);
      other.cancel();
      expect(yield* errorOf(other)).toBeInstanceOf(CancelledError);
      expect(currentTask()?.cancelling()).toBe(0);
      yield* sleep(1); // goes on undisturbed
    });
  });

  it("may wait as long as it likes in its cleanup", async () => {
    await simulate(function* () {
      const log: string[] = [];
      function* child() {
        try {
          yield* sleep(100);
        } finally {
          yield* sleep(5);
          log.push(`cleaned up at ${getRunningLoop().time()}`);
        }
      }
      const task = createTask(child());
      yield* sleep(1);
      task.cancel();
      yield* turns(3);
      expect(task.done()).toBe(false);
      yield* errorOf(task);
      expect([task.cancelled(), log]).toEqual([true, ["cleaned up at 6"]]);
    });
  });

  it("throws its message at the first waiter, as in CPython, and an error of its own at every waiter", async () => {
    await simulate(function* () {
      const task = createTask(sleep(10));
      const first = createTask(errorOf(task));
      const second = createTask(errorOf(task));
      yield* sleep(1);
      task.cancel("for the first");
      const errors = [yield* first, yield* second] as Error[];
      expect(errors.map((e) => e.message)).toEqual(["for the first", ""]);
      expect(errors[0]).not.toBe(errors[1]);
    });
  });
});
