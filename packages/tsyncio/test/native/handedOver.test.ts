/**
 * Rule 5: coroutine functions that are handed to native code. Each use of a helper is what the compiler makes of native
 * syntax.
 */

import {
  allTasks,
  asyncWith,
  createTask,
  currentTask,
  type EventLoop,
  type ExceptionContext,
  gather,
  getRunningLoop,
  iscoroutinefunction,
  Lock,
  run,
  sleep,
  Task,
  TaskGroup,
  timeout,
} from "tsyncio";
import {
  awaited as $a,
  coroutineFunction as $c,
  lazy as $u,
  handedOverHere as $W,
  handedOver as $w,
} from "tsyncio/native";
import { describe, expect, it } from "vitest";
import { errorOf, rejection, simulate, watchedLoop } from "../support.ts";

// biome-ignore lint/suspicious/noExplicitAny: output of the compiler has no types
type Any = any;

const here = (fn: (...args: Any[]) => Any): Any => $W($c(fn), "file.ts:1");

describe("a coroutine function that native code calls", () => {
  it("begins at once, inside the call, and goes on by itself", () =>
    simulate(function* () {
      const log: unknown[] = [];
      [1, 2].forEach(
        here(function* (n: number) {
          log.push(`begin ${n}`);
          yield* $a(sleep(n));
          log.push(`end ${n}`);
        }),
      );
      log.push("forEach returns");
      yield* sleep(3);
      expect(log).toEqual(["begin 1", "begin 2", "forEach returns", "end 1", "end 2"]);
    }));

  it("is one listener by name: it can prevent the default, and be removed again", async () => {
    const log: string[] = [];
    const listener = $c(function* (event: Event): Any {
      event.preventDefault();
      yield* $a(sleep(0));
      log.push(event.type);
    });
    const target = new EventTarget();
    target.addEventListener("a", $w(listener, "file.ts:1"));
    expect(target.dispatchEvent(new Event("a", { cancelable: true }))).toBe(false);
    target.removeEventListener("a", $w(listener, "file.ts:2"));
    expect(target.dispatchEvent(new Event("a", { cancelable: true }))).toBe(true);
    while (log.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(log).toEqual(["a"]);
  });

  it("has `this`, arguments, name and length as an async function has, and is no constructor", async () => {
    const method = $W(
      $c(
        {
          *method(this: unknown, a: number, b: number): Any {
            yield* $a(null);
            return [this, a, b];
          },
        }.method,
      ),
      "file.ts:1",
    ) as Any;
    expect(await method.call("this", 1, 2)).toEqual(["this", 1, 2]);
    expect([method.name, method.length, iscoroutinefunction(method)]).toEqual(["method", 2, true]);
    expect(() => new method()).toThrow(TypeError);
  });

  it("returns a native promise outside of tasks, the task inside", async () => {
    const f = here(function* (n: number) {
      yield* $a(sleep(0));
      return n;
    });
    const promise = f(1);
    expect(Object.getPrototypeOf(Object.getPrototypeOf(promise))).toBe(Promise.prototype);
    expect(promise.constructor).toBe(Promise);
    expect(await promise).toBe(1);
    expect(await f(2).then((n: number) => n + 1)).toBe(3);
    const fails = here(function* () {
      throw new RangeError("no");
    });
    expect(await rejection(fails())).toBeInstanceOf(RangeError);
    await simulate(function* () {
      const task = f(4);
      expect(task).toBeInstanceOf(Task);
      expect(yield* $a(task)).toBe(4);
    });
  });

  it("fails as an async function does where its parameters cannot be taken apart", async () => {
    const f = here(function* ({ a }: { a: number }) {
      return a;
    });
    expect(await rejection(f(undefined))).toBeInstanceOf(TypeError);
  });

  it("is what it was for all that are no coroutine functions", () => {
    for (const value of [1, null, undefined, {}, () => {}, class {}, function* () {}, Math.max]) {
      expect($w(value, "file.ts:1")).toBe(value);
    }
    const wrapper = here(function* () {});
    expect($w(wrapper, "file.ts:1")).toBe(wrapper);
  });
});

describe("what native code has begun", () => {
  it("is awaited as the task that it is, so that a timeout cancels it", () =>
    simulate(function* () {
      const log: string[] = [];
      const child = here(function* (n: number) {
        try {
          yield* $a(sleep(9));
        } finally {
          log.push(`left ${n}`);
        }
      });
      function* main(): Any {
        const tasks: Task<unknown>[] = [1, 2].map(child);
        yield* sleep(1);
        return yield* gather(...tasks);
      }
      const error = yield* errorOf(asyncWith(timeout(2), () => main()));
      expect((error as Error).name).toBe("TimeoutError");
      expect(log).toEqual(["left 1", "left 2"]);
    }));

  it("is adopted by createTask and by a group, which then waits for it", () =>
    simulate(function* () {
      const f = here(function* () {
        yield* $a(sleep(1));
        return currentTask()?.getName();
      });
      const begun = f();
      expect(createTask(begun, { name: "mine" })).toBe(begun);
      expect(yield* begun).toBe("mine");
      const loop = getRunningLoop();
      const start = loop.time();
      yield* asyncWith(new TaskGroup(), function* (group) {
        group.createTask(f());
      });
      expect(loop.time()).toBe(start + 1);
      const group = new TaskGroup();
      expect(() => group.createTask(f())).toThrow("has not been entered");
      yield* sleep(0);
      yield* sleep(0);
      expect(allTasks().size).toBe(1);
    }));

  it("can be given to run(), which waits for it and cancels it, though it runs on the loop of native code", async () => {
    const log: string[] = [];
    const main = here(function* (seconds: number) {
      try {
        yield* $a(sleep(seconds));
        return "done";
      } finally {
        log.push("left");
      }
    });
    expect(await run(main(0.001))).toBe("done");
    const abort = new AbortController();
    const running = run(main(100), { signal: abort.signal });
    abort.abort(new RangeError("stop"));
    expect(await rejection(running)).toBeInstanceOf(RangeError);
    expect(log).toEqual(["left", "left"]);
  });

  it("joins the only run, whose locks it shares", async () => {
    const lock = new Lock();
    const log: string[] = [];
    const handler = here(function* () {
      using _ = (yield* $a(lock.acquire())) as Disposable;
      log.push("handler");
      return getRunningLoop();
    });
    await run(
      (function* (): Any {
        let called: PromiseLike<EventLoop> | undefined;
        {
          using _ = yield* lock.acquire();
          queueMicrotask(() => {
            called = handler();
          });
          while (called === undefined) yield* sleep(0.001);
          log.push("run");
        }
        expect(yield* $a(called)).toBe(getRunningLoop());
      })(),
    );
    expect(log).toEqual(["run", "handler"]);
  });

  it("has its failure handled by what takes the task: no unhandled rejection ends the process", async () => {
    // The runner of the tests fails for one.
    for (const wait of [false, true]) {
      const fails = here(function* () {
        if (wait) yield* $a(sleep(0.001));
        throw new RangeError("no");
      });
      expect(await rejection(run(fails()))).toEqual(new RangeError("no"));
    }
    await new Promise((resolve) => setTimeout(resolve));
  });

  it("is reported in the next turn if it fails and nothing awaits it", async () => {
    const reports: ExceptionContext[] = [];
    await simulate(function* () {
      const fails = here(function* (wait: boolean) {
        if (wait) yield* $a(sleep(1));
        throw new RangeError("no");
      });
      [true, false].forEach(fails);
      const awaitedOnes: Task<unknown>[] = [fails(true), fails(false)];
      yield* gather(...awaitedOnes, { returnExceptions: true });
      yield* sleep(0);
      yield* sleep(0);
      expect(reports.length).toBe(2);
      expect(reports[0]?.message).toContain("file.ts:1");
      expect(reports[0]?.exception).toBeInstanceOf(RangeError);
    }, reports);
    expect(reports.length).toBe(2);
  });

  it("is counted, cancelled and cleaned up by a run that ends over it", async () => {
    const reports: ExceptionContext[] = [];
    const log: string[] = [];
    const child = here(function* () {
      try {
        yield* $a(sleep(9));
      } finally {
        yield* $a(sleep(1));
        log.push("cleaned up");
      }
    });
    await run(
      (function* (): Any {
        [1, 2].forEach(child);
        yield* sleep(1);
      })(),
      { loopFactory: () => watchedLoop(reports) },
    );
    expect(reports.map(({ message }) => message)).toEqual([
      "run() has ended over 2 tasks that native code has begun: 2 from file.ts:1",
    ]);
    expect(log).toEqual(["cleaned up", "cleaned up"]);
  });
});

describe("a call in a marked module, and by tsyncio", () => {
  it("is lazy: the callee is unwrapped", () =>
    simulate(function* () {
      const log: string[] = [];
      const f = here(function* () {
        log.push("runs");
        yield* $a(null);
        return currentTask();
      });
      const coro = $u(f)();
      expect(log).toEqual([]);
      expect(yield* $a(coro)).toBe(currentTask());
      expect($u(1)).toBe(1);
      expect($u(undefined)).toBe(undefined);
    }));

  it("runs a body in the task that enters it", () =>
    simulate(function* () {
      const body = here(function* () {
        yield* $a(null);
        return currentTask();
      });
      expect(yield* asyncWith(timeout(1), body)).toBe(currentTask());
    }));
});
