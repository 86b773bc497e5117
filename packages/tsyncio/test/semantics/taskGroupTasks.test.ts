import {
  asyncWith,
  BaseExceptionGroup,
  type Coroutine,
  ExceptionGroup,
  getRunningLoop,
  KeyboardInterrupt,
  RuntimeError,
  SystemExit,
  sleep,
  TaskGroup,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, rejection, simulate, thrownBy } from "../support.ts";

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

describe("TaskGroup.createTask", () => {
  it("is legal while the group waits in its exit", async () => {
    await simulate(function* () {
      const log: string[] = [];
      yield* group(function* (tg) {
        function* first() {
          yield* sleep(1);
          tg.createTask(second());
        }
        function* second() {
          yield* sleep(1);
          log.push("second");
        }
        tg.createTask(first());
      });
      expect(log).toEqual(["second"]);
    });
  });

  it("throws RuntimeError and closes the coroutine: before entry, after the end, once aborting", async () => {
    await simulate(function* () {
      const refused = (tg: TaskGroup, text: string) => {
        const coro = sleepy();
        const error = thrownBy(() => tg.createTask(coro)) as Error;
        expect(error).toBeInstanceOf(RuntimeError);
        expect(error.message).toContain(text);
        expect(coro.next()).toEqual({ done: true, value: undefined });
      };
      function* sleepy() {
        yield* sleep(1);
      }
      const tg = new TaskGroup();
      refused(tg, "has not been entered");
      const error = yield* errorOf(
        asyncWith(tg, function* () {
          tg.createTask(failAfter(1, new Error("x")));
          try {
            yield* sleep(10);
          } finally {
            refused(tg, "is shutting down");
          }
        }),
      );
      expect(errorsOf(error)).toHaveLength(1);
      refused(tg, "is finished");
      expect(((yield* errorOf(asyncWith(tg, () => sleep(1)))) as Error).message).toContain("already been entered");
    });
  });

  it("attaches eager tasks like others: one that fails at once cancels the group", async () => {
    await simulate(function* () {
      const first = new Error("at once");
      function* fails(): Coroutine<void> {
        throw first;
      }
      const log: string[] = [];
      const error = yield* errorOf(
        group(function* (tg) {
          tg.createTask(worker(log, "child"));
          expect(tg.createTask(fails(), { eagerStart: true }).done()).toBe(true);
          yield* worker(log, "body");
        }),
      );
      expect(errorsOf(error)).toEqual([first]);
      expect(log).toEqual(["child cleaned up at 0", "body cleaned up at 0"]);
    });
  });
});

describe("KeyboardInterrupt and SystemExit in a TaskGroup", () => {
  it("from the body are thrown bare, when the children have ended", async () => {
    for (const exit of [new KeyboardInterrupt(), new SystemExit(1)]) {
      const log: string[] = [];
      const error = await rejection(
        simulate(function* () {
          yield* group(function* (tg) {
            tg.createTask(worker(log, "child"));
            yield* sleep(1);
            throw exit;
          });
        }),
      );
      expect(error).toBe(exit);
      expect(log).toEqual(["child cleaned up at 1"]);
    }
  });

  it("from a child are thrown bare by the group; run() cancels what the loop left behind", async () => {
    for (const exit of [new KeyboardInterrupt(), new SystemExit(1)]) {
      const log: string[] = [];
      const error = await rejection(
        simulate(function* () {
          yield* group(function* (tg) {
            tg.createTask(failAfter(1, exit));
            tg.createTask(worker(log, "child"));
          });
        }),
      );
      expect(error).toBe(exit);
      expect(error).not.toBeInstanceOf(BaseExceptionGroup);
      expect(log).toEqual(["child cleaned up at 1"]);
    }
  });
});
