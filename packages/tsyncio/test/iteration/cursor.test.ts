import {
  asCompleted,
  asyncGenerator,
  type Coroutine,
  createTask,
  cursor,
  RuntimeError,
  StopAsyncIteration,
  sleep,
  type Task,
} from "tsyncio";
import { describe, expect, test } from "vitest";
import { errorOf, simulate, turns } from "../support.ts";

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

/** An async iterator of the user's, as Python's classes with `__aiter__` and `__anext__`. */
class Counter {
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

test("goes through an async generator; value is the item found last", () =>
  simulate(function* () {
    const seen: number[] = [];
    const c = cursor(count(3));
    while (yield* c.next()) seen.push(c.value);
    expect(seen).toEqual([0, 1, 2]);
    expect(c.value).toBe(2);
    expect(yield* c.next()).toBe(false);
  }));

test("goes through an iterator of the user's", () =>
  simulate(function* () {
    const seen: number[] = [];
    const c = cursor(new Counter(3));
    while (yield* c.next()) seen.push(c.value);
    expect(seen).toEqual([0, 1, 2]);
  }));

test("goes through the futures of asCompleted, in the order in which they end", () =>
  simulate(function* () {
    const seen: number[] = [];
    const tasks = [3, 1, 2].map((d) => createTask(sleep(d, d)));
    const c = cursor(asCompleted(tasks));
    while (yield* c.next()) seen.push(tasks.indexOf(c.value as Task<number>));
    expect(seen).toEqual([1, 2, 0]);
  }));

test("leaving the loop does not close the source: another cursor goes on where the first one stopped", () =>
  simulate(function* () {
    const log: string[] = [];
    const g = count(3, log);
    const c = cursor(g);
    while (yield* c.next()) if (c.value === 1) break;
    expect(log).toEqual([]);
    const rest = cursor(g);
    expect(yield* rest.next()).toBe(true);
    expect(rest.value).toBe(2);
  }));

test("aclose() closes an async generator", () =>
  simulate(function* () {
    const log: string[] = [];
    const c = cursor(count(3, log));
    yield* c.next();
    yield* c.aclose();
    expect(log).toEqual(["closed"]);
    expect(yield* c.next()).toBe(false);
  }));

test("aclose() leaves an iterator of the user's alone", () =>
  simulate(function* () {
    const c = cursor(new Counter(3));
    yield* c.next();
    yield* c.aclose();
    expect(yield* c.next()).toBe(true);
    expect(c.value).toBe(1);
  }));

test("an error of the source comes out of next()", () =>
  simulate(function* () {
    const error = new TypeError("t");
    const g = asyncGenerator(function* () {
      yield 1;
      throw error;
    });
    const c = cursor(g());
    yield* c.next();
    expect(yield* errorOf(c.next())).toBe(error);
    expect(yield* c.next()).toBe(false);
  }));

test("next() does nothing before it is awaited, and two of them are two steps", () =>
  simulate(function* () {
    const c = cursor(count(3));
    const first = c.next();
    const second = c.next();
    yield* second;
    expect(c.value).toBe(0);
    yield* first;
    expect(c.value).toBe(1);
  }));

describe("of an async generator", () => {
  test("two tasks cannot go on at the same time", () =>
    simulate(function* () {
      const c = cursor(count(3));
      const first = createTask(c.next());
      yield* turns(1);
      expect(yield* errorOf(c.next())).toEqual(new RuntimeError("anext(): asynchronous generator is already running"));
      expect(yield* first).toBe(true);
      expect(c.value).toBe(0);
    }));

  test("after a step was cancelled the iteration has ended", () =>
    simulate(function* () {
      const log: string[] = [];
      const c = cursor(count(3, log));
      const step = createTask(c.next());
      yield* turns(1);
      step.cancel();
      yield* errorOf(step);
      expect(log).toEqual(["closed"]);
      expect(yield* c.next()).toBe(false);
    }));

  test("a step returns its answer once", () =>
    simulate(function* () {
      const c = cursor(count(3));
      const step = c.next();
      yield* step;
      expect(((yield* errorOf(step)) as Error).message).toBe("cannot reuse already awaited next() of a cursor");
    }));
});

test("an iterator whose anext() returns no awaitable is a TypeError that says how to write it", () =>
  simulate(function* () {
    const bad = { aiter: () => bad, anext: () => 5 as never };
    const error = (yield* errorOf(cursor(bad).next())) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain("Write it as *anext() { … }.");
  }));
