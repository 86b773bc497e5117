import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  type Future,
  getRunningLoop,
  isCancelled,
  sleep,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate, thrownBy } from "../support.ts";

describe("cancel()", () => {
  it("before the first step: the body is never entered, no finally runs, the task ends cancelled", async () => {
    await simulate(function* () {
      const log: string[] = [];
      function* child() {
        try {
          log.push("entered");
          yield* sleep(1);
        } finally {
          log.push("finally");
        }
      }
      const task = createTask(child());
      expect(task.cancel("too early")).toBe(true);
      const error = (yield* errorOf(task)) as Error;
      expect([task.cancelled(), error.message, log]).toEqual([true, "too early", []]);
    });
  });

  it("of a live task returns true and counts, each time; of a done task false, and does not count", async () => {
    await simulate(function* () {
      const task = createTask(sleep(1));
      yield* sleep(0);
      expect(task.cancelling()).toBe(0);
      expect([task.cancel(), task.cancel(), task.cancel()]).toEqual([true, true, true]);
      expect(task.cancelling()).toBe(3);
      yield* errorOf(task);
      expect([task.cancel(), task.cancelling(), task.cancelled()]).toEqual([false, 3, true]);
    });
  });

  it("counts are taken back by uncancel(), which stops at 0", async () => {
    await simulate(function* () {
      const me = currentTask();
      me?.cancel();
      me?.cancel();
      expect([me?.uncancel(), me?.uncancel(), me?.uncancel(), me?.cancelling()]).toEqual([1, 0, 0, 0]);
    });
  });

  it("cancels the awaited future now, but CancelledError arrives in a later turn, with the message", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const future = getRunningLoop().createFuture();
      function* child() {
        try {
          yield* future;
        } catch (error) {
          log.push(`caught ${(error as Error).message}`);
          throw error;
        }
      }
      const task = createTask(child());
      yield* sleep(0);
      task.cancel("why");
      expect([future.cancelled(), task.cancelled(), log]).toEqual([true, false, []]);
      yield* sleep(0);
      expect([task.cancelled(), log]).toEqual([true, ["caught why"]]);
      expect((thrownBy(() => task.result()) as Error).message).toBe("why");
    });
  });

  it("goes through a chain of tasks that wait for each other to the innermost future", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const future = getRunningLoop().createFuture();
      function* level(inner: Future<unknown>, name: string): Coroutine<void> {
        try {
          yield* inner;
        } finally {
          log.push(name);
        }
      }
      const inner = createTask(level(future, "inner"));
      const middle = createTask(level(inner, "middle"));
      const outer = createTask(level(middle, "outer"));
      yield* sleep(0);
      outer.cancel("through");
      expect([future.cancelled(), inner.cancelling(), middle.cancelling(), outer.cancelling()]).toEqual([
        true,
        1,
        1,
        1,
      ]);
      const error = (yield* errorOf(outer)) as Error;
      expect([log, error.message]).toEqual([["inner", "middle", "outer"], "through"]);
    });
  });

  it("of a task whose awaited future is already done throws into it, and the result is lost to it", async () => {
    await simulate(function* () {
      const future = getRunningLoop().createFuture<string>();
      const seen: unknown[] = [];
      function* child() {
        try {
          seen.push(yield* future);
        } catch (error) {
          seen.push(error);
          throw error;
        }
      }
      const task = createTask(child());
      yield* sleep(0);
      future.setResult("the result");
      expect(task.cancel()).toBe(true);
      yield* errorOf(task);
      expect(task.cancelled()).toBe(true);
      expect(seen).toHaveLength(1);
      expect(seen[0]).toBeInstanceOf(CancelledError);
      expect(future.result()).toBe("the result");
    });
  });

  it("wins over an exception of the awaited future that is already set", async () => {
    await simulate(function* () {
      const future = getRunningLoop().createFuture();
      const task = createTask(errorOf(future));
      yield* sleep(0);
      future.setException(new Error("lost"));
      task.cancel();
      expect(yield* task).toBeInstanceOf(CancelledError);
    });
  });

  it("swallowed once does not come again; the task may return, and is then not cancelled()", async () => {
    await simulate(function* () {
      function* child() {
        try {
          yield* sleep(100);
        } catch (error) {
          expect(isCancelled(error)).toBe(true);
        }
        yield* sleep(1);
        return `cancelling ${currentTask()?.cancelling()}`;
      }
      const task = createTask(child());
      yield* sleep(0);
      task.cancel();
      expect(yield* task).toBe("cancelling 1");
      expect([task.cancelled(), task.cancelling()]).toEqual([false, 1]);
    });
  });

  it("each of several is thrown at a wait of its own, when it was delivered before the next came", async () => {
    await simulate(function* () {
      const log: string[] = [];
      function* child() {
        for (let i = 0; i < 3; i++) {
          try {
            yield* sleep(100);
          } catch (error) {
            log.push((error as Error).message);
          }
        }
        return "stubborn";
      }
      const task = createTask(child());
      for (const message of ["one", "two", "three"]) {
        yield* sleep(0);
        task.cancel(message);
        yield* sleep(0);
      }
      expect(yield* task).toBe("stubborn");
      expect(log).toEqual(["one", "two", "three"]);
    });
  });

  it("taken back by uncancel() to 0 before it was thrown is withdrawn", async () => {
    await simulate(function* () {
      function* child() {
        yield* sleep(1);
        return "undisturbed";
      }
      const unstarted = createTask(child());
      unstarted.cancel();
      unstarted.cancel();
      unstarted.uncancel();
      expect(unstarted.uncancel()).toBe(0);
      function* byItself() {
        currentTask()?.cancel();
        currentTask()?.uncancel();
        return yield* child();
      }
      expect([yield* unstarted, yield* createTask(byItself())]).toEqual(["undisturbed", "undisturbed"]);
    });
  });

  it("taken back only in part is still thrown", async () => {
    await simulate(function* () {
      const task = createTask(sleep(1));
      task.cancel();
      task.cancel();
      expect(task.uncancel()).toBe(1);
      yield* errorOf(task);
      expect(task.cancelled()).toBe(true);
    });
  });
});
