import {
  asyncGenerator,
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  cursor,
  GeneratorExit,
  getRunningLoop,
  sleep,
  TaskGroup,
  TimeoutError,
  timeout,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

function* slowToEnd(): Coroutine<void> {
  try {
    yield* sleep(100);
  } finally {
    yield* sleep(5);
  }
}

/** How a group comes to be ended before the cancellation from outside does: each ends it at 1. */
const ENDINGS: Record<string, (group: TaskGroup) => Coroutine<void>> = {
  *"cancel() as the last statement of its block"(group) {
    yield* sleep(1);
    group.cancel();
  },
  *"cancel() in its block, which waits after it"(group) {
    yield* sleep(1);
    group.cancel();
    yield* sleep(1);
  },
  *"cancel() by a callback while the block is being left"(group) {
    getRunningLoop().callLater(1, () => group.cancel());
  },
  *"cancel() by a child"(group) {
    group.createTask(
      (function* () {
        yield* sleep(1);
        group.cancel();
      })(),
    );
    yield* sleep(100);
  },
};

describe.each(Object.entries(ENDINGS))("a TaskGroup ended by %s, whose child is still cleaning up", (_, ending) => {
  function* block(): Coroutine<void> {
    yield* asyncWith(new TaskGroup(), function* (group) {
      group.createTask(slowToEnd());
      yield* ending(group);
    });
  }

  it("ends with a cancellation that comes from outside meanwhile", async () => {
    await simulate(function* () {
      const task = createTask(block());
      yield* sleep(3);
      task.cancel();
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      expect([task.cancelled(), task.cancelling(), getRunningLoop().time()]).toEqual([true, 1, 6]);
    });
  });

  it("ends with the timeout around it", async () => {
    await simulate(function* () {
      const error = yield* errorOf(asyncWith(timeout(3), block));
      expect(error).toBeInstanceOf(TimeoutError);
      expect([currentTask()?.cancelling(), getRunningLoop().time()]).toEqual([0, 6]);
    });
  });

  it("ends with the group around it, which is cancelled meanwhile", async () => {
    await simulate(function* () {
      const log: string[] = [];
      yield* asyncWith(new TaskGroup(), function* (outer) {
        getRunningLoop().callLater(3, () => outer.cancel());
        yield* block();
        log.push("went on");
      });
      expect([log, currentTask()?.cancelling()]).toEqual([[], 0]);
    });
  });

  it("ends quietly if no other task cancels", async () => {
    await simulate(function* () {
      yield* block();
      expect(currentTask()?.cancelling()).toBe(0);
      yield* sleep(1);
    });
  });
});

describe("an async generator with a TaskGroup around its yield", () => {
  it("can be closed: the GeneratorExit is not put into a group", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const numbers = asyncGenerator(function* () {
        try {
          yield* asyncWith(new TaskGroup(), function* (group): Coroutine<void> {
            group.createTask(slowToEnd());
            yield* sleep(1);
            yield 1 as never;
          });
        } catch (error) {
          log.push((error as Error).name);
          throw error;
        }
      });
      const source = numbers();
      const items = cursor(source);
      expect(yield* items.next()).toBe(true);
      yield* source.aclose();
      expect([log, getRunningLoop().time()]).toEqual([["GeneratorExit"], 6]);
    });
  });

  it("throws the errors of its children when it is closed", async () => {
    await simulate(function* () {
      const failure = new Error("cleanup");
      const source = asyncGenerator(function* () {
        yield* asyncWith(new TaskGroup(), function* (group): Coroutine<void> {
          group.createTask(
            (function* () {
              try {
                yield* sleep(100);
              } finally {
                // biome-ignore lint/correctness/noUnsafeFinally: an error in the cleanup
                throw failure;
              }
            })(),
          );
          yield* sleep(1);
          yield 1 as never;
        });
      })();
      yield* cursor(source).next();
      const error = (yield* errorOf(source.aclose())) as AggregateError;
      expect(error.errors).toEqual([failure, expect.any(GeneratorExit)]);
    });
  });
});
