import {
  aiter,
  anext,
  asyncGenerator,
  type Coroutine,
  createTask,
  ensureFuture,
  run,
  StopAsyncIteration,
  sleep,
} from "tsyncio";
import { describe, expect, test } from "vitest";
import { errorOf, simulate } from "../support.ts";

const two = asyncGenerator(function* () {
  yield 1;
  yield 2;
});

class OneTwo {
  private n = 0;
  aiter(): this {
    return this;
  }
  *anext(): Coroutine<number> {
    yield* sleep(1);
    this.n++;
    if (this.n > 2) throw new StopAsyncIteration();
    return this.n;
  }
}

describe("aiter", () => {
  test("returns what aiter() of the object returns", () => {
    const iterator = new OneTwo();
    expect(aiter({ aiter: () => iterator })).toBe(iterator);
  });

  test("returns an asyncio iterator for a native async iterable", () =>
    run(
      (function* () {
        async function* native() {
          yield "a";
        }
        const iterator = aiter(native());
        expect(yield* iterator.anext()).toBe("a");
        expect(yield* errorOf(iterator.anext())).toBeInstanceOf(StopAsyncIteration);
      })(),
    ));

  test("prefers aiter() to Symbol.asyncIterator", () => {
    const g = two();
    expect(aiter(g)).toBe(g);
  });

  const refused: [unknown, string][] = [
    [5, "5 is not an async iterable."],
    [null, "null is not an async iterable."],
    [[1], "use for (const item of x)"],
    ["text", "use for (const item of x)"],
    [two, "Call it: pass f(), not f."],
    [sleep(1), "Wait for it first: pass yield* x."],
    [Promise.resolve(), "pass yield* fromPromise(promise)"],
    [{ anext() {} }, "It has anext(), but no aiter(): add aiter() { return this; }."],
    [{}, "It has neither aiter() nor [Symbol.asyncIterator]()."],
  ];
  test.each(refused)("refuses %s, and says what to do", (value, message) => {
    expect(() => aiter(value as never)).toThrow(TypeError);
    expect(() => aiter(value as never)).toThrow(message);
  });

  test("refuses an aiter() that returns no iterator", () => {
    expect(() => aiter({ aiter: () => 5 as never })).toThrow("returned 5, which has no anext().");
    const generator = { *aiter() {} };
    expect(() => aiter(generator as never)).toThrow("Write aiter() as a plain method, not as a function*.");
  });
});

describe("anext", () => {
  test("yields the items, then throws StopAsyncIteration", () =>
    simulate(function* () {
      for (const iterator of [two(), new OneTwo()]) {
        expect(yield* anext(iterator)).toBe(1);
        expect(yield* anext(iterator)).toBe(2);
        expect(yield* errorOf(anext(iterator))).toBeInstanceOf(StopAsyncIteration);
      }
    }));

  test("returns the fallback at the end, undefined too", () =>
    simulate(function* () {
      const g = two();
      expect(yield* anext(g, "end")).toBe(1);
      expect(yield* anext(g, "end")).toBe(2);
      expect(yield* anext(g, "end")).toBe("end");
      expect(yield* anext(g, undefined)).toBe(undefined);
    }));

  test("an error of the iterator comes out, whatever the fallback", () =>
    simulate(function* () {
      const error = new TypeError("t");
      const bad = asyncGenerator(function* (): Generator<number, void, unknown> {
        throw error;
      });
      expect(yield* errorOf(anext(bad(), "end"))).toBe(error);
    }));

  test("can be made a task", () =>
    simulate(function* () {
      const g = two();
      expect(yield* createTask(anext(g))).toBe(1);
      expect(yield* ensureFuture(anext(g, null))).toBe(2);
    }));

  test("takes a native async iterator", () =>
    run(
      (function* () {
        const native = (async function* () {
          yield "a";
        })();
        expect(yield* anext(native)).toBe("a");
        expect(yield* anext(native, "end")).toBe("end");
      })(),
    ));

  test("refuses what is no async iterator, at once", () => {
    expect(() => anext(5 as never)).toThrow(new TypeError("5 is not an async iterator."));
    expect(() => anext([1] as never)).toThrow("use for (const item of x)");
    expect(() => anext({ aiter: () => new OneTwo() } as never)).toThrow("pass aiter(x)");
  });
});
