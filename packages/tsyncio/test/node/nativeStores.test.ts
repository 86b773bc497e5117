/** The `AsyncLocalStorage` of native code in what it has begun: as it is, without `keepAsyncLocalStorage()`. */

import { AsyncLocalStorage } from "node:async_hooks";
import { Writable } from "node:stream";
import pino from "pino";
import {
  asyncFor,
  asyncGenerator,
  asyncWith,
  type Coroutine,
  coroutine,
  createTask,
  Event,
  fromPromise,
  gather,
  getRunningLoop,
  run,
  sleep,
  TaskGroup,
  toAsyncIterable,
  toPromise,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { rejection } from "../support.ts";

const storage = new AsyncLocalStorage<string>();
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Where the storage is read: each line is a place in a coroutine of a request. */
function* request(log: (string | undefined)[], wakeUp: Event): Coroutine<void> {
  const see = () => log.push(storage.getStore());
  see();
  yield* sleep(0);
  see();
  yield* sleep(0.001);
  see();
  yield* wakeUp.wait(); // another request, or main, wakes it
  see();
  yield* fromPromise(storage.run("a promise's", () => pause(1)));
  see();
  yield* asyncWith(new TaskGroup(), function* (group) {
    group.createTask(child(see));
    createTask(child(see));
    yield* sleep(0.002);
  });
  yield* gather(child(see), child(see));
  const generated = asyncGenerator(function* () {
    see();
    yield* sleep(0);
    see();
    yield 1;
  });
  yield* asyncFor(generated(), function* () {
    yield* sleep(0);
    see();
  });
  const called = getRunningLoop().createFuture<void>();
  getRunningLoop().callLater(0.001, () => {
    see();
    getRunningLoop().callSoon(() => called.setResult());
  });
  called.addDoneCallback(see);
  yield* called;
  const cancelled = createTask(cleanUp(see));
  yield* sleep(0);
  cancelled.cancel();
  yield* gather(cancelled, { returnExceptions: true });
  see();
}

function* child(see: () => void): Coroutine<void> {
  yield* sleep(0);
  see();
}

function* cleanUp(see: () => void): Coroutine<void> {
  try {
    yield* sleep(60);
  } finally {
    see();
    yield* sleep(0.001);
    see();
  }
}

const READS = 17;

/** Several requests, each in a context of its own, woken by code in another. */
async function requests(begin: (log: (string | undefined)[], wakeUp: Event) => Promise<unknown>): Promise<void> {
  const logs: (string | undefined)[][] = [];
  const wakeUps: Event[] = [];
  const outcomes = ["a", "b", "c"].map((name) => {
    const log: (string | undefined)[] = [];
    const wakeUp = new Event();
    logs.push(log);
    wakeUps.push(wakeUp);
    return storage.run(name, () => begin(log, wakeUp));
  });
  while (logs.some((log) => log.length < 3)) await pause(1);
  await storage.run("the waker's", () =>
    toPromise(
      (function* () {
        for (const wakeUp of wakeUps) wakeUp.set();
      })(),
    ),
  );
  await Promise.all(outcomes);
  expect(logs).toEqual(["a", "b", "c"].map((name) => Array(READS).fill(name)));
}

describe("AsyncLocalStorage in what native code has begun", () => {
  const ways: [string, (log: (string | undefined)[], wakeUp: Event) => Promise<unknown>][] = [
    ["toPromise()", (log, wakeUp) => toPromise(request(log, wakeUp))],
    ["await", async (log, wakeUp) => await coroutine(request)(log, wakeUp)],
  ];
  it.each(ways)("is that of the caller, wherever it is read: %s", (_, begin) => requests(begin));

  it.each(ways)("is so on the loop of a run() that is alive: %s", async (_, begin) => {
    const stop = new Event();
    const main = storage.run("main", () =>
      run(
        (function* () {
          yield* stop.wait();
          return storage.getStore();
        })(),
      ),
    );
    await requests(begin);
    await toPromise(
      (function* () {
        stop.set();
      })(),
    );
    expect(await main).toBe("main");
  });

  it("is that of each next() in an async generator of ours", async () => {
    const seen: (string | undefined)[] = [];
    const source = asyncGenerator(function* () {
      try {
        for (let i = 0; ; i++) {
          yield* sleep(0.001);
          seen.push(storage.getStore());
          yield i;
        }
      } finally {
        yield* sleep(0);
        seen.push(storage.getStore());
      }
    });
    const iterator = toAsyncIterable(source())[Symbol.asyncIterator]();
    for (const name of ["x", "y"]) await storage.run(name, () => iterator.next());
    await storage.run("z", () => iterator.return?.());
    expect(seen).toEqual(["x", "y", "z"]);
  });

  it("keeps what a coroutine enters, for itself and for its tasks only", async () => {
    function* enters(): Coroutine<(string | undefined)[]> {
      storage.enterWith("entered");
      yield* sleep(0.001);
      return [storage.getStore(), yield* createTask(read())];
    }
    function* read(): Coroutine<string | undefined> {
      yield* sleep(0);
      return storage.getStore();
    }
    const [entered, other] = await storage.run("caller", () => Promise.all([toPromise(enters()), toPromise(read())]));
    expect([entered, other, storage.getStore()]).toEqual([["entered", "entered"], "caller", undefined]);
  });

  it("is undefined where the caller has none, whatever another has", async () => {
    const first = storage.run("first", () => toPromise(sleep(0.005)));
    const second = await toPromise(
      (function* () {
        yield* sleep(0.001);
        return storage.getStore();
      })(),
    );
    await first;
    expect(second).toBe(undefined);
  });

  it("holds no store when the work is over", async () => {
    const stores = new AsyncLocalStorage<object>();
    const refs: WeakRef<object>[] = [];
    const begin = (): Promise<void> => {
      const store = { of: "a request" };
      refs.push(new WeakRef(store));
      return stores.run(store, () => toPromise(sleep(0.001)));
    };
    await Promise.all([begin(), begin()]);
    const { gc } = globalThis as unknown as { gc(): void };
    let left = refs.length;
    for (let i = 0; i < 50 && left > 0; i++) {
      await pause(1); // what was looked at in a turn lives to its end
      gc();
      left = refs.filter((ref) => ref.deref() !== undefined).length;
    }
    expect(left).toBe(0);
  });

  it("names the request in each line of a logger, as pino's mixin does", async () => {
    const lines: { request: string; msg: string }[] = [];
    const target = new Writable({
      write(chunk, _encoding, done) {
        lines.push(JSON.parse(String(chunk)));
        done();
      },
    });
    const log = pino({ base: null, mixin: () => ({ request: storage.getStore() }) }, target);
    function* handler(): Coroutine<void> {
      log.info("begun");
      yield* gather(sleep(0.001), step());
      throw new Error("no such user");
    }
    function* step(): Coroutine<void> {
      yield* sleep(0);
      log.info("a step");
    }
    const handled = ["r1", "r2"].map((name) =>
      storage.run(name, async () => {
        const error = await rejection(toPromise(handler()));
        log.error(String(error));
      }),
    );
    await Promise.all(handled);
    for (const name of ["r1", "r2"]) {
      const own = lines.filter((line) => line.request === name).map((line) => line.msg);
      expect(own).toEqual(["begun", "a step", "Error: no such user"]);
    }
    expect(lines.length).toBe(6);
  });
});
