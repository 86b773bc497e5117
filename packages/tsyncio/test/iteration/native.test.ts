import {
  asyncGenerator,
  ContextVar,
  type Coroutine,
  cursor,
  EventLoop,
  fromAsyncIterable,
  getRunningLoop,
  isCancelled,
  newEventLoop,
  PlatformHost,
  RuntimeError,
  run,
  StopAsyncIteration,
  sleep,
  toArray,
  toAsyncIterable,
  waitFor,
} from "tsyncio";
import { describe, expect, test } from "vitest";
import { errorOf, rejection, turns } from "../support.ts";

const count = asyncGenerator(function* (n: number, log: string[] = []) {
  try {
    for (let i = 0; i < n; i++) {
      yield* sleep(0.001);
      yield i;
    }
  } finally {
    yield* sleep(0);
    log.push("closed");
  }
});

class Counter {
  private n = 0;
  aiter(): this {
    return this;
  }
  *anext(): Coroutine<number> {
    if (this.n === 3) throw new StopAsyncIteration();
    yield* sleep(0);
    return this.n++;
  }
}

/** Runs native code inside a loop, and waits for it. */
function inLoop<T>(native: () => Promise<T>): Promise<T> {
  return run(
    (function* () {
      const future = getRunningLoop().createFuture<T>();
      native().then(
        (value) => future.setResult(value),
        (error) => future.setException(error),
      );
      return yield* future;
    })(),
  );
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe("for await over an async generator", () => {
  test("in native code that a coroutine has called", async () => {
    expect(await inLoop(() => collect(count(3)))).toEqual([0, 1, 2]);
  });

  test("in native code that came back from a promise: the loop that is alive is used", async () => {
    const items = await inLoop(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return collect(count(3));
    });
    expect(items).toEqual([0, 1, 2]);
  });

  test("without any run(): all items are fetched on one loop, which stays open for other native code", async () => {
    const loops: EventLoop[] = [];
    const g = asyncGenerator(function* () {
      for (let i = 0; i < 3; i++) {
        loops.push(getRunningLoop());
        yield* sleep(0);
        yield i;
      }
    });
    expect(await collect(g())).toEqual([0, 1, 2]);
    expect(new Set(loops).size).toBe(1);
    expect(loops[0]?.isClosed()).toBe(false);
  });

  test("break closes the generator, in a loop and without one", async () => {
    for (const where of [inLoop, <T>(native: () => Promise<T>) => native()]) {
      const log: string[] = [];
      await where(async () => {
        for await (const i of count(3, log)) if (i === 1) break;
        expect(log).toEqual(["closed"]);
      });
    }
  });

  test("an error of the generator comes out", async () => {
    const error = new TypeError("t");
    const failing = asyncGenerator(function* () {
      yield 1;
      throw error;
    });
    expect(await rejection(inLoop(() => collect(failing())))).toBe(error);
    expect(await rejection(collect(failing()))).toBe(error);
  });

  test("all steps share one context", async () => {
    const v = new ContextVar<number>("v", { default: 0 });
    const g = asyncGenerator(function* () {
      for (let i = 0; i < 3; i++) {
        yield v.get();
        v.set(v.get() + 1);
      }
    });
    expect(await inLoop(() => collect(g()))).toEqual([0, 1, 2]);
    expect(v.get()).toBe(0);
  });

  test("several next() at once are answered one after the other", async () => {
    const results = await inLoop(() => {
      const iterator = count(2)[Symbol.asyncIterator]();
      return Promise.all([iterator.next(), iterator.next(), iterator.next()]);
    });
    expect(results).toEqual([
      { done: false, value: 0 },
      { done: false, value: 1 },
      { done: true, value: undefined },
    ]);
  });

  test("throw() throws at the yield", async () => {
    const g = asyncGenerator(function* () {
      try {
        yield 1;
      } catch (error) {
        yield (error as Error).message;
      }
    });
    const result = await inLoop(async () => {
      const iterator = g()[Symbol.asyncIterator]();
      await iterator.next();
      return await iterator.throw?.(new Error("thrown"));
    });
    expect(result).toEqual({ done: false, value: "thrown" });
  });
});

describe("toAsyncIterable", () => {
  test("makes a native iterable of an object with aiter()", async () => {
    expect(await inLoop(() => collect(toAsyncIterable(new Counter())))).toEqual([0, 1, 2]);
  });

  test("asks for a new iterator each time", async () => {
    const source = { aiter: () => new Counter() };
    const iterable = toAsyncIterable(source);
    expect(await inLoop(async () => [await collect(iterable), await collect(iterable)])).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
  });

  test("returns a native iterable as it is", () => {
    const native = (async function* () {})();
    expect(toAsyncIterable(native)).toBe(native);
  });

  test("throw() of an iterator that cannot be thrown into rejects with the error", async () => {
    const error = new TypeError("t");
    const iterator = toAsyncIterable(new Counter())[Symbol.asyncIterator]();
    expect(await rejection(inLoop(async () => iterator.throw?.(error)))).toBe(error);
  });

  test("refuses anything else", () => {
    expect(() => toAsyncIterable([1] as never)).toThrow("toAsyncIterable expects an object with aiter()");
    expect(() => toAsyncIterable(null as never)).toThrow(TypeError);
  });
});

describe("fromAsyncIterable", () => {
  /** Its items come by calls of `give`. */
  function manual() {
    const asked: ((result: IteratorResult<string>) => void)[] = [];
    let closed = 0;
    const native: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise((resolve) => asked.push(resolve)),
        return: async () => {
          closed++;
          return { done: true, value: undefined };
        },
      }),
    };
    const give = (value: string) => asked.shift()?.({ done: false, value });
    return { native, give, asked, closed: () => closed };
  }

  test("returns an asyncio iterator", () =>
    run(
      (function* () {
        async function* native() {
          yield 1;
          yield 2;
        }
        const source = fromAsyncIterable(native());
        expect(source.aiter()).toBe(source);
        expect(yield* source.anext()).toBe(1);
        expect(yield* source.anext()).toBe(2);
        expect(yield* errorOf(source.anext())).toBeInstanceOf(StopAsyncIteration);
        expect(yield* errorOf(source.anext())).toBeInstanceOf(StopAsyncIteration);
      })(),
    ));

  test("takes a web stream", () =>
    run(
      (function* () {
        const stream = new ReadableStream<number>({
          start(controller) {
            controller.enqueue(1);
            controller.enqueue(2);
            controller.close();
          },
        });
        expect(yield* toArray(stream as unknown as AsyncIterable<number>)).toEqual([1, 2]);
      })(),
    ));

  test("a cancelled anext() loses no item: the next one gets it", () =>
    run(
      (function* () {
        const { native, give, asked } = manual();
        const source = fromAsyncIterable(native);
        yield* errorOf(waitFor(source.anext(), 0.001));
        expect(asked).toHaveLength(1);
        give("late");
        expect(yield* source.anext()).toBe("late");
        expect(asked).toHaveLength(0);
      })(),
    ));

  test("an error of the iterator comes out, and the next anext() asks again", () =>
    run(
      (function* () {
        const error = new TypeError("t");
        let calls = 0;
        const source = fromAsyncIterable({
          [Symbol.asyncIterator]: () => ({
            next: async () => {
              if (calls++ === 0) throw error;
              return { done: false, value: "on" } as const;
            },
          }),
        });
        expect(yield* errorOf(source.anext())).toBe(error);
        expect(yield* source.anext()).toBe("on");
      })(),
    ));

  test("two tasks cannot wait for an item at the same time", () =>
    run(
      (function* () {
        const { native, give } = manual();
        const source = fromAsyncIterable(native);
        const first = getRunningLoop().createTask(source.anext());
        yield* turns(1);
        expect(yield* errorOf(source.anext())).toBeInstanceOf(RuntimeError);
        give("a");
        expect(yield* first).toBe("a");
      })(),
    ));

  test("aclose() calls return()", () =>
    run(
      (function* () {
        const { native, closed } = manual();
        yield* fromAsyncIterable(native).aclose();
        expect(closed()).toBe(1);
      })(),
    ));

  test("goes back to a native iterable", () =>
    run(
      (function* () {
        async function* native() {
          yield 1;
          yield 2;
        }
        const c = cursor(toAsyncIterable(fromAsyncIterable(native())));
        yield* c.next();
        expect(c.value).toBe(1);
      })(),
    ));

  test("refuses anything else", () => {
    expect(() => fromAsyncIterable([1] as never)).toThrow("expects an object with [Symbol.asyncIterator]");
  });
});

test("with several loops alive, native code between turns has to say which: the iterator made in a loop knows", async () => {
  const other = new EventLoop({ host: new PlatformHost() });
  const forever = other.runForever();
  const loop = newEventLoop();
  const items = await loop.runUntilComplete(
    (function* () {
      const native = collect(count(3));
      const future = getRunningLoop().createFuture<number[]>();
      native.then((value) => future.setResult(value));
      return yield* future;
    })(),
  );
  expect(items).toEqual([0, 1, 2]);
  other.stop();
  await forever;
  loop.close();
  other.close();
});

test("return() while an item is being fetched cancels the fetch, and waits for what the source cleans up", async () => {
  const log: string[] = [];
  const endless = asyncGenerator(function* () {
    try {
      yield 1;
      log.push("waits");
      yield* getRunningLoop().createFuture();
    } finally {
      yield* sleep(0.001);
      log.push("closed");
    }
  });
  await inLoop(async () => {
    const items = toAsyncIterable(endless())[Symbol.asyncIterator]();
    await items.next();
    const waits = items.next();
    const behind = items.next();
    while (log.length === 0) await new Promise((resolve) => setTimeout(resolve));
    await Promise.all([items.return?.(), items.return?.()]);
    expect(log).toEqual(["waits", "closed"]);
    expect(isCancelled(await rejection(waits))).toBe(true);
    const end = { done: true, value: undefined };
    expect([await behind, await items.next()]).toEqual([end, end]);
  });
});
