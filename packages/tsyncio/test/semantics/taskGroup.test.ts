import {
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  ExceptionGroup,
  getRunningLoop,
  sleep,
  TaskGroup,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

function* failAfter(seconds: number, error: unknown): Coroutine<never> {
  yield* sleep(seconds);
  throw error;
}

/** Waits for long, cleans up for `cleanup` seconds, and writes down both. */
function* worker(log: string[], name: string, cleanup = 0, error?: unknown): Coroutine<void> {
  try {
    yield* sleep(100);
    log.push(`${name} LEAK`);
  } finally {
    yield* sleep(cleanup);
    log.push(`${name} cleaned up at ${getRunningLoop().time()}`);
    // biome-ignore lint/correctness/noUnsafeFinally: an error in the cleanup
    if (error !== undefined) throw error;
  }
}

const group = <R>(body: (tg: TaskGroup) => Coroutine<R>) => asyncWith(new TaskGroup(), body);
const errorsOf = (error: unknown) => {
  expect(error).toBeInstanceOf(ExceptionGroup);
  return (error as ExceptionGroup).exceptions;
};

describe("a TaskGroup", () => {
  it("waits for its children, and returns what the body returns", async () => {
    await simulate(function* () {
      const tasks: unknown[] = [];
      const result = yield* group(function* (tg) {
        const [a, b] = [tg.createTask(sleep(2, "a")), tg.createTask(sleep(1, "b"), { name: "b" })];
        expect(b.getName()).toBe("b");
        tasks.push(() => [a.result(), b.result()]);
        return "body";
      });
      expect([result, (tasks[0] as () => unknown)(), getRunningLoop().time()]).toEqual(["body", ["a", "b"], 2]);
    });
  });

  it("cancels the other children and the body at the first child's error, and awaits everything", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const first = new Error("first");
      const error = yield* errorOf(
        group(function* (tg) {
          tg.createTask(worker(log, "child", 3));
          tg.createTask(failAfter(1, first));
          yield* worker(log, "body", 1);
        }),
      );
      expect(errorsOf(error)).toEqual([first]);
      expect((error as Error).message).toBe("unhandled errors in a TaskGroup");
      expect(log).toEqual(["body cleaned up at 2", "child cleaned up at 4"]);
      expect(currentTask()?.cancelling()).toBe(0);
    });
  });

  it("collects the errors that siblings throw in their cleanup, and the body's own", async () => {
    await simulate(function* () {
      const [first, second, third] = [new Error("first"), new Error("second"), new TypeError("third")];
      const error = yield* errorOf(
        group(function* (tg) {
          tg.createTask(failAfter(1, first));
          tg.createTask(worker([], "child", 2, second));
          try {
            yield* sleep(100);
          } catch {
            throw third;
          }
        }),
      );
      expect(errorsOf(error)).toEqual([first, second, third]);
      expect((error as ExceptionGroup).subgroup(TypeError)?.exceptions).toEqual([third]);
      expect(currentTask()?.cancelling()).toBe(0);
    });
  });

  it("whose body fails cancels the children; even a single error comes in a group", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const own = new Error("body");
      const error = yield* errorOf(
        group(function* (tg) {
          tg.createTask(worker(log, "child"));
          yield* sleep(1);
          throw own;
        }),
      );
      expect(errorsOf(error)).toEqual([own]);
      expect(log).toEqual(["child cleaned up at 1"]);
    });
  });

  it("takes no notice of a child that was cancelled by itself", async () => {
    await simulate(function* () {
      const log: string[] = [];
      yield* group(function* (tg) {
        const child = tg.createTask(sleep(100));
        tg.createTask(failAfter(2, new CancelledError("by itself")));
        tg.createTask(sleep(5)).addDoneCallback((t) => log.push(`sibling cancelled: ${t.cancelled()}`));
        yield* sleep(1);
        child.cancel();
      });
      yield* sleep(0);
      expect(log).toEqual(["sibling cancelled: false"]);
      expect(getRunningLoop().time()).toBe(5);
    });
  });

  it("cancelled from outside cancels its children, waits for them, and throws plain CancelledError", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const body = function* (tg: TaskGroup): Coroutine<void> {
        tg.createTask(worker(log, "child", 2));
        yield* worker(log, "body", 1);
      };
      for (const inExit of [false, true]) {
        log.length = 0;
        const start = getRunningLoop().time();
        const task = createTask(
          inExit
            ? group(function* (tg) {
                tg.createTask(worker(log, "child", 2));
              })
            : group(body),
        );
        yield* sleep(1);
        task.cancel("outside");
        const error = (yield* errorOf(task)) as Error;
        expect(error).toBeInstanceOf(CancelledError);
        expect([error.message, task.cancelling(), task.cancelled()]).toEqual(["outside", 1, true]);
        expect(log.at(-1)).toBe(`child cleaned up at ${start + (inExit ? 3 : 4)}`);
        expect(log).toHaveLength(inExit ? 1 : 2);
      }
    });
  });

  it("cancelled from outside while children fail throws the group, and cancels again at the next wait", async () => {
    await simulate(function* () {
      const failure = new Error("cleanup failed");
      const log: unknown[] = [];
      function* body() {
        try {
          yield* group(function* (tg) {
            tg.createTask(worker([], "child", 0, failure));
            yield* sleep(100);
          });
        } catch (error) {
          log.push(errorsOf(error), currentTask()?.cancelling());
        }
        try {
          yield* sleep(1);
          log.push("LEAK");
        } catch (error) {
          log.push((error as Error).name);
          throw error;
        }
      }
      const task = createTask(body());
      yield* sleep(1);
      task.cancel();
      yield* errorOf(task);
      expect(log).toEqual([[failure], 1, "CancelledError"]);
      expect([task.cancelled(), task.cancelling()]).toEqual([true, 1]);
    });
  });

  it("nested: an error in the inner one cancels only what the outer one then cancels", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const deep = new Error("deep");
      const error = yield* errorOf(
        group(function* (outer) {
          outer.createTask(worker(log, "outer child", 1));
          yield* group(function* (inner) {
            inner.createTask(worker(log, "inner child", 1));
            inner.createTask(failAfter(1, deep));
            yield* worker(log, "inner body");
          });
        }),
      );
      const [inner] = errorsOf(error);
      expect(errorsOf(inner)).toEqual([deep]);
      expect(log).toEqual(["inner body cleaned up at 1", "inner child cleaned up at 2", "outer child cleaned up at 3"]);
      expect(currentTask()?.cancelling()).toBe(0);
    });
  });

  it("nested: both cancelled from outside; the cancelling level is kept", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const task = createTask(
        group(function* (outer) {
          outer.createTask(worker(log, "outer child"));
          yield* group(function* (inner) {
            inner.createTask(worker(log, "inner child"));
          });
        }),
      );
      yield* sleep(1);
      task.cancel();
      yield* errorOf(task);
      expect(log).toEqual(["inner child cleaned up at 1", "outer child cleaned up at 1"]);
      expect([task.cancelled(), task.cancelling()]).toEqual([true, 1]);
    });
  });
});
