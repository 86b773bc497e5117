/** asyncMap with a limit: several items at once, with backpressure. */

import {
  aiter,
  anext,
  asyncFor,
  asyncGenerator,
  asyncMap,
  CancelledError,
  ContextVar,
  type Coroutine,
  createTask,
  currentTask,
  cursor,
  type ExceptionContext,
  run,
  sleep,
  toArray,
  virtualLoop,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate, turns } from "../support.ts";

/** Counts how many run at once; each takes as many seconds as it says. */
class Work {
  running = 0;
  most = 0;
  readonly begun: number[] = [];
  readonly ended: number[] = [];
  readonly cancelled: number[] = [];

  *take(seconds: number): Coroutine<number> {
    this.begun.push(seconds);
    this.running++;
    this.most = Math.max(this.most, this.running);
    try {
      yield* sleep(seconds);
      this.ended.push(seconds);
      return seconds;
    } catch (error) {
      yield* sleep(0.5); // cleans up
      this.cancelled.push(seconds);
      throw error;
    } finally {
      this.running--;
    }
  }
}

/** Numbers from 0, and what became of the source. */
class Source {
  given = 0;
  closed = false;

  readonly items = asyncGenerator(function* (this: Source, count: number) {
    try {
      for (let i = 0; i < count; i++) {
        yield* sleep(0);
        this.given++;
        yield i;
      }
    } finally {
      yield* sleep(0.1);
      this.closed = true;
    }
  }, this);
}

const seconds = [3, 1, 2, 1, 1];

function* numbers(count: number): Generator<number, void> {
  for (let i = 0; i < count; i++) yield i;
}

describe("asyncMap with a limit", () => {
  it("runs at most `limit` at once, and keeps the order", () =>
    simulate(function* () {
      const work = new Work();
      const got = yield* toArray(asyncMap(seconds, (s) => work.take(s), { limit: 2 }));
      expect(got).toEqual(seconds);
      expect(work.most).toBe(2);
    }));

  it("with ordered: false has the results as they are done", () =>
    simulate(function* () {
      const work = new Work();
      const got = yield* toArray(asyncMap(seconds, (s) => work.take(s), { limit: 3, ordered: false }));
      expect(got).toEqual([1, 2, 1, 3, 1]);
      expect(work.most).toBe(3);
    }));

  it.each([
    ["an array", () => [0, 1, 2, 3]],
    ["a set", () => new Set([0, 1, 2, 3])],
    ["a generator", () => numbers(4)],
    ["a string", () => "0123"],
    ["an async generator", () => new Source().items(4)],
    ["a native async iterable", () => ({ [Symbol.asyncIterator]: () => aiterOf(4) })],
  ])("takes %s, with and without a limit", async (_name, source) => {
    // On real time: the native iterator has promises.
    await run(
      (function* () {
        const double = function* (x: string | number) {
          yield* sleep(0);
          return Number(x) * 2;
        };
        for (const options of [{}, { limit: 1 }, { limit: 3 }, { limit: Infinity, ordered: false }]) {
          const items = source() as Iterable<string | number>;
          expect(yield* toArray(asyncMap(items, double, options))).toEqual([0, 2, 4, 6]);
        }
      })(),
    );
  });

  it("of an empty source has no items", () =>
    simulate(function* () {
      expect(yield* toArray(asyncMap([], () => sleep(1), { limit: 2 }))).toEqual([]);
    }));

  it("asks the source for an item only when there is room: a slow consumer slows it down", () =>
    simulate(function* () {
      const source = new Source();
      const c = cursor(asyncMap(source.items(100), (x) => sleep(0.1, x), { limit: 3 }));
      yield* c.next();
      yield* sleep(50);
      expect([c.value, source.given]).toEqual([0, 4]); // one taken, three under way or done
      yield* c.next();
      yield* sleep(50);
      expect([c.value, source.given]).toEqual([1, 5]);
      yield* c.aclose();
      expect(source.closed).toBe(true);
    }));

  it("has the results that are there while the source has no next item yet", () =>
    simulate(function* () {
      const slow = asyncGenerator(function* () {
        yield 1;
        yield* sleep(1000);
        yield 2;
      });
      const c = cursor(asyncMap(slow(), (x) => sleep(1, x), { limit: 5 }));
      expect(yield* waitFor(c.next(), 2)).toBe(true);
      expect(c.value).toBe(1);
      yield* c.aclose();
    }));

  it("takes values, tasks and promises from the function, and waits for those that can be awaited", async () => {
    await run(
      (function* () {
        for (const options of [{}, { limit: 2 }]) {
          expect(yield* toArray(asyncMap([1, 2], (x) => x + 1, options))).toEqual([2, 3]);
          expect(yield* toArray(asyncMap([1, 2], (x) => createTask(sleep(0, x)), options))).toEqual([1, 2]);
          expect(yield* toArray(asyncMap([1, 2], async (x) => x * 10, options))).toEqual([10, 20]);
          expect(yield* toArray(asyncMap([1], () => [1], options))).toEqual([[1]]);
        }
      })(),
    );
  });

  it("left early cancels what is under way, waits for its cleanup, and closes the source", () =>
    simulate(function* () {
      const work = new Work();
      const source = new Source();
      const mapped = asyncMap(source.items(100), (x) => work.take(x === 0 ? 1 : 100 + x), { limit: 3 });
      const error = yield* errorOf(
        asyncFor(mapped, function* () {
          yield* turns(5);
          throw new Error("enough");
        }),
      );
      expect(String(error)).toBe("Error: enough");
      expect([work.running, source.closed]).toEqual([0, true]);
      expect(work.cancelled).toEqual([101, 102, 103]);
    }));

  it("cancelled while it waits does the same, and the cancellation goes on", () =>
    simulate(function* () {
      const work = new Work();
      const source = new Source();
      const task = createTask(toArray(asyncMap(source.items(100), (x) => work.take(100 + x), { limit: 3 })));
      yield* sleep(1);
      task.cancel();
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      expect([work.running, source.closed, work.cancelled]).toEqual([0, true, [100, 101, 102]]);
    }));

  it("cancelled once more while it ends still waits for all, as a TaskGroup does", () =>
    simulate(function* () {
      const work = new Work();
      const source = new Source();
      const task = createTask(toArray(asyncMap(source.items(100), (x) => work.take(100 + x), { limit: 3 })));
      yield* sleep(1);
      task.cancel();
      yield* sleep(0.2);
      task.cancel();
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      expect([work.running, source.closed, work.cancelled]).toEqual([0, true, [100, 101, 102]]);
    }));

  it("the first error cancels the others and is thrown, after the results that are there and in order", () =>
    simulate(function* () {
      const work = new Work();
      const source = new Source();
      const got: number[] = [];
      const fails = function* (x: number) {
        yield* work.take(x === 0 ? 1 : x === 2 ? 2 : 50);
        if (x === 2) throw new Error("two");
        return x;
      };
      const mapped = asyncMap(source.items(100), fails, { limit: 4 });
      const error = yield* errorOf(
        asyncFor(mapped, function* (x) {
          got.push(x);
          yield* sleep(10); // the error comes meanwhile
        }),
      );
      expect(String(error)).toBe("Error: two");
      expect(got).toEqual([0]);
      expect([work.running, source.closed]).toEqual([0, true]);
      expect(yield* toArray(mapped)).toEqual([]);
    }));

  it("a second error, of a cleanup, is reported", async () => {
    const reports: ExceptionContext[] = [];
    await simulate(function* () {
      const both = function* (x: number) {
        try {
          yield* sleep(x);
          throw new Error("first");
        } catch (error) {
          throw x > 1 ? new Error("of a cleanup") : error;
        }
      };
      expect(String(yield* errorOf(toArray(asyncMap([1, 2], both, { limit: 2 }))))).toBe("Error: first");
    }, reports);
    expect(reports.map(({ exception }) => String(exception))).toEqual(["Error: of a cleanup"]);
  });

  it("an error of the source, and one of a plain function, are such errors too", () =>
    simulate(function* () {
      const broken = asyncGenerator(function* () {
        yield 1;
        yield* sleep(1);
        throw new Error("broken");
      });
      const work = new Work();
      expect(String(yield* errorOf(toArray(asyncMap(broken(), () => work.take(9), { limit: 2 }))))).toBe(
        "Error: broken",
      );
      expect(work.cancelled).toEqual([9]);
      const throws = (): number => {
        throw new Error("at once");
      };
      expect(String(yield* errorOf(toArray(asyncMap([1], throws, { limit: 2 }))))).toBe("Error: at once");
    }));

  it("an error of the source in its closing is thrown by the closing", () =>
    simulate(function* () {
      const stubborn = asyncGenerator(function* () {
        try {
          for (;;) yield 1;
        } finally {
          yield* sleep(0);
          // biome-ignore lint/correctness/noUnsafeFinally: that is the rule under test
          throw new Error("in closing");
        }
      });
      const mapped = asyncMap(stubborn(), (x) => sleep(1, x), { limit: 2 });
      yield* anext(mapped);
      expect(String(yield* errorOf(mapped.aclose()))).toBe("Error: in closing");
    }));

  it("a call that is cancelled by itself ends the iteration with that cancellation", () =>
    simulate(function* () {
      const cancelsItself = function* () {
        currentTask()?.cancel("by itself");
        yield* sleep(1);
      };
      expect(String(yield* errorOf(toArray(asyncMap([1, 2], cancelsItself, { limit: 2 }))))).toBe(
        "CancelledError: by itself",
      );
    }));

  it("has one task for the source, whichever tasks take the results, and a context for each call", () =>
    simulate(function* () {
      const variable = new ContextVar("v", { default: "none" });
      const tasks = new Set<unknown>();
      const watched = asyncGenerator(function* () {
        for (const x of [1, 2, 3]) {
          tasks.add(currentTask());
          yield x;
          yield* sleep(0);
        }
        tasks.add(currentTask());
      });
      const mapped = asyncMap(
        watched(),
        function* () {
          const before = variable.get();
          variable.set("set by a call");
          yield* sleep(1);
          return before;
        },
        { limit: 1 },
      );
      const got: string[] = [];
      for (let i = 0; i < 3; i++) got.push(yield* createTask(anext(mapped)));
      expect(got).toEqual(["none", "none", "none"]);
      expect(tasks.size).toBe(1);
      yield* mapped.aclose();
    }));

  it("a native for await that is left early ends all of it", async () => {
    const work = new Work();
    const source = new Source();
    await run(
      (function* () {
        yield* sleep(0);
        return asyncMap(source.items(100), (x) => work.take(x === 0 ? 0 : 100 + x), { limit: 3 });
      })(),
      { loopFactory: virtualLoop },
    );
    for await (const x of asyncMap(source.items(100), (x) => work.take(x === 0 ? 0 : 100 + x), { limit: 3 })) {
      expect(x).toBe(0);
      break;
    }
    expect([work.running, source.closed]).toEqual([0, true]);
  });

  it("a coroutine in the place of the source is refused, a plain function* when its first item comes", () =>
    simulate(function* () {
      const options = { limit: 2 };
      expect(() => asyncMap(sleep(1) as never, (x) => x, options)).toThrow("Wait for it first: pass yield* x.");
      expect(() => asyncMap(createTask(sleep(0)) as never, (x) => x)).toThrow("Wait for it first");
      const coro = (function* () {
        yield* sleep(1);
      })();
      expect(String(yield* errorOf(toArray(asyncMap(coro, (x) => x, options))))).toContain(
        "a coroutine is not a sequence",
      );
    }));

  it.each([0, -1, 1.5, Number.NaN, "2"])("a limit of %s is refused", (limit) => {
    expect(() => asyncMap([1], (x) => x, { limit: limit as number })).toThrow(
      "limit must be a whole number of 1 or more, or Infinity, got",
    );
  });

  it("an option that does not exist is refused", () => {
    expect(() => asyncMap([1], (x) => x, { concurrency: 2 } as never)).toThrow('asyncMap has no option "concurrency"');
  });
});

async function* aiterOf(count: number) {
  for (let i = 0; i < count; i++) yield i;
}

describe("an async generator that is left open", () => {
  it("is closed at the end of the run, with its tasks", async () => {
    const source = new Source();
    await simulate(function* () {
      const mapped = aiter(asyncMap(source.items(100), (x) => sleep(1, x), { limit: 3 }));
      yield* anext(mapped);
    });
    expect(source.closed).toBe(true);
  });
});
