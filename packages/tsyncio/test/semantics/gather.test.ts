import {
  CancelledError,
  type Coroutine,
  createTask,
  type ExceptionContext,
  gather,
  getRunningLoop,
  shield,
  sleep,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate, turns } from "../support.ts";

function* failAfter(seconds: number, error: unknown): Coroutine<never> {
  yield* sleep(seconds);
  throw error;
}

describe("gather", () => {
  it("returns the results in the order of the arguments, whatever the order in which they come", async () => {
    await simulate(function* () {
      const future = getRunningLoop().createFuture<string>();
      getRunningLoop().callLater(2, () => future.setResult("future"));
      const results = yield* gather(sleep(3, "slow"), sleep(1, "fast"), future);
      expect(results).toEqual(["slow", "fast", "future"]);
      expect(getRunningLoop().time()).toBe(3);
    });
  });

  it("throws the first exception at once and leaves the others running", async () => {
    await simulate(function* () {
      const error = new Error("first");
      const other = createTask(sleep(5, "still running"));
      expect(yield* errorOf(gather(other, failAfter(1, error)))).toBe(error);
      expect([getRunningLoop().time(), other.done()]).toEqual([1, false]);
      expect(yield* other).toBe("still running");
    });
  });

  it("marks later errors of the others as seen: they are not reported", async () => {
    const reports: ExceptionContext[] = [];
    await simulate(function* () {
      const first = new Error("first");
      expect(yield* errorOf(gather(failAfter(1, first), failAfter(2, new Error("second"))))).toBe(first);
      yield* sleep(5);
    }, reports);
    expect(reports).toEqual([]);
  });

  it("with returnExceptions puts errors into the list", async () => {
    await simulate(function* () {
      const error = new Error("x");
      expect(yield* gather(sleep(1, "a"), failAfter(2, error), { returnExceptions: true })).toEqual(["a", error]);
    });
  });

  it("with cancelOnError cancels the others, waits for them, and throws the first error", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const error = new Error("first");
      function* cleansUp() {
        try {
          yield* sleep(100);
        } finally {
          yield* sleep(2);
          log.push(`cleaned up at ${getRunningLoop().time()}`);
        }
      }
      expect(yield* errorOf(gather(cleansUp(), failAfter(1, error), { cancelOnError: true }))).toBe(error);
      expect(log).toEqual(["cleaned up at 3"]);
    });
  });

  it("that is cancelled cancels the children and is done when they are, with CancelledError", async () => {
    await simulate(function* () {
      const log: string[] = [];
      function* child(name: string, cleanup: number) {
        try {
          yield* sleep(100);
        } finally {
          yield* sleep(cleanup);
          log.push(name);
        }
      }
      const gathering = gather(child("a", 1), child("b", 2));
      yield* sleep(1);
      expect(gathering.cancel()).toBe(true);
      expect(gathering.done()).toBe(false);
      expect(yield* errorOf(gathering)).toBeInstanceOf(CancelledError);
      // As soon as the first child is cancelled, as in CPython.
      expect(log).toEqual(["a"]);
      yield* sleep(5);
      expect(log).toEqual(["a", "b"]);
    });
  });

  it("that is cancelled throws CancelledError even with returnExceptions, as an exception: cancelled() is false", async () => {
    await simulate(function* () {
      const log: string[] = [];
      function* child(name: string, cleanup: number) {
        try {
          yield* sleep(100);
        } finally {
          yield* sleep(cleanup);
          log.push(name);
        }
      }
      const gathering = gather(child("a", 1), child("b", 2), { returnExceptions: true });
      yield* sleep(1);
      gathering.cancel("stop");
      expect(yield* errorOf(gathering)).toBeInstanceOf(CancelledError);
      expect(log).toEqual(["a", "b"]);
      expect(gathering.cancelled()).toBe(false);
      expect(gathering.exception()).toBeInstanceOf(CancelledError);
    });
  });

  it("in a task that is cancelled cancels the children too", async () => {
    await simulate(function* () {
      const children = [createTask(sleep(10)), createTask(sleep(20))];
      function* waits() {
        yield* gather(...children);
      }
      const task = createTask(waits());
      yield* sleep(1);
      task.cancel();
      yield* errorOf(task);
      yield* sleep(0);
      expect([task, ...children].map((t) => t.cancelled())).toEqual([true, true, true]);
    });
  });

  it("of children that are all done cannot be cancelled any more", async () => {
    await simulate(function* () {
      const gathering = gather(sleep(0, 1), sleep(0, 2));
      yield* gathering;
      expect([gathering.cancel(), gathering.cancelled()]).toEqual([false, false]);
    });
  });

  it("takes a child that was cancelled on its own for one that threw; the others are not cancelled", async () => {
    await simulate(function* () {
      const [a, b] = [createTask(sleep(5, "a")), createTask(sleep(5, "b"))];
      getRunningLoop().callLater(1, () => a.cancel("only this one"));
      expect(yield* errorOf(gather(a, b))).toBeInstanceOf(CancelledError);
      expect(b.done()).toBe(false);
      expect(yield* b).toBe("b");
    });
  });

  it("with returnExceptions has the CancelledError of such a child in its list", async () => {
    await simulate(function* () {
      const future = getRunningLoop().createFuture<string>();
      const task = createTask(sleep(5, "task"));
      getRunningLoop().callLater(1, () => future.cancel("only this one"));
      const [first, second] = yield* gather(future, task, { returnExceptions: true });
      expect(first).toBeInstanceOf(CancelledError);
      expect((first as Error).message).toBe("only this one");
      expect(second).toBe("task");
    });
  });

  it("runs an awaitable that is given twice once and fills both places", async () => {
    await simulate(function* () {
      let runs = 0;
      function* child() {
        runs++;
        yield* sleep(1);
        return { runs };
      }
      const coro = child();
      const task = createTask(child());
      const [a, b, c, d] = yield* gather(coro, task, coro, task);
      expect(runs).toBe(2);
      expect(a).toBe(c);
      expect(b).toBe(d);
    });
  });
});

describe("shield", () => {
  it("lets the inner task live when the outer future is cancelled", async () => {
    await simulate(function* () {
      const inner = createTask(sleep(5, "survived"));
      function* waits() {
        return yield* shield(inner);
      }
      const task = createTask(waits());
      yield* sleep(1);
      task.cancel();
      yield* errorOf(task);
      expect([task.cancelled(), inner.done(), inner.cancelling()]).toEqual([true, false, 0]);
      expect(yield* inner).toBe("survived");
    });
  });

  it("is cancelled when the inner task is cancelled", async () => {
    await simulate(function* () {
      const inner = createTask(sleep(5));
      const outer = shield(inner);
      yield* sleep(1);
      inner.cancel();
      expect(yield* errorOf(outer)).toBeInstanceOf(CancelledError);
      expect(outer.cancelled()).toBe(true);
    });
  });

  it("passes results and exceptions on, and returns a future that is done as it is", async () => {
    await simulate(function* () {
      const error = new Error("x");
      expect(yield* shield(sleep(1, "value"))).toBe("value");
      expect(yield* errorOf(shield(failAfter(1, error)))).toBe(error);
      const done = getRunningLoop().createFuture<number>();
      done.setResult(1);
      expect(shield(done) === done).toBe(true);
    });
  });

  it("leaves an exception that the inner task throws later to the program, which may still ask for it", async () => {
    const error = new TypeError("late");
    await simulate(function* () {
      const inner = createTask(failAfter(2, error));
      for (let i = 0; i < 5; i++) {
        shield(inner).cancel();
        yield* sleep(0);
      }
      yield* sleep(5);
      expect(inner.exception()).toBe(error);
    });
  });

  it("leaves it to the report of what was never retrieved, once, if the program does not ask", async () => {
    const reports: ExceptionContext[] = [];
    const error = new TypeError("late");
    await simulate(function* () {
      const inner = createTask(failAfter(2, error));
      const [first, second] = [shield(inner), shield(inner)];
      yield* sleep(1);
      first.cancel();
      second.cancel();
      yield* sleep(5);
    }, reports);
    expect(reports.map(({ message, exception }) => [message, exception])).toEqual([
      ["Task exception was never retrieved", error],
    ]);
  });

  it("that is cancelled in the turn in which the inner task fails marks nothing as seen", async () => {
    for (const cancelFirst of [true, false]) {
      const reports: ExceptionContext[] = [];
      const error = new Error("at once");
      await simulate(function* () {
        const inner = getRunningLoop().createFuture<void>();
        const outer = shield(inner);
        if (cancelFirst) outer.cancel();
        inner.setException(error);
        outer.cancel();
        yield* sleep(1);
        expect(outer.cancelled()).toBe(true);
      }, reports);
      expect(reports.map((report) => report.exception)).toEqual([error]);
    }
  });

  it("reports nothing when the inner task ends well, or is cancelled, after the outer was cancelled", async () => {
    const reports: ExceptionContext[] = [];
    await simulate(function* () {
      const [well, cancelled] = [createTask(sleep(2)), createTask(sleep(2))];
      for (const outer of [shield(well), shield(cancelled)]) outer.cancel();
      yield* turns(2);
      cancelled.cancel();
      yield* sleep(5);
    }, reports);
    expect(reports).toEqual([]);
  });
});

it("a gather that fails and is never asked is reported, and shown, by asyncio's name of its class", async () => {
  const reports: ExceptionContext[] = [];
  await simulate(function* () {
    expect(String(gather(sleep(1)))).toBe("<_GatheringFuture pending>");
    gather(failAfter(1, new TypeError("lost")));
    yield* sleep(2);
  }, reports);
  expect(reports.map(({ message, future }) => [message, String(future)])).toEqual([
    ["_GatheringFuture exception was never retrieved", "<_GatheringFuture finished exception=TypeError: lost>"],
  ]);
});
