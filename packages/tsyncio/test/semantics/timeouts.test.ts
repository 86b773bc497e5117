import {
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  RuntimeError,
  sleep,
  TimeoutError,
  timeout,
  timeoutAt,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

describe("timeout", () => {
  it("turns the cancellation it has caused into TimeoutError, and takes it back", async () => {
    await simulate(function* () {
      const t = timeout(1);
      const error = yield* errorOf(asyncWith(t, () => sleep(10)));
      expect(error).toBeInstanceOf(TimeoutError);
      expect([t.expired(), getRunningLoop().time(), currentTask()?.cancelling()]).toEqual([true, 1, 0]);
    });
  });

  it("lets CancelledError through when it has not expired, and the count stays", async () => {
    await simulate(function* () {
      const t = timeout(10);
      const task = createTask(asyncWith(t, () => sleep(100)));
      yield* sleep(1);
      task.cancel();
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      expect([t.expired(), task.cancelling(), task.cancelled()]).toEqual([false, 1, true]);
    });
  });

  it("lets CancelledError through when another task has cancelled too while it expired", async () => {
    await simulate(function* () {
      const t = timeout(1);
      function* body() {
        try {
          yield* sleep(100);
        } finally {
          yield* sleep(5);
        }
      }
      const task = createTask(asyncWith(t, body));
      yield* sleep(2);
      task.cancel();
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      expect([t.expired(), task.cancelling(), task.cancelled()]).toEqual([true, 1, true]);
    });
  });

  it("entered when a cancellation was swallowed before still works: the level on entry counts", async () => {
    await simulate(function* () {
      function* child() {
        try {
          yield* sleep(100);
        } catch {}
        expect(currentTask()?.cancelling()).toBe(1);
        expect(yield* errorOf(asyncWith(timeout(1), () => sleep(100)))).toBeInstanceOf(TimeoutError);
        expect(currentTask()?.cancelling()).toBe(1);
        return "ok";
      }
      const task = createTask(child());
      yield* sleep(1);
      task.cancel();
      expect(yield* task).toBe("ok");
    });
  });

  it("with a deadline in the past lets the body run to its first suspension", async () => {
    await simulate(function* () {
      for (const seconds of [0, -5]) {
        const log: string[] = [];
        const t = timeout(seconds);
        const body = function* () {
          log.push("ran");
          yield* sleep(0);
          yield* sleep(1);
          log.push("LEAK");
        };
        expect(yield* errorOf(asyncWith(t, body))).toBeInstanceOf(TimeoutError);
        expect([t.expired(), log]).toEqual([true, ["ran"]]);
      }
    });
  });

  it("does not touch a body that never suspends: it succeeds, expired() is false", async () => {
    await simulate(function* () {
      const t = timeout(0);
      const body = function* () {
        return "finished";
      };
      expect(yield* asyncWith(t, body)).toBe("finished");
      yield* sleep(1);
      expect(t.expired()).toBe(false);
    });
  });

  it("without a deadline never expires; timeoutAt takes a time of the loop's clock", async () => {
    await simulate(function* () {
      const never = timeout(null);
      yield* asyncWith(never, () => sleep(1e6));
      expect([never.when(), never.expired()]).toEqual([null, false]);
      const when = getRunningLoop().time() + 3;
      const at = timeoutAt(when);
      expect(at.when()).toBe(when);
      expect(yield* errorOf(asyncWith(at, () => sleep(10)))).toBeInstanceOf(TimeoutError);
      expect(getRunningLoop().time()).toBe(when);
    });
  });

  it("nested: only the one that expired converts", async () => {
    await simulate(function* () {
      const [outer, inner] = [timeout(1), timeout(5)];
      const log: string[] = [];
      const body = function* () {
        try {
          yield* asyncWith(inner, () => sleep(100));
        } catch (error) {
          log.push((error as Error).name);
          throw error;
        }
      };
      expect(yield* errorOf(asyncWith(outer, body))).toBeInstanceOf(TimeoutError);
      expect([log, outer.expired(), inner.expired()]).toEqual([["CancelledError"], true, false]);
    });
  });

  it("nested: the inner one's TimeoutError can be handled inside the outer one", async () => {
    await simulate(function* () {
      const outer = timeout(10);
      const body = function* () {
        expect(yield* errorOf(asyncWith(timeout(1), () => sleep(100)))).toBeInstanceOf(TimeoutError);
        yield* sleep(2);
        return "went on";
      };
      expect(yield* asyncWith(outer, body)).toBe("went on");
      expect([outer.expired(), currentTask()?.cancelling()]).toEqual([false, 0]);
    });
  });

  it("nested: both expired in one turn; the outer one converts, the count is back to 0", async () => {
    await simulate(function* () {
      const [outer, inner] = [timeout(1), timeout(1)];
      const error = yield* errorOf(asyncWith(outer, () => asyncWith(inner, () => sleep(100))));
      expect(error).toBeInstanceOf(TimeoutError);
      expect([outer.expired(), inner.expired(), currentTask()?.cancelling()]).toEqual([true, true, 0]);
      yield* sleep(1);
    });
  });

  it("lets any other exception of the body through unchanged, and takes its cancellation back", async () => {
    await simulate(function* () {
      const own = new Error("own");
      const body = function* (): Coroutine<void> {
        try {
          yield* sleep(100);
        } catch {
          throw own;
        }
      };
      const t = timeout(1);
      expect(yield* errorOf(asyncWith(t, body))).toBe(own);
      expect([t.expired(), currentTask()?.cancelling()]).toEqual([true, 0]);
    });
  });

  it("can be rescheduled only while its block runs", async () => {
    await simulate(function* () {
      const t = timeout(1);
      expect(String(t)).toBe("<Timeout [created]>");
      expect(() => t.reschedule(5)).toThrow(RuntimeError);
      const body = function* () {
        const start = getRunningLoop().time();
        t.reschedule(start + 5);
        yield* sleep(4);
        t.reschedule(null);
        yield* sleep(100);
        t.reschedule(getRunningLoop().time() + 1);
        expect(String(t)).toBe("<Timeout [active] when=105.000>");
        yield* sleep(100);
      };
      expect(yield* errorOf(asyncWith(t, body))).toBeInstanceOf(TimeoutError);
      expect(getRunningLoop().time()).toBe(105);
      expect(() => t.reschedule(500)).toThrow(/Cannot change state of expired Timeout/);
      const unused = timeout(10);
      yield* asyncWith(unused, () => sleep(1));
      expect(() => unused.reschedule(500)).toThrow(/Cannot change state of finished Timeout/);
      expect(yield* errorOf(asyncWith(unused, () => sleep(1)))).toBeInstanceOf(RuntimeError);
    });
  });
});
