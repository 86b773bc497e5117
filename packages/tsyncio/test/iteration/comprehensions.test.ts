import {
  asyncFilter,
  asyncFor,
  asyncGenerator,
  asyncMap,
  type Coroutine,
  cursor,
  run,
  StopAsyncIteration,
  sleep,
  toArray,
  toMap,
  toSet,
} from "tsyncio";
import { describe, expect, test } from "vitest";
import { errorOf, simulate } from "../support.ts";

const count = asyncGenerator(function* (n: number, log: string[] = []) {
  try {
    for (let i = 0; i < n; i++) {
      yield* sleep(1);
      yield i;
    }
  } finally {
    log.push("closed");
  }
});

/** Python's class with `__aiter__` and `__anext__`. */
class AsyncCounter {
  private current = 0;
  private readonly stop: number;
  constructor(stop: number) {
    this.stop = stop;
  }
  aiter(): this {
    return this;
  }
  *anext(): Coroutine<number> {
    if (this.current === this.stop) throw new StopAsyncIteration();
    yield* sleep(1);
    return this.current++;
  }
}

describe("toArray, toSet, toMap", () => {
  test("[i async for i in AsyncCounter(3)]", () =>
    simulate(function* () {
      expect(yield* toArray(new AsyncCounter(3))).toEqual([0, 1, 2]);
      expect(yield* toArray(count(0))).toEqual([]);
    }));

  test("{i % 2 async for i in count(5)}", () =>
    simulate(function* () {
      expect(yield* toSet(asyncMap(count(5), (i) => i % 2))).toEqual(new Set([0, 1]));
    }));

  test("{i % 2: i async for i in count(5)}: the last one of equal keys wins", () =>
    simulate(function* () {
      const map = yield* toMap(asyncMap(count(5), (i) => [i % 2, i] as const));
      expect(map).toEqual(
        new Map([
          [0, 4],
          [1, 3],
        ]),
      );
    }));

  test("an item that is no pair is an error, and the source is closed", () =>
    simulate(function* () {
      const log: string[] = [];
      expect(yield* errorOf(toMap(count(2, log) as never))).toBeInstanceOf(TypeError);
      expect(log).toEqual(["closed"]);
    }));

  test("native async iterables", () =>
    run(
      (function* () {
        async function* native() {
          yield* [1, 2];
        }
        expect(yield* toArray(native())).toEqual([1, 2]);
      })(),
    ));
});

describe("asyncMap", () => {
  test("(i * 2 async for i in count(3)): runs as it is iterated", () =>
    simulate(function* () {
      const seen: number[] = [];
      const doubled = asyncMap(count(3), (i) => {
        seen.push(i);
        return i * 2;
      });
      expect(yield* doubled.anext()).toBe(0);
      expect(yield* doubled.anext()).toBe(2);
      expect(seen).toEqual([0, 1]);
    }));

  test("(await f(i) async for i in count(3)) with a function*", () =>
    simulate(function* () {
      const waited = asyncMap(count(3), function* (i) {
        yield* sleep(i);
        return `${i}`;
      });
      expect(yield* toArray(waited)).toEqual(["0", "1", "2"]);
    }));

  test("an array or a future that fn returns is an item, not awaited", () =>
    simulate(function* () {
      expect(yield* toArray(asyncMap(count(1), (i) => [i]))).toEqual([[0]]);
    }));

  test("an error of fn comes out, and closes the source", () =>
    simulate(function* () {
      const log: string[] = [];
      const error = new TypeError();
      const bad = asyncMap(count(3, log), () => {
        throw error;
      });
      expect(yield* errorOf(bad.anext())).toBe(error);
      expect(log).toEqual(["closed"]);
    }));

  test("leaving an asyncFor closes the whole chain", () =>
    simulate(function* () {
      const log: string[] = [];
      const chain = asyncMap(
        asyncFilter(count(5, log), (i) => i > 0),
        (i) => i * 10,
      );
      const error = new TypeError();
      const thrown = yield* errorOf(
        asyncFor(chain, function* () {
          throw error;
        }),
      );
      expect(thrown).toBe(error);
      expect(log).toEqual(["closed"]);
    }));

  test("what is no source, or no function, is a TypeError at once", () => {
    expect(() => asyncMap(1 as never, (x) => x)).toThrow("is not an async iterable");
    expect(() => asyncMap(count(1), 5 as never)).toThrow("asyncMap expects a function, got 5");
    expect(() => asyncFilter(count(1), 5 as never)).toThrow("asyncFilter expects a function, got 5");
  });
});

describe("asyncFilter", () => {
  test("(i async for i in count(6) if i % 2)", () =>
    simulate(function* () {
      expect(yield* toArray(asyncFilter(count(6), (i) => i % 2))).toEqual([1, 3, 5]);
    }));

  test("(i async for i in count(3) if await f(i)) with a function*", () =>
    simulate(function* () {
      const kept = asyncFilter(count(3), function* (i) {
        yield* sleep(1);
        return i !== 1;
      });
      expect(yield* toArray(kept)).toEqual([0, 2]);
    }));

  test("a cursor that breaks leaves the source open", () =>
    simulate(function* () {
      const log: string[] = [];
      const c = cursor(asyncFilter(count(3, log), () => true));
      yield* c.next();
      expect(log).toEqual([]);
      yield* c.aclose();
      expect(log).toEqual(["closed"]);
    }));
});
