import {
  CancelledError,
  type Coroutine,
  coroutine,
  createTask,
  type ExceptionContext,
  fromPromise,
  gather,
  iscoroutine,
  newEventLoop,
  RuntimeError,
  run,
  sleep,
  TimeoutError,
  wait,
  waitFor,
  wrapFuture,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { namesOf } from "../debug/stacks.ts";
import { any, errorOf, failure, rejection, simulate, thrownBy } from "../support.ts";

/** `run(main())` on real time: native promises know no other. Returns the result and what was reported. */
async function native<T>(main: () => Coroutine<T>): Promise<[T, ExceptionContext[]]> {
  const reports: ExceptionContext[] = [];
  const loopFactory = () => {
    const loop = newEventLoop();
    loop.setExceptionHandler((_loop, context) => reports.push(context));
    return loop;
  };
  return [await run(main(), { loopFactory }), reports];
}

/** As `native`; there must be no report. */
async function quietly<T>(main: () => Coroutine<T>): Promise<T> {
  const [result, reports] = await native(main);
  expect(reports.map((report) => report.message)).toEqual([]);
  return result;
}

/** A promise that the test settles. */
function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Like `fetch`: never ends by itself, and is rejected with the signal's reason. */
function abortableWork(log: unknown[]): (signal: AbortSignal) => Promise<never> {
  return (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        log.push(signal.reason);
        reject(signal.reason);
      });
    });
}

describe("fromPromise(promise)", () => {
  it("returns the promise's value, or throws its error", () =>
    quietly(function* () {
      const error = new Error("no");
      expect(yield* fromPromise(Promise.resolve(7))).toBe(7);
      expect(yield* fromPromise(new Promise((resolve) => setTimeout(resolve, 5, "later")))).toBe("later");
      expect(yield* failure(() => fromPromise(Promise.reject(error)))).toBe(error);
    }));

  it("is a coroutine: gather, createTask and waitFor take it, and it can be awaited once", () =>
    quietly(function* () {
      expect(iscoroutine(fromPromise(Promise.resolve()))).toBe(true);
      expect(yield* gather(fromPromise(Promise.resolve(1)), createTask(fromPromise(Promise.resolve("a"))))).toEqual([
        1,
        "a",
      ]);
      const once = fromPromise(Promise.resolve(1));
      yield* once;
      expect(yield* failure(() => once)).toBeInstanceOf(RuntimeError);
    }));

  it("takes anything with then()", () =>
    quietly(function* () {
      const thenable = { then: (yes: (value: number) => void) => yes(5) } as unknown as PromiseLike<number>;
      expect(yield* fromPromise(thenable)).toBe(5);
    }));

  it("takes a function that has a then() for the promise that it is, as await does", () =>
    quietly(function* () {
      const query = Object.assign(() => Promise.resolve("called"), {
        then: (yes: (value: string) => void) => yes("then"),
      });
      expect(yield* fromPromise(query)).toBe("then");
    }));

  it("says that a coroutine needs no fromPromise", () =>
    simulate(function* () {
      const message = ": write yield* f() without fromPromise";
      const error = yield* errorOf(fromPromise(any(function* () {})));
      expect(String(error)).toContain(message);
      // Native code can await these, but the task of its own that that would be heard of no cancellation.
      for (const coro of [sleep(1), waitFor(sleep(1), 2), coroutine(function* () {})()]) {
        expect(() => fromPromise(coro)).toThrow(message);
        expect(() => wrapFuture(coro)).toThrow(message);
      }
    }));

  it("waits for what a thenable resolves with, and ignores what it does after, as await does", () =>
    quietly(function* () {
      const thenables: [string, (yes: (value: unknown) => void, no: (error: unknown) => void) => void][] = [
        ["a promise", (yes) => yes(Promise.resolve("inner"))],
        ["a later promise", (yes) => yes(new Promise((resolve) => setTimeout(resolve, 1, "inner")))],
        ["a thenable", (yes) => yes({ then: (inner: (value: string) => void) => inner("inner") })],
        ["a task", (yes) => yes(createTask(sleep(0, "inner")))],
        [
          "then throws",
          (yes) => {
            yes("inner");
            throw new Error("late");
          },
        ],
        [
          "then rejects",
          (yes, no) => {
            yes("inner");
            no(new Error("late"));
          },
        ],
      ];
      for (const [name, then] of thenables) {
        const thenable = { then } as unknown as PromiseLike<unknown>;
        expect([name, yield* fromPromise(thenable)]).toEqual([name, "inner"]);
        expect([name, yield* fromPromise(() => thenable)]).toEqual([name, "inner"]);
        expect([name, yield* wrapFuture(thenable)]).toEqual([name, "inner"]);
      }
      const rejecting = { then: (yes: (value: unknown) => void) => yes(Promise.reject(new Error("inner"))) };
      expect(String(yield* failure(() => fromPromise(rejecting as unknown as PromiseLike<void>)))).toBe("Error: inner");
    }));

  it("calls then() of a thenable once, also if the wait is cancelled: a query would run twice", () =>
    quietly(function* () {
      const calls: ((value: number) => void)[] = [];
      const query = { then: (yes: (value: number) => void) => calls.push(yes) } as unknown as PromiseLike<number>;
      const got: number[] = [];
      yield* failure(() => waitFor(fromPromise(query, { late: (value) => got.push(value) }), 0.001));
      calls[0]?.(1);
      while (got.length === 0) yield* sleep(0.001);
      expect([calls.length, got]).toEqual([1, [1]]);
    }));

  it("leaves the other tasks their turns", () =>
    quietly(function* () {
      const log: string[] = [];
      const { promise, resolve } = deferred<void>();
      createTask(
        (function* () {
          for (const word of ["a", "b"]) {
            log.push(word);
            yield* sleep(0);
          }
          resolve();
        })(),
      );
      yield* fromPromise(promise);
      log.push("resolved");
      expect(log).toEqual(["a", "b", "resolved"]);
    }));

  it("is handled from the call on: a rejection before the await is no unhandledRejection", () =>
    quietly(function* () {
      const waits = fromPromise(Promise.reject(new Error("early")));
      yield* sleep(0.02);
      expect((yield* failure(() => waits)).message).toBe("early");
    }));

  it("made outside of a loop is handled as well", async () => {
    const waits = fromPromise(Promise.reject(new Error("early")));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(String(await rejection(run(waits)))).toBe("Error: early");
  });

  it("never awaited: its error is reported, not lost", async () => {
    const [, reports] = await native(function* () {
      /* oxlint-disable tsyncio/no-dropped-coroutine -- what the test is about */
      fromPromise(Promise.reject(new Error("no code asked")));
      fromPromise(Promise.resolve("no code asked"));
      /* oxlint-enable tsyncio/no-dropped-coroutine */
      yield* sleep(0.02);
    });
    expect(reports.map(({ message, exception }) => [message, String(exception)])).toEqual([
      ["Future exception was never retrieved", "Error: no code asked"],
    ]);
  });

  it("cancelled: CancelledError is thrown at once, and an error of the promise after that is reported", async () => {
    const { promise, reject } = deferred<never>();
    const [, reports] = await native(function* () {
      const task = createTask(fromPromise(promise));
      yield* sleep(0);
      task.cancel();
      yield* wait([task]);
      expect(task.cancelled()).toBe(true);
      reject(new Error("late"));
      yield* sleep(0.01);
    });
    expect(reports.map(({ message, exception }) => [message, String(exception)])).toEqual([
      ["A promise was rejected after the task that waited for it had been cancelled", "Error: late"],
    ]);
  });

  it("cancelled: a value of the promise after that is dropped", () =>
    quietly(function* () {
      const { promise, resolve } = deferred<number>();
      expect(yield* failure(() => waitFor(fromPromise(promise), 0.01))).toBeInstanceOf(TimeoutError);
      resolve(1);
      yield* sleep(0.01);
    }));

  it("cancelled before its task has begun: the error is reported all the same", async () => {
    const { promise, reject } = deferred<never>();
    const [, reports] = await native(function* () {
      const task = createTask(fromPromise(promise));
      task.cancel();
      yield* wait([task]);
      reject(new Error("late"));
      yield* sleep(0.01);
    });
    expect(reports.map(({ exception }) => String(exception))).toEqual(["Error: late"]);
  });

  it("cancelled before its task has begun: that the promise was aborted is no news", () =>
    quietly(function* () {
      const { promise, reject } = deferred<never>();
      const task = createTask(fromPromise(promise));
      task.cancel();
      yield* wait([task]);
      reject(new DOMException("aborted", "AbortError"));
      yield* sleep(0.01);
    }));
});

describe("fromPromise(function)", () => {
  it("calls the function when it is awaited, with a signal that has not aborted", () =>
    quietly(function* () {
      const signals: AbortSignal[] = [];
      const waits = fromPromise((signal) => {
        signals.push(signal);
        return Promise.resolve("value");
      });
      yield* sleep(0);
      expect(signals.length).toBe(0);
      expect(yield* waits).toBe("value");
      expect(signals.map((signal) => signal.aborted)).toEqual([false]);
    }));

  it("throws what the function throws", () =>
    quietly(function* () {
      const waits = fromPromise((): Promise<void> => {
        throw new Error("at once");
      });
      expect((yield* failure(() => waits)).message).toBe("at once");
    }));

  it("aborts the signal when the task is cancelled; the reason is the CancelledError, and its echo is no news", () =>
    quietly(function* () {
      const log: unknown[] = [];
      const task = createTask(fromPromise(abortableWork(log)));
      yield* sleep(0);
      expect(log).toEqual([]);
      task.cancel("enough");
      yield* wait([task]);
      expect(log.length).toBe(1);
      expect(log[0]).toBeInstanceOf(CancelledError);
      expect((log[0] as Error).message).toBe("enough");
      expect(task.cancelled()).toBe(true);
      yield* sleep(0.01);
    }));

  it("aborts it too where a timeout or a group ends the wait, and in nested coroutines", () =>
    quietly(function* () {
      const log: unknown[] = [];
      function* inner(): Coroutine<void> {
        yield* fromPromise(abortableWork(log));
      }
      expect(yield* failure(() => waitFor(inner(), 0.01))).toBeInstanceOf(TimeoutError);
      expect(log.length).toBe(1);
    }));

  it("does not abort after the promise was settled", () =>
    quietly(function* () {
      const signals: AbortSignal[] = [];
      function* body(): Coroutine<void> {
        yield* fromPromise((signal) => {
          signals.push(signal);
          return Promise.resolve();
        });
        yield* sleep(10);
      }
      const task = createTask(body());
      yield* sleep(0.01);
      task.cancel();
      yield* wait([task]);
      expect(signals.map((signal) => signal.aborted)).toEqual([false]);
    }));

  it("is never called if its task is cancelled before it begins", () =>
    quietly(function* () {
      let calls = 0;
      const task = createTask(fromPromise(async () => calls++));
      task.cancel();
      yield* wait([task]);
      expect(calls).toBe(0);
    }));

  const echoes: [string, (signal: AbortSignal) => unknown, boolean][] = [
    ["the signal's reason", (signal) => signal.reason, true],
    ["an AbortError", () => new DOMException("aborted", "AbortError"), true],
    [
      "an AbortError of Node's",
      (signal) => Object.assign(new Error("aborted", { cause: signal.reason }), { name: "AbortError" }),
      true,
    ],
    ["an error caused by the reason", (signal) => new Error("wrapped", { cause: signal.reason }), true],
    ["axios' CanceledError", () => Object.assign(new Error("canceled"), { name: "CanceledError" }), true],
    ["any other error", () => new Error("the disk is full"), false],
    ["something that is no error", () => undefined, false],
  ];
  it.each(echoes)("after the abort %s is reported only if it is news", async (_, errorOf, echo) => {
    const [, reports] = await native(function* () {
      const task = createTask(
        fromPromise(
          (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(errorOf(signal)))),
        ),
      );
      yield* sleep(0);
      task.cancel();
      yield* wait([task]);
      yield* sleep(0.01);
    });
    expect(reports.length).toBe(echo ? 0 : 1);
  });

  it("leaves nothing waiting at the end of run(): leftovers are aborted", async () => {
    const log: unknown[] = [];
    await quietly(function* () {
      createTask(fromPromise(abortableWork(log)));
      yield* sleep(0);
    });
    expect(log.length).toBe(1);
  });

  it("shows in reports as the promise of its function, and in stacks where it is awaited", () =>
    quietly(function* () {
      function fetchPage(signal: AbortSignal) {
        return abortableWork([])(signal);
      }
      function* outer() {
        yield* fromPromise(fetchPage);
      }
      const task = createTask(outer());
      yield* sleep(0);
      expect(namesOf(task.getStack(), ["outer"])).toEqual(["outer"]);
      expect(namesOf(task.getStack(), ["outer"])).toEqual(["outer"]);
      expect(task._waitsFor?._owner?.describeWait?.(task._waitsFor)).toBe("the promise of fetchPage()");
      task.cancel();
      yield* wait([task]);
    }));
});

describe("fromPromise() of anything else", () => {
  it("is a TypeError that says what it wants", () =>
    quietly(function* () {
      const text = "fromPromise expects a promise or a function that returns one";
      for (const wrong of [5, null, undefined, {}, [Promise.resolve()]]) {
        expect(String(thrownBy(() => fromPromise(wrong as never)))).toContain(text);
      }
      expect(String(yield* failure(() => fromPromise((() => 5) as never)))).toContain(text);
    }));
});
