/** Native code awaits whatever coroutine a function of tsyncio returns. */

import * as tsyncio from "tsyncio";
import {
  anext,
  asCompleted,
  asyncFilter,
  asyncFor,
  asyncGenerator,
  asyncMap,
  asyncWith,
  Barrier,
  Condition,
  coroutine,
  createTask,
  cursor,
  Event,
  Future,
  fromAsyncIterable,
  fromPromise,
  fromReadableStream,
  fromWritableStream,
  getRunningLoop,
  iscoroutinefunction,
  Lock,
  newEventLoop,
  Queue,
  run,
  Semaphore,
  sleep,
  TaskGroup,
  timeout,
  toArray,
  toMap,
  toSet,
  wait,
  waitFor,
} from "tsyncio";
import * as testing from "tsyncio/testing";
import { describe, expect, it } from "vitest";
import { rejection } from "../support.ts";

const letters = asyncGenerator(function* () {
  yield* sleep(0);
  yield "a";
  yield "b";
});

function* letter() {
  return yield* sleep(0, "x");
}

async function* numbers() {
  yield 1;
}

class Pair {
  anext() {
    return sleep(0, [1, 2] as const);
  }
  aiter() {
    return this;
  }
}

function filled<T>(...items: T[]): Queue<T> {
  const queue = new Queue<T>();
  for (const item of items) queue.putNowait(item);
  return queue;
}

function isSet(): Event {
  const event = new Event();
  event.set();
  return event;
}

const sink = () => fromWritableStream(new WritableStream<string>());
const lock = new Lock();
const oneBarrier = () => new Barrier(1);
const closedLoop = newEventLoop();

/** What is awaited, and what comes of it. Each begins outside of tasks, unless it needs the loop that runs. */
const coroutines: Record<string, [made: () => PromiseLike<unknown>, result: unknown]> = {
  "sleep of a turn": [() => sleep(0, "x"), "x"],
  "sleep of a while": [() => sleep(0.001, "x"), "x"],
  asyncFor: [() => asyncFor(letters(), () => sleep(0)), undefined],
  asyncWith: [() => asyncWith(lock, () => sleep(0, "x")), "x"],
  toArray: [() => toArray(letters()), ["a", "b"]],
  toSet: [() => toSet(letters()), new Set(["a", "b"])],
  toMap: [() => toMap(asyncMap(letters(), (letter) => [letter, 1] as const)), new Map(Object.entries({ a: 1, b: 1 }))],
  wait: [() => wait([sleep(0)], { timeout: 0 }), [expect.any(Set), expect.any(Set)]],
  waitFor: [() => waitFor(sleep(0, "x"), 5), "x"],
  "a coroutine function": [() => coroutine(letter)(), "x"],
  "anext of an async generator": [() => letters().anext(), "a"],
  "asend of an async generator": [() => letters().asend(null), "a"],
  "athrow of an async generator": [() => letters().athrow(new Error("x")).then(null, String), "Error: x"],
  "aclose of an async generator": [() => letters().aclose(), undefined],
  "anext()": [() => anext(letters()), "a"],
  "anext() with a fallback": [
    () =>
      anext(
        asyncFilter(letters(), () => false),
        "none",
      ),
    "none",
  ],
  "anext of a native iterator": [() => fromAsyncIterable(numbers()).anext(), 1],
  "aclose of a native iterator": [() => fromAsyncIterable(numbers()).aclose(), undefined],
  "next of a cursor of a generator": [() => cursor(letters()).next(), true],
  "next of a cursor": [() => cursor(new Pair()).next(), true],
  "aclose of a cursor": [() => cursor(new Pair()).aclose(), undefined],
  "put of a queue": [() => new Queue().put(1), undefined],
  "get of a queue": [() => filled(1).get(), 1],
  "join of a queue": [() => new Queue().join(), undefined],
  "wait of an event": [() => isSet().wait(), true],
  "acquire of a lock": [() => new Lock().acquire(), expect.any(Lock)],
  "acquire of a semaphore": [() => new Semaphore(1).acquire(), expect.any(Semaphore)],
  "acquire of a condition": [() => new Condition().acquire(), expect.any(Lock)],
  "wait of a barrier": [() => oneBarrier().wait(), 0],
  "reset of a barrier": [() => oneBarrier().reset(), undefined],
  "abort of a barrier": [() => oneBarrier().abort(), undefined],
  "shutdownAsyncgens of a loop": [() => closedLoop.shutdownAsyncgens(), undefined],
  "shutdownDefaultExecutor of a loop": [() => closedLoop.shutdownDefaultExecutor(), undefined],
  "anext of a stream": [() => fromReadableStream(new Blob(["x"]).stream()).anext(), new Uint8Array([120])],
  "write of a stream": [() => sink().write("x"), undefined],
  "close of a stream": [() => sink().close(), undefined],
  "abort of a stream": [() => sink().abort(), undefined],
};

describe("await of native code", () => {
  it.each(Object.entries(coroutines))("takes %s", async (_, [make, result]) => {
    expect(await make()).toEqual(result);
  });

  it.each(Object.entries(coroutines))("takes catch() and finally() of %s", async (_, [make, result]) => {
    const log: string[] = [];
    const made = make() as Promise<unknown>; // one of the table is a promise
    const caught = made.catch(() => log.push("caught"));
    expect(await caught.finally(() => log.push("finally"))).toEqual(result);
    const failing = (make() as Promise<unknown>).finally(() => {
      throw new RangeError("from finally");
    });
    expect(await failing.catch(() => log.push("caught"))).toBe(2);
    expect(log).toEqual(["finally", "caught"]);
  });

  it("takes catch() and finally() of futures and tasks, whose errors count as retrieved", async () => {
    const log: unknown[] = [];
    await run(
      (function* () {
        const loop = getRunningLoop();
        loop.setExceptionHandler((_, context) => log.push(context.message));
        const failing = createTask(
          (function* () {
            yield* sleep(0);
            throw new RangeError("x");
          })(),
        );
        const future = new Future<number>();
        const caught = failing.catch(String).finally(() => log.push("finally"));
        future.setResult(1);
        log.push(yield* fromPromise(caught), yield* fromPromise(future.finally(() => log.push("future"))));
      })(),
    );
    expect(log).toEqual(["finally", "future", "RangeError: x", 1]);
  });

  it("takes what fromPromise returns, and what a condition waits with", async () => {
    // Their types say less than they have: native code awaits the promise itself.
    expect(await (fromPromise(Promise.resolve(1)) as unknown as PromiseLike<number>)).toBe(1);
    const condition = new Condition();
    await condition.acquire();
    expect(await condition.waitFor(() => "x")).toBe("x");
    const notified = condition.wait().then((value) => value);
    await sleep(0.001);
    await condition.acquire();
    condition.notify();
    condition.release();
    expect(await notified).toBe(true);
  });

  it("takes both forms of asCompleted", () =>
    run(
      (function* () {
        yield* fromPromise(async () => {
          const [first, ...rest] = [...asCompleted([sleep(0, "x"), sleep(0, "y")])];
          expect(await first).toBe("x");
          expect(await rest[0]).toBe("y");
        });
        expect(yield* fromPromise(async () => asCompleted([sleep(0, 1)]).anext())).toBe(1);
      })(),
    ));

  it("takes the entering of context managers", async () => {
    expect(await (lock.aenter() as unknown as PromiseLike<void>)).toBeUndefined();
    expect(await (lock.aexit() as unknown as PromiseLike<void>)).toBeUndefined();
    const [group, soon] = [new TaskGroup(), timeout(null)];
    expect(await (group.aenter() as unknown as PromiseLike<TaskGroup>)).toBe(group);
    expect(await (soon.aenter() as unknown as PromiseLike<unknown>)).toBe(soon);
  });

  it("takes every generator function and method that tsyncio exports", () => {
    const found = Object.entries({ ...tsyncio, ...testing }).flatMap(([name, value]) => {
      const { prototype } = value as { prototype?: object };
      const members = Object.entries(Object.getOwnPropertyDescriptors(prototype ?? {}));
      return [[name, value] as const, ...members.map(([key, { value }]) => [`${name}.${key}`, value] as const)];
    });
    const functions = found.filter(([, value]) => iscoroutinefunction(value)) as [string, { prototype: object }][];
    expect(functions.map(([name]) => name)).toEqual(expect.arrayContaining(["toThread", "Queue.join", "advance"]));
    expect(functions.filter(([, { prototype }]) => !("then" in prototype)).map(([name]) => name)).toEqual([]);
  });

  it("begins at once what native code calls then() of, as what an async function returns has begun", async () => {
    const log: string[] = [];
    const f = coroutine(function* (name: string) {
      log.push(`${name} begins`);
      yield* sleep(0);
      log.push(`${name} ends`);
    });
    const a = f("a");
    log.push("called");
    const ended = a.then(() => log.push("then"));
    log.push("after then");
    await ended;
    expect(log).toEqual(["called", "a begins", "after then", "a ends", "then"]);

    log.length = 0;
    const inside = coroutine(function* () {
      yield* sleep(0);
      const ended = f("b").then(() => log.push("then"));
      log.push("after then");
      yield* fromPromise(Promise.resolve(ended));
    });
    await run(inside());
    expect(log).toEqual(["b begins", "after then", "b ends", "then"]);
  });

  it("runs what Promise.all waits for at the same time", async () => {
    const gate = new Event();
    const opening = coroutine(function* () {
      gate.set();
      yield* sleep(0);
      return "opened";
    });
    expect(await Promise.all([gate.wait(), opening(), sleep(0, "x")])).toEqual([true, "opened", "x"]);
  });

  it("is rejected with the error of the coroutine, and the second time", async () => {
    const failing = waitFor(
      (function* () {
        yield* sleep(0);
        throw new RangeError("x");
      })(),
      5,
    );
    expect(await rejection(failing)).toEqual(new RangeError("x"));
    const once = sleep(0.001, "x");
    expect(await once).toBe("x");
    expect(String(await rejection(once))).toContain("cannot reuse already awaited");
    const generator = waitFor(sleep(0), 1);
    await generator;
    expect(String(await rejection(generator))).toContain("cannot reuse already awaited");
  });
});
