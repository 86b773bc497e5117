import {
  abortable,
  asyncWith,
  type Coroutine,
  cancelOnAbort,
  createTask,
  currentTask,
  getRunningLoop,
  isCancelled,
  sleep,
  type Task,
  TaskGroup,
  TimeoutError,
  timeout,
  timeoutAt,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

const self = (): Task<unknown> => currentTask() as Task<unknown>;

function* slowToEnd(): Coroutine<void> {
  try {
    yield* sleep(100);
  } finally {
    yield* sleep(5);
  }
}

const aborted = AbortSignal.abort(new Error("aborted"));

/** Blocks that end by themselves, each in its own way, before a cancellation from before them has been thrown. */
const BLOCKS: Record<string, () => Coroutine<unknown>> = {
  "timeout(0)": () => asyncWith(timeout(0), () => sleep(1)),
  "timeout(-1)": () => asyncWith(timeout(-1), () => sleep(1)),
  "timeoutAt(a time that has passed)": () => asyncWith(timeoutAt(getRunningLoop().time() - 1), () => sleep(1)),
  "a timeout that is moved into the past": () =>
    asyncWith(timeout(5), function* (t): Coroutine<void> {
      t.reschedule(0);
      yield* sleep(1);
    }),
  "a timeout inside a timeout, both 0": () =>
    asyncWith(timeout(0), function* () {
      yield* asyncWith(timeout(0), () => sleep(1));
    }),
  "a timeout that passes while what it waits for still ends": () =>
    asyncWith(timeout(1), function* (): Coroutine<void> {
      const slow = createTask(slowToEnd(), { eagerStart: true });
      yield* slow;
    }),
  "waitFor(…, 0)": () => waitFor(sleep(1), 0),
  "waitFor(…, -1)": () => waitFor(sleep(1), -1),
  "abortable(a signal that has aborted)": () => asyncWith(abortable(aborted), () => sleep(1)),
  "abortable(a signal that aborts at once)": () => {
    const controller = new AbortController();
    return asyncWith(abortable(controller.signal), function* (): Coroutine<void> {
      controller.abort(new Error("aborted"));
      yield* sleep(1);
    });
  },
  "a timeout that a signal ends": () =>
    asyncWith(timeout(5), function* (t): Coroutine<void> {
      using _ = cancelOnAbort(aborted, t);
      yield* sleep(1);
    }),
  "a TaskGroup that is cancelled": () =>
    asyncWith(new TaskGroup(), function* (group): Coroutine<void> {
      group.cancel();
      yield* sleep(1);
    }),
};

describe.each(Object.entries(BLOCKS))("a cancellation that came before %s", (_, block) => {
  function* cancelledBefore(log: string[]): Coroutine<void> {
    self().cancel("before");
    try {
      yield* block();
    } catch (error) {
      log.push(isCancelled(error) ? "CancelledError" : String(error), `${self().cancelling()} open`);
      throw error;
    }
    log.push("went on");
  }

  it("wins: it is thrown out of the block, and stays counted", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const task = createTask(cancelledBefore(log));
      yield* errorOf(task);
      expect([log, task.cancelled()]).toEqual([["CancelledError", "1 open"], true]);
    });
  });
});

describe("a block that ends by itself", () => {
  it("is not mistaken when its deadline passes while the block still cleans up after that cancellation", async () => {
    await simulate(function* () {
      function* body(): Coroutine<void> {
        self().cancel("before");
        yield* asyncWith(timeout(1), slowToEnd);
      }
      const task = createTask(body());
      yield* errorOf(task);
      expect([task.cancelled(), task.cancelling(), getRunningLoop().time()]).toEqual([true, 1, 1]);
    });
  });

  it("is not mistaken if the earlier cancellation was taken back before it was thrown", async () => {
    await simulate(function* () {
      function* body(): Coroutine<void> {
        self().cancel();
        yield* asyncWith(timeout(0), function* () {
          self().uncancel();
          yield* sleep(1);
        });
      }
      const task = createTask(body());
      expect(yield* errorOf(task)).toBeInstanceOf(TimeoutError);
      expect(task.cancelling()).toBe(0);
    });
  });
});
