import {
  asyncFor,
  asyncGenerator,
  CancelledError,
  type Coroutine,
  createTask,
  run,
  StopAsyncIteration,
  sleep,
  waitFor,
} from "tsyncio";
import { describe, expect, test } from "vitest";
import { errorOf, simulate, turns } from "../support.ts";

const count = asyncGenerator(function* (n: number, log: string[] = []) {
  try {
    for (let i = 0; i < n; i++) {
      yield* sleep(1);
      yield i;
    }
  } catch (error) {
    log.push((error as Error).name);
    throw error;
  } finally {
    yield* sleep(1);
    log.push("closed");
  }
});

test("runs the body for each item, one after the other, and both may wait", () =>
  simulate(function* () {
    const log: string[] = [];
    yield* asyncFor(count(3), function* (i) {
      log.push(`begin ${i}`);
      yield* sleep(5);
      log.push(`end ${i}`);
    });
    expect(log).toEqual(["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"]);
  }));

test("does nothing before it is awaited", () =>
  simulate(function* () {
    const log: string[] = [];
    // oxlint-disable-next-line tsyncio/no-dropped-coroutine -- what the test is about
    asyncFor(count(1, log), function* () {});
    yield* sleep(10);
    expect(log).toEqual([]);
  }));

test("this of the body is thisArg", () =>
  simulate(function* () {
    const sum = { total: 0 };
    yield* asyncFor(
      count(4),
      function* (i) {
        this.total += i;
      },
      sum,
    );
    expect(sum.total).toBe(6);
  }));

describe("leaving early", () => {
  test("an error of the body closes an async generator before it goes on", () =>
    simulate(function* () {
      const log: string[] = [];
      const error = new TypeError("t");
      const thrown = yield* errorOf(
        asyncFor(count(3, log), function* (i) {
          if (i === 1) throw error;
        }),
      );
      expect(thrown).toBe(error);
      expect(log).toEqual(["GeneratorExit", "closed"]);
    }));

  test("a cancellation of the body closes it too", () =>
    simulate(function* () {
      const log: string[] = [];
      const loop = asyncFor(count(3, log), function* () {
        yield* sleep(100);
      });
      const task = createTask(loop);
      yield* sleep(2);
      task.cancel();
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      expect(log).toEqual(["GeneratorExit", "closed"]);
    }));

  test("a cancellation while the source works goes to the source", () =>
    simulate(function* () {
      const log: string[] = [];
      const task = createTask(asyncFor(count(3, log), function* () {}));
      yield* turns(1);
      task.cancel();
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      expect(log).toEqual(["CancelledError", "closed"]);
    }));

  test("an error in the closing replaces the first one", () =>
    simulate(function* () {
      const second = new TypeError("in closing");
      const source = asyncGenerator(function* () {
        try {
          yield 1;
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: the error of a finally block is the subject
          throw second;
        }
      });
      const thrown = yield* errorOf(
        asyncFor(source(), function* () {
          throw new TypeError("first");
        }),
      );
      expect(thrown).toBe(second);
    }));

  test("an error of the source comes out as it is", () =>
    simulate(function* () {
      const error = new TypeError("t");
      const source = asyncGenerator(function* () {
        yield 1;
        throw error;
      });
      expect(yield* errorOf(asyncFor(source(), function* () {}))).toBe(error);
    }));

  test("a generator that another task is iterating is left alone", () =>
    simulate(function* () {
      const log: string[] = [];
      const g = count(1, log);
      const other = createTask(g.anext());
      yield* turns(1);
      const error = (yield* errorOf(asyncFor(g, function* () {}))) as Error;
      expect(error.message).toBe("anext(): asynchronous generator is already running");
      expect(yield* other).toBe(0);
      expect(log).toEqual([]);
    }));

  test("an iterator of the user's is left as it is, as in Python", () =>
    simulate(function* () {
      let n = 0;
      const source = {
        aiter: () => source,
        *anext(): Coroutine<number> {
          yield* sleep(1);
          return n++;
        },
        *aclose(): Coroutine<void> {
          throw new Error("not to be called");
        },
      };
      const thrown = yield* errorOf(
        asyncFor(source, function* (i) {
          if (i === 3) throw new RangeError();
        }),
      );
      expect(thrown).toBeInstanceOf(RangeError);
      expect(n).toBe(4);
    }));
});

test("StopAsyncIteration thrown by the body is an error like others, not the end", () =>
  simulate(function* () {
    const stop = new StopAsyncIteration();
    const thrown = yield* errorOf(
      asyncFor(count(2), function* () {
        throw stop;
      }),
    );
    expect(thrown).toBe(stop);
  }));

test("an anext() that throws StopAsyncIteration without being a coroutine ends the loop", () =>
  simulate(function* () {
    const source = {
      aiter: () => source,
      anext(): Coroutine<number> {
        throw new StopAsyncIteration();
      },
    };
    yield* asyncFor(source, function* () {
      throw new Error("there is no item");
    });
  }));

describe("native async iterables", () => {
  async function* native(log: string[]) {
    try {
      yield 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
      yield 2;
    } finally {
      log.push("closed");
    }
  }

  test("are iterated", () =>
    run(
      (function* () {
        const seen: number[] = [];
        yield* asyncFor(native([]), function* (i) {
          yield* sleep(0);
          seen.push(i);
        });
        expect(seen).toEqual([1, 2]);
      })(),
    ));

  test("are closed by return() when the body throws", () =>
    run(
      (function* () {
        const log: string[] = [];
        const error = new TypeError("t");
        const thrown = yield* errorOf(
          asyncFor(native(log), function* () {
            throw error;
          }),
        );
        expect(thrown).toBe(error);
        expect(log).toEqual(["closed"]);
      })(),
    ));

  test("a cancellation does not wait for an item that never comes, but asks the iterator to close", () =>
    run(
      (function* () {
        const log: string[] = [];
        const stuck: AsyncIterable<number> = {
          [Symbol.asyncIterator]: () => ({
            next: () => new Promise(() => {}),
            return: () => {
              log.push("return");
              return new Promise(() => {});
            },
          }),
        };
        const error = yield* errorOf(
          waitFor(
            asyncFor(stuck, function* () {}),
            0.001,
          ),
        );
        expect((error as Error).name).toBe("TimeoutError");
        expect(log).toEqual(["return"]);
      })(),
    ));

  test("an error of the iterator comes out, and return() is not called", () =>
    run(
      (function* () {
        const error = new TypeError("t");
        const failing: AsyncIterable<number> = {
          [Symbol.asyncIterator]: () => ({
            next: () => Promise.reject(error),
            return: () => Promise.reject(new Error("not to be called")),
          }),
        };
        expect(yield* errorOf(asyncFor(failing, function* () {}))).toBe(error);
      })(),
    ));
});

test("refuses a source that is none, and a body that is no function*", () =>
  simulate(function* () {
    const list = asyncFor([1] as never, function* () {});
    expect(((yield* errorOf(list)) as Error).message).toBe(
      "an array of 1 is not an async iterable. It is a plain iterable: use for (const item of x) { … }.",
    );
    expect(((yield* errorOf(asyncFor(count(1), 5 as never))) as Error).message).toBe(
      "asyncFor expects a function* as its body, got 5",
    );
    expect(((yield* errorOf(asyncFor(count(1), (async () => {}) as never))) as Error).message).toContain(
      "the body of asyncFor must be a function*, got an async function: write function*, and yield* fromPromise(…) for await",
    );
  }));
