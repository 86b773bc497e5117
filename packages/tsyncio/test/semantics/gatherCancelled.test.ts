import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  type ExceptionContext,
  gather,
  sleep,
  type Task,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

function* failAfter(seconds: number, error: unknown): Coroutine<never> {
  yield* sleep(seconds);
  throw error;
}

function* slowToEnd(): Coroutine<void> {
  try {
    yield* sleep(100);
  } finally {
    yield* sleep(5);
  }
}

/** Cancels `task` with a message, in a child's own step, which asks that child to cancel while it does not wait. */
function* cancels(task: () => Task<unknown>, msg: string, end: () => unknown): Coroutine<unknown> {
  yield* sleep(1);
  task().cancel(msg);
  return end();
}

describe("gather with cancelOnError, cancelled from outside while the others end", () => {
  it("throws that CancelledError; the error that was first is reported, unless the program asks for it", async () => {
    for (const asks of [false, true]) {
      const reports: ExceptionContext[] = [];
      const first = new Error("first");
      await simulate(function* () {
        const fails = createTask(failAfter(1, first));
        const task = createTask(
          (function* () {
            yield* gather(slowToEnd(), fails, { cancelOnError: true });
          })(),
        );
        yield* sleep(3);
        expect(task.cancel("outside")).toBe(true);
        expect(yield* errorOf(task)).toEqual(new CancelledError("outside"));
        expect([task.cancelled(), task.cancelling()]).toEqual([true, 1]);
        if (asks) expect(fails.exception()).toBe(first);
      }, reports);
      expect(reports.map((report) => report.exception)).toEqual(asks ? [] : [first]);
    }
  });

  it("throws the error of a child that fails when the cancellation came first", async () => {
    await simulate(function* () {
      const cleanup = new Error("cleanup");
      function* fails(): Coroutine<void> {
        try {
          yield* sleep(100);
        } catch {
          throw cleanup;
        }
      }
      const gathering = gather(fails(), slowToEnd(), { cancelOnError: true });
      yield* sleep(1);
      gathering.cancel();
      expect(yield* errorOf(gathering)).toBe(cleanup);
    });
  });
});

describe("gather, cancelled with a message by a child of its own", () => {
  const outcomes: Record<string, () => unknown> = {
    "returns all the same": () => 1,
    fails: () => {
      throw new Error("x");
    },
  };
  it.each(Object.entries(outcomes))("throws it when the child %s, and reports nothing", async (_, end) => {
    await simulate(function* () {
      let task: Task<unknown>;
      task = createTask(
        (function* () {
          yield* gather(
            cancels(() => task, "why", end),
            { returnExceptions: true },
          );
        })(),
      );
      expect(yield* errorOf(task)).toEqual(new CancelledError("why"));
    });
  });

  it("throws the message of a child's last cancellation that came while it did not wait", async () => {
    await simulate(function* () {
      function* child(): Coroutine<void> {
        for (const msg of ["first", "early", null]) {
          currentTask()?.cancel(msg);
          if (msg === "early") break;
          expect(((yield* errorOf(sleep(1))) as Error).message).toBe(msg ?? "");
        }
        yield* errorOf(sleep(1));
        yield* errorOf(sleep(10));
      }
      const gathering = gather(child(), { returnExceptions: true });
      yield* sleep(1);
      gathering.cancel("later");
      expect(yield* errorOf(gathering)).toEqual(new CancelledError("early"));
    });
  });
});

describe("gather with returnExceptions that was cancelled", () => {
  it("does not report the error of a child that failed: it counts as seen", async () => {
    await simulate(function* () {
      function* fails(): Coroutine<void> {
        try {
          yield* sleep(100);
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: an error in the cleanup
          throw new Error("cleanup");
        }
      }
      const gathering = gather(fails(), sleep(100), { returnExceptions: true });
      yield* sleep(1);
      gathering.cancel();
      expect(yield* errorOf(gathering)).toBeInstanceOf(CancelledError);
    });
  });
});
