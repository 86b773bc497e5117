/**
 * Rule 6: which `CancelledError` a `catch` around an await does not see. Each body is what the compiler makes of native
 * syntax.
 */

import {
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  getRunningLoop,
  isCancelled,
  shield,
  sleep,
  type Task,
  TaskGroup,
  timeout,
} from "tsyncio";
import { awaited as $a, coroutineFunction as $c, generatorFunction as $g, guard as $x } from "tsyncio/native";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

// biome-ignore lint/suspicious/noExplicitAny: output of the compiler has no types
type Any = any;
type Log = string[];

/** try { await source() } catch (error) { log.push(…) } */
const caught = $c(function* (log: Log, source: () => unknown): Any {
  try {
    yield* $a(source());
  } catch (error) {
    $x(error);
    log.push(`caught ${(error as Error).name}`);
  }
});

function* worker(): Coroutine<void> {
  yield* getRunningLoop().createFuture();
}

/** A task that a stranger cancels. */
function cancelled(): Task<void> {
  const task = createTask(worker());
  getRunningLoop().callSoon(() => task.cancel());
  return task;
}

/** Runs the body as a task, which is cancelled as soon as it waits; its log, and how it has ended. */
function* cancelling(body: (log: Log) => Any): Coroutine<Log> {
  const log: Log = [];
  const task: Task<unknown> = createTask(body(log));
  yield* sleep(0);
  task.cancel();
  const error = yield* errorOf(shield(task));
  log.push(task.cancelled() ? "cancelled" : `failed ${(error as Error).name}`);
  return log;
}

describe("a catch around an await", () => {
  it("does not see the cancellation of the task, of whatever is awaited", () =>
    simulate(function* () {
      const sources = [worker, () => sleep(9), () => getRunningLoop().createFuture(), () => createTask(worker())];
      for (const source of [...sources, () => shield(createTask(sleep(1))), cancelledLater]) {
        expect(yield* cancelling((log) => caught(log, source))).toEqual(["cancelled"]);
      }
      function* cancelledLater(): Coroutine<void> {
        yield* asyncWith(timeout(5), worker);
      }
    }));

  it("sees a CancelledError that is an outcome: of a task, of a future, its own", () =>
    simulate(function* () {
      const sources = [
        cancelled,
        () => {
          const future = getRunningLoop().createFuture();
          future.cancel();
          return future;
        },
        function* own(): Coroutine<void> {
          throw new CancelledError();
        },
      ];
      for (const source of sources) {
        const log: Log = [];
        yield* caught(log, source);
        expect(log).toEqual(["caught CancelledError"]);
      }
    }));

  it("sees the outcome of a worker that is stopped in the cleanup of a cancelled task, and the rest of the cleanup runs", () =>
    simulate(function* () {
      const body = $c(function* (log: Log): Any {
        try {
          yield* $a(worker());
        } finally {
          yield* caught(log, cancelled);
          log.push("rest");
        }
      });
      expect(yield* cancelling(body)).toEqual(["caught CancelledError", "rest", "cancelled"]);
    }));

  it("sees an outcome in a task that has answered a cancellation before", () =>
    simulate(function* () {
      const body = $c(function* (log: Log): Any {
        try {
          yield* $a(worker());
        } catch (error) {
          if (!isCancelled(error)) throw error;
        }
        yield* caught(log, cancelled);
        throw new RangeError("of its own");
      });
      expect(yield* cancelling(body)).toEqual(["caught CancelledError", "failed RangeError"]);
    }));

  it("passes the first of two cancellations on too, when the cleanup has answered the second", () =>
    simulate(function* () {
      const inner = $c(function* (log: Log): Any {
        try {
          yield* $a(worker());
        } finally {
          try {
            yield* $a(worker());
          } catch (error) {
            log.push(isCancelled(error) ? "second" : "?");
          }
        }
      });
      const log: Log = [];
      const task = createTask(caught(log, () => inner(log)));
      yield* sleep(0);
      task.cancel();
      yield* sleep(0);
      task.cancel();
      yield* errorOf(task);
      expect([...log, task.cancelled()]).toEqual(["second", true]);
    }));

  it("passes what a group or a timeout cancels its block by, and sees what they make of it", () =>
    simulate(function* () {
      const log: Log = [];
      yield* caught(log, () => asyncWith(timeout(1), () => caught(log, () => sleep(9))));
      const fails = $c(function* (): Any {
        throw new RangeError("child");
      });
      yield* caught(log, () =>
        asyncWith(new TaskGroup(), function* (group) {
          group.createTask(fails());
          yield* caught(log, () => sleep(9));
        }),
      );
      expect(log).toEqual(["caught TimeoutError", "caught ExceptionGroup"]);
      expect(yield* cancelling((log) => caught(log, () => asyncWith(timeout(9), () => caught(log, worker))))).toEqual([
        "cancelled",
      ]);
    }));

  it("does not see that its generator is closed", () =>
    simulate(function* () {
      const log: Log = [];
      const generator = $g(function* (): Any {
        try {
          yield 1;
        } catch (error) {
          $x(error);
          log.push("caught");
        } finally {
          log.push("finally");
        }
      })();
      yield* $a(generator.next());
      yield* $a(generator.aclose());
      expect(log).toEqual(["finally"]);
    }));
});
