import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  TimeoutError,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

describe("waitFor", () => {
  it("with a timeout of 0 or less cancels without ever starting the coroutine; a done future is given", async () => {
    await simulate(function* () {
      const log: string[] = [];
      function* child() {
        log.push("started");
        yield* sleep(1);
      }
      for (const seconds of [0, -1]) expect(yield* errorOf(waitFor(child(), seconds))).toBeInstanceOf(TimeoutError);
      expect(log).toEqual([]);
      const done = getRunningLoop().createFuture<string>();
      done.setResult("there already");
      expect(yield* waitFor(done, 0)).toBe("there already");
      expect(yield* waitFor(done, -1)).toBe("there already");
    });
  });

  it("returns the result in time; null waits without end", async () => {
    await simulate(function* () {
      expect(yield* waitFor(sleep(1, "in time"), 2)).toBe("in time");
      expect(yield* waitFor(sleep(1e6, "patient"), null)).toBe("patient");
    });
  });

  it("waits, when the time is over, until the inner one has finished cancelling", async () => {
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
      const error = (yield* errorOf(waitFor(child(), 1))) as Error;
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error.cause).toBeInstanceOf(CancelledError);
      expect(log).toEqual(["cleaned up at 6"]);
      expect(currentTask()?.cancelling()).toBe(0);
    });
  });

  it("lets an inner exception or result that comes during the cancellation win over TimeoutError", async () => {
    await simulate(function* () {
      const error = new Error("cleanup failed");
      function* throws(): Coroutine<void> {
        try {
          yield* sleep(100);
        } catch {
          throw error;
        }
      }
      function* returns() {
        try {
          yield* sleep(100);
        } catch {
          return "anyway";
        }
        return "late";
      }
      expect(yield* errorOf(waitFor(throws(), 1))).toBe(error);
      expect(yield* waitFor(returns(), 1)).toBe("anyway");
      expect(yield* errorOf(waitFor(createTask(throws()), 1))).toBe(error);
      expect(yield* waitFor(createTask(returns()), 1)).toBe("anyway");
      expect(currentTask()?.cancelling()).toBe(0);
    });
  });

  it("runs the coroutine in the caller's own task", async () => {
    await simulate(function* () {
      function* child() {
        yield* sleep(0);
        return currentTask() === main;
      }
      const main = currentTask();
      expect(yield* waitFor(child(), 1)).toBe(true);
    });
  });

  it("does not swallow a cancellation from outside in the turn in which the inner one is done", async () => {
    await simulate(function* () {
      const future = getRunningLoop().createFuture<string>();
      const waiting = createTask(waitFor(future, 10));
      yield* sleep(1);
      future.setResult("done");
      waiting.cancel();
      yield* errorOf(waiting);
      expect(waiting.cancelled()).toBe(true);
    });
  });

  it("does not swallow it either when a coroutine inside is done in that turn", async () => {
    await simulate(function* () {
      const waiting = createTask(waitFor(sleep(1, "done"), 10));
      getRunningLoop().callAt(1, () => waiting.cancel());
      yield* errorOf(waiting);
      expect(waiting.cancelled()).toBe(true);
    });
  });

  it("passes a cancellation from outside to the inner one, and it is no TimeoutError", async () => {
    await simulate(function* () {
      const inner = createTask(sleep(100));
      const waiting = createTask(waitFor(inner, 10));
      yield* sleep(1);
      waiting.cancel("from outside");
      const error = (yield* errorOf(waiting)) as Error;
      expect(error).toBeInstanceOf(CancelledError);
      expect([error.message, inner.cancelled()]).toEqual(["from outside", true]);
    });
  });
});
