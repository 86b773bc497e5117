/** What a promise still returns when the task that waited for it has been cancelled: nothing of it is lost. */

import {
  CancelledError,
  type Coroutine,
  createTask,
  Event,
  type ExceptionContext,
  type FromPromiseOptions,
  fromPromise,
  gather,
  getRunningLoop,
  isCancelled,
  Lock,
  newEventLoop,
  run,
  sleep,
  type Task,
  toPromise,
  wait,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, failure, rejection, thrownBy } from "../support.ts";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

interface Watched {
  reports: string[];
  main(body: () => Coroutine<void>): Promise<void>;
}

/** Runs bodies whose loop's reports are kept. */
function watched(): Watched {
  const reports: string[] = [];
  const handler = (_loop: unknown, { message, exception }: ExceptionContext) =>
    reports.push(`${message}: ${String(exception)}`);
  const loopFactory = () => {
    const loop = newEventLoop();
    loop.setExceptionHandler(handler);
    return loop;
  };
  return { reports, main: (body) => run(body(), { loopFactory }) };
}

/** A promise that the test settles. */
function deferred<T>() {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** A task that waits for the promise, and is cancelled. */
function* cancelledWait<T>(promise: Promise<T>, options?: FromPromiseOptions<T>): Coroutine<Task<T>> {
  const task = createTask(fromPromise(promise, options));
  yield* sleep(0);
  task.cancel("enough");
  return task;
}

/** Waits for the condition itself. */
function* until(condition: () => boolean): Coroutine<void> {
  while (!condition()) yield* sleep(0.001);
}

class Disposable {
  readonly log: string[];
  constructor(log: string[]) {
    this.log = log;
  }
  [Symbol.dispose]() {
    this.log.push("disposed");
  }
}

class AsyncDisposable extends Disposable {
  async [Symbol.asyncDispose]() {
    await pause(1);
    this.log.push("disposed asynchronously");
  }
}

describe("a late value", () => {
  it("goes to late(), once", async () => {
    const { main, reports } = watched();
    const got: string[] = [];
    await main(function* () {
      const { promise, resolve } = deferred<string>();
      const task = yield* cancelledWait(promise, { late: (value) => got.push(value) });
      yield* wait([task]);
      resolve("connection");
      yield* until(() => got.length > 0);
      yield* sleep(0.005);
      expect(task.cancelled()).toBe(true);
    });
    expect([got, reports]).toEqual([["connection"], []]);
  });

  it("goes to late() when it arrives in the very turn of the cancellation, on both sides of it", async () => {
    const { main } = watched();
    const got: string[] = [];
    await main(function* () {
      for (const first of ["value", "cancel"]) {
        const { promise, resolve } = deferred<string>();
        const task = createTask(fromPromise(promise, { late: (value) => got.push(value) }));
        yield* sleep(0);
        const cancel = promise.then(() => task.cancel());
        if (first === "cancel") task.cancel();
        resolve(`${first} first`);
        yield* fromPromise(cancel);
        yield* wait([task]);
        expect(task.cancelled()).toBe(true);
      }
      yield* until(() => got.length === 2);
    });
    expect(got).toEqual(["value first", "cancel first"]);
  });

  it("goes to late() if the task is cancelled before it begins", async () => {
    const { main } = watched();
    const got: string[] = [];
    await main(function* () {
      const task = createTask(fromPromise(Promise.resolve("early"), { late: (value) => got.push(value) }));
      task.cancel();
      yield* wait([task]);
      yield* until(() => got.length > 0);
    });
    expect(got).toEqual(["early"]);
  });

  it("goes to late() of a function's promise, and of a timeout", async () => {
    const { main } = watched();
    const got: unknown[] = [];
    await main(function* () {
      const { promise, resolve } = deferred<void>();
      const work = fromPromise((signal) => promise.then(() => ["late", signal.aborted] as const), {
        late: (value) => got.push(...value),
      });
      yield* failure(() => waitFor(work, 0.001));
      resolve();
      yield* until(() => got.length > 0);
    });
    expect(got).toEqual(["late", true]);
  });

  it("does not go to late() if the task has got it", async () => {
    const { main } = watched();
    const got: number[] = [];
    await main(function* () {
      const taken = new Event();
      function* body(): Coroutine<void> {
        yield* fromPromise(Promise.resolve(1), { late: (value) => got.push(value) });
        taken.set();
        yield* sleep(60);
      }
      const task = createTask(body());
      yield* taken.wait();
      task.cancel();
      yield* wait([task]);
      yield* sleep(0.002);
    });
    expect(got).toEqual([]);
  });

  it("is disposed of where there is no late(), asynchronously if it can be", async () => {
    const { main, reports } = watched();
    const log: string[] = [];
    await main(function* () {
      for (const value of [new Disposable(log), new AsyncDisposable(log), "a string", null, undefined, {}]) {
        const before = log.length;
        const { promise, resolve } = deferred<unknown>();
        yield* wait([yield* cancelledWait(promise)]);
        resolve(value);
        if (value instanceof Disposable) yield* until(() => log.length > before);
      }
    });
    expect([log, reports]).toEqual([["disposed", "disposed asynchronously"], []]);
  });

  it("is not disposed of where late() is given, or where another task has the same promise", async () => {
    const { main } = watched();
    const log: string[] = [];
    await main(function* () {
      const given = deferred<Disposable>();
      yield* wait([yield* cancelledWait(given.promise, { late: () => log.push("given back") })]);
      given.resolve(new Disposable(log));

      const shared = deferred<Disposable>();
      const others = [createTask(fromPromise(shared.promise)), createTask(fromPromise(() => shared.promise))];
      yield* wait([yield* cancelledWait(shared.promise)]);
      shared.resolve(new Disposable(log));
      yield* gather(...others);
      yield* sleep(0.005);
    });
    expect(log).toEqual(["given back"]);
  });

  it("is not disposed of where a task waits for the promise that came after the cancelled one, or has got it long ago", async () => {
    const { main } = watched();
    const log: string[] = [];
    await main(function* () {
      const shared = deferred<Disposable>();
      yield* wait([yield* cancelledWait(shared.promise)]);
      const after = createTask(fromPromise(shared.promise));
      yield* sleep(0);
      shared.resolve(new Disposable(log));
      yield* after;
      yield* wait([yield* cancelledWait(shared.promise)]);
      yield* sleep(0.005);
    });
    expect(log).toEqual([]);
  });

  it("is disposed of once where all the tasks that shared its promise were cancelled", async () => {
    const { main } = watched();
    const log: string[] = [];
    await main(function* () {
      const shared = deferred<Disposable>();
      for (let i = 0; i < 3; i++) yield* wait([yield* cancelledWait(shared.promise)]);
      shared.resolve(new Disposable(log));
      yield* until(() => log.length > 0);
      yield* sleep(0.005);
    });
    expect(log).toEqual(["disposed"]);
  });

  it("finds late() and disposal after the loop has ended too, and their errors its exception handler", async () => {
    const { main, reports } = watched();
    const log: string[] = [];
    const values = [1, 2, 3, 4].map(() => deferred<unknown>());
    await main(function* () {
      const [late, failing, disposable, rejected] = values.map((value) => value.promise);
      createTask(fromPromise(late as Promise<unknown>, { late: (value) => log.push(String(value)) }));
      const fails = function* (): Coroutine<void> {
        yield* sleep(0);
        throw new Error("of late()");
      };
      createTask(fromPromise(failing as Promise<unknown>, { late: fails }));
      createTask(fromPromise(disposable as Promise<unknown>));
      createTask(fromPromise(rejected as Promise<unknown>));
      yield* sleep(0);
    });
    values[0]?.resolve("late");
    values[1]?.resolve("late");
    values[2]?.resolve(new Disposable(log));
    values[3]?.reject(new Error("of the promise"));
    while (log.length + reports.length < 4) await pause(1);
    expect(log).toEqual(["late", "disposed"]);
    expect(reports.sort()).toEqual([
      "A promise was rejected after the task that waited for it had been cancelled: Error: of the promise",
      "late() of fromPromise() has failed: Error: of late()",
    ]);
  });

  it("may be given back by a coroutine, which runs on the loop of the wait, or by an async function", async () => {
    const { main, reports } = watched();
    const log: unknown[] = [];
    await main(function* () {
      const loop = getRunningLoop();
      const lock = new Lock();
      const { promise, resolve } = deferred<string>();
      const ways: ((value: string) => unknown)[] = [
        function* (value): Coroutine<void> {
          using _ = yield* lock.acquire();
          yield* sleep(0.001);
          log.push(value, getRunningLoop() === loop);
        },
        async (value) => {
          await pause(1);
          log.push(value);
        },
      ];
      for (const late of ways) yield* wait([yield* cancelledWait(promise, { late })]);
      resolve("late");
      yield* until(() => log.length === 3);
    });
    expect([log.sort(), reports]).toEqual([["late", "late", true], []]);
  });
});

describe("what goes wrong after a cancellation", () => {
  const boom = (): never => {
    throw new Error("boom");
  };
  const rejects = async () => boom();
  function* fails(): Coroutine<void> {
    yield* sleep(0);
    boom();
  }
  const disposable = { [Symbol.asyncDispose]: rejects };
  const sources: [string, unknown, FromPromiseOptions<unknown>, string][] = [
    ["late() throws", 1, { late: boom }, "late() of fromPromise() has failed"],
    ["late() is an async function", 1, { late: rejects }, "late() of fromPromise() has failed"],
    ["late() is a function*", 1, { late: fails }, "late() of fromPromise() has failed"],
    ["cancel() throws", 1, { cancel: boom }, "cancel() of fromPromise() has failed"],
    ["cancel() is an async function", 1, { cancel: rejects }, "cancel() of fromPromise() has failed"],
    ["cancel() is a function*", 1, { cancel: fails }, "cancel() of fromPromise() has failed"],
    ["dispose throws", { [Symbol.dispose]: boom }, {}, "A late value could not be disposed of"],
    ["asyncDispose rejects", disposable, {}, "A late value could not be disposed of"],
    [
      "the promise is rejected",
      Promise.reject(new Error("boom")),
      {},
      "A promise was rejected after the task that waited for it had been cancelled",
    ],
  ];
  for (const [, value] of sources) if (value instanceof Promise) value.catch(() => {});

  it.each(sources)("is reported to the loop's exception handler, once: %s", async (_, value, options, message) => {
    for (const settle of [null, 60]) {
      const { main, reports } = watched();
      await main(function* () {
        const { promise, resolve } = deferred<unknown>();
        const task = yield* cancelledWait(promise, { ...options, settle });
        yield* sleep(0);
        resolve(value);
        yield* wait([task]);
        yield* until(() => reports.length > 0);
        yield* sleep(0.005);
        expect(task.cancelled()).toBe(true);
      });
      expect(reports).toEqual([`${message}: Error: boom`]);
    }
  });

  it("is reported too if the rejection comes in the turn of the cancellation", async () => {
    const { main, reports } = watched();
    await main(function* () {
      const { promise, reject } = deferred<unknown>();
      const task = createTask(fromPromise(promise));
      yield* sleep(0);
      const cancel = promise.catch(() => task.cancel());
      reject(new Error("boom"));
      yield* fromPromise(cancel);
      yield* wait([task]);
      yield* until(() => reports.length > 0);
      expect(task.cancelled()).toBe(true);
    });
    expect(reports).toEqual([
      "A promise was rejected after the task that waited for it had been cancelled: Error: boom",
    ]);
  });
});

describe("cancel and settle", () => {
  it("cancel() is called once, at the cancellation; not where the promise has settled", async () => {
    const { main } = watched();
    const log: string[] = [];
    await main(function* () {
      const { promise, resolve } = deferred<string>();
      const options = { cancel: () => log.push("stop") };
      const task = createTask(fromPromise(promise, { ...options, settle: 60 }));
      yield* sleep(0);
      expect(log).toEqual([]);
      task.cancel();
      yield* sleep(0);
      task.cancel();
      yield* sleep(0);
      expect(log).toEqual(["stop"]);
      resolve("x");
      yield* wait([task]);
      expect(yield* fromPromise(Promise.resolve(1), options)).toBe(1);
    });
    expect(log).toEqual(["stop"]);
  });

  it("cancel() is not called where the promise settles in the turn of the cancellation", async () => {
    const { main } = watched();
    const log: string[] = [];
    await main(function* () {
      const { promise, resolve } = deferred<string>();
      const task = createTask(
        fromPromise(promise, { settle: 60, cancel: () => log.push("stop"), late: (value) => log.push(value) }),
      );
      yield* sleep(0);
      const cancel = promise.then(() => task.cancel());
      resolve("late");
      yield* fromPromise(cancel);
      yield* wait([task]);
      expect(task.cancelled()).toBe(true);
    });
    expect(log).toEqual(["late"]);
  });

  it("settle: the CancelledError waits until the work, late() and cancel() have ended, and keeps its message", async () => {
    const { main } = watched();
    const log: string[] = [];
    await main(function* () {
      const { promise, resolve } = deferred<string>();
      function* body(): Coroutine<void> {
        try {
          yield* fromPromise(promise, {
            settle: 60,
            cancel: async () => {
              log.push("cancel");
              await pause(1);
              resolve("late");
              while (log.length < 2) await pause(1);
              log.push("cancel answered");
            },
            *late(value) {
              yield* sleep(0.002);
              log.push(value);
            },
          });
        } catch (error) {
          log.push(String(error));
          throw error;
        }
      }
      const task = createTask(body());
      yield* sleep(0);
      task.cancel("enough");
      yield* wait([task]);
      expect(task.cancelled()).toBe(true);
    });
    expect(log).toEqual(["cancel", "late", "cancel answered", "CancelledError: enough"]);
  });

  it("settle: further cancellations do not shorten it, and are counted", async () => {
    const { main } = watched();
    await main(function* () {
      const { promise, resolve } = deferred<string>();
      const task = createTask(fromPromise(promise, { settle: 60 }));
      yield* sleep(0);
      for (let i = 1; i <= 3; i++) {
        task.cancel(`number ${i}`);
        yield* sleep(0.001);
        expect([task.done(), task.cancelling()]).toEqual([false, i]);
      }
      resolve("x");
      expect(String(yield* errorOf(task))).toBe("CancelledError: number 1");
    });
  });

  it("settle: its time is a limit; what comes after it is late all the same", async () => {
    const { main } = watched();
    const got: string[] = [];
    await main(function* () {
      const { promise, resolve } = deferred<string>();
      const task = yield* cancelledWait(promise, { settle: 0.005, late: (value) => got.push(value) });
      yield* wait([task]);
      expect([task.cancelled(), got]).toEqual([true, []]);
      resolve("late");
      yield* until(() => got.length > 0);
    });
    expect(got).toEqual(["late"]);
  });

  it("settle: a timeout waits for it, and says TimeoutError after it", async () => {
    const { main } = watched();
    await main(function* () {
      let settled = false;
      const work = fromPromise(
        (signal) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () =>
              setTimeout(() => {
                settled = true;
                reject(signal.reason);
              }, 5),
            );
          }),
        { settle: 60 },
      );
      expect(((yield* errorOf(waitFor(work, 0.001))) as Error).name).toBe("TimeoutError");
      expect(settled).toBe(true);
    });
  });

  it("settle: the end of run() waits for it, and native callers get what they would get", async () => {
    const { main } = watched();
    const log: string[] = [];
    const { promise, resolve } = deferred<string>();
    let native: Promise<unknown> = Promise.resolve();
    await main(function* () {
      const options = { settle: 60, late: (value: string) => log.push(value), cancel: () => resolve("late") };
      createTask(fromPromise(promise, options));
      native = rejection(toPromise(fromPromise(promise, { settle: 60 })));
      yield* sleep(0);
    });
    expect(log).toEqual(["late"]);
    expect(String(await native)).toBe("CancelledError: run() has ended");
  });

  it("settle: shows in reports what the task waits for, and its stack", async () => {
    const { main } = watched();
    await main(function* () {
      const { promise, resolve } = deferred<string>();
      function* outer(): Coroutine<void> {
        yield* fromPromise(() => promise, { settle: 60 });
      }
      const task = createTask(outer());
      yield* sleep(0);
      task.cancel();
      yield* sleep(0);
      expect(task.getStack().map((frame) => frame.name)).toContain("outer");
      expect(task._waitsFor?._owner?.describeWait?.(task._waitsFor)).toMatch(/^the end of the promise of/);
      resolve("x");
      expect(isCancelled(yield* errorOf(task))).toBe(true);
    });
  });

  it("are checked", () => {
    const call = (options: unknown) => () => fromPromise(Promise.resolve(), options as never);
    expect(String(thrownBy(call({ late: 5 })))).toBe(
      "TypeError: late must be a function that takes a value back, got 5",
    );
    expect(String(thrownBy(call({ cancel: "x" })))).toContain(
      "TypeError: cancel must be a function that stops the work",
    );
    expect(String(thrownBy(call({ settle: "1" })))).toContain("TypeError: settle must be a number of seconds, got");
    for (const settle of [-1, Number.NaN]) expect(String(thrownBy(call({ settle })))).toContain("ValueError");
    expect(String(thrownBy(call({ latr: () => {} })))).toContain(
      'fromPromise has no option "latr": did you mean late?',
    );
    const polluted = Object.create({ settle: "no option of the caller's" }) as object;
    expect(call(polluted)).not.toThrow();
    expect(call({ late: null, cancel: null, settle: null })).not.toThrow();
    expect(CancelledError).toBeDefined();
  });
});
