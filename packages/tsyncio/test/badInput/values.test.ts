import {
  asCompleted,
  BaseExceptionGroup,
  CancelledError,
  ContextVar,
  createEagerTaskFactory,
  createTask,
  EventLoop,
  ExceptionGroup,
  exceptStar,
  gather,
  getRunningLoop,
  partial,
  RuntimeError,
  run,
  setEventLoop,
  sleep,
  timeout,
  timeoutAt,
  toThread,
  ValueError,
  virtualLoop,
  wait,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { any, refuses, rejection, simulate } from "../support.ts";

function* main() {
  yield* sleep(1);
}

describe("times", () => {
  it("that are NaN are a ValueError, wherever a time is taken", async () => {
    await refuses(ValueError, "NaN", {
      sleep: () => sleep(Number.NaN),
      callLater: () => getRunningLoop().callLater(Number.NaN, () => {}),
      callAt: () => getRunningLoop().callAt(Number.NaN, () => {}),
      timeout: () => timeout(Number.NaN),
      timeoutAt: () => timeoutAt(Number.NaN),
      waitFor: () => waitFor(sleep(1), Number.NaN),
      wait: () => wait([sleep(1)], { timeout: Number.NaN }),
      asCompleted: () => asCompleted([sleep(1)], { timeout: Number.NaN }),
    });
  });

  it("that are no numbers are a TypeError that names what came", async () => {
    await refuses(TypeError, /seconds.*, got "1"/, {
      sleep: () => sleep(any("1")),
      callLater: () => getRunningLoop().callLater(any("1"), () => {}),
      callAt: () => getRunningLoop().callAt(any("1"), () => {}),
      timeout: () => timeout(any("1")),
      timeoutAt: () => timeoutAt(any("1")),
      waitFor: () => waitFor(sleep(1), any("1")),
      wait: () => wait([sleep(1)], { timeout: any("1") }),
      asCompleted: () => asCompleted([sleep(1)], { timeout: any("1") }),
    });
    await refuses(TypeError, "seconds or null, got undefined", { waitFor: () => waitFor(sleep(1), any(undefined)) });
  });

  it("that are negative are now; that are infinite never come", async () => {
    await simulate(function* () {
      expect(yield* sleep(-5, "at once")).toBe("at once");
      const log: string[] = [];
      getRunningLoop().callLater(-1, () => log.push("timer"));
      yield* sleep(0);
      yield* sleep(0);
      expect([log, getRunningLoop().time()]).toEqual([["timer"], 0]);
      expect(yield* waitFor(sleep(1, "in time"), Number.POSITIVE_INFINITY)).toBe("in time");
      const forever = createTask(sleep(Number.POSITIVE_INFINITY));
      yield* sleep(1e9);
      expect([forever.done(), forever.cancel()]).toEqual([false, true]);
    });
    const error = await rejection(run(sleep(Number.POSITIVE_INFINITY), { loopFactory: virtualLoop }));
    expect((error as Error).name).toBe("DeadlockError");
  });
});

describe("callbacks and options", () => {
  it("that are not functions are a TypeError that names what came", async () => {
    await refuses(TypeError, /(function|class)( or null)?, got/, {
      callSoon: () => getRunningLoop().callSoon(any(5)),
      callLater: () => getRunningLoop().callLater(1, any(undefined)),
      callAt: () => getRunningLoop().callAt(1, any(null)),
      addDoneCallback: () => getRunningLoop().createFuture().addDoneCallback(any("f")),
      setExceptionHandler: () => getRunningLoop().setExceptionHandler(any(5)),
      setTaskFactory: () => getRunningLoop().setTaskFactory(any({})),
      createEagerTaskFactory: () => createEagerTaskFactory(any(5)),
      partial: () => partial(any(5)),
      toThread: () => toThread(any(5)),
    });
  });

  it("toThread without an executor says how to set one", async () => {
    await refuses(RuntimeError, "setDefaultExecutor(executor)", { toThread: () => toThread(() => 1) });
    await refuses(TypeError, "submit(fn, ...args)", {
      setDefaultExecutor: () => getRunningLoop().setDefaultExecutor(any({})),
    });
  });

  it("options that are wrong or misspelt are a TypeError that names the right ones", async () => {
    await refuses(TypeError, "returnExceptions", {
      "gather({})": () => gather(sleep(1), any({ returnExeptions: true })),
    });
    await refuses(TypeError, '{ name: … }, got "x"', { createTask: () => createTask(main(), any("x")) });
    await refuses(TypeError, /context .*copyContext\(\)/, {
      createTask: () => createTask(main(), { context: any({}) }),
      "createTask of a Map": () => createTask(main(), { context: any(new Map()) }),
    });
    await refuses(ValueError, "FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED", {
      wait: () => wait([sleep(1)], { returnWhen: any("first_completed") }),
    });
    expect(() => setEventLoop(any(5))).toThrow(/expects an event loop or null, got 5/);
    expect(() => new EventLoop(any(undefined))).toThrow(/newEventLoop\(\) or virtualLoop\(\)/);
    expect(() => new EventLoop(any({}))).toThrow(/newEventLoop\(\) or virtualLoop\(\)/);
    expect(() => new ContextVar(any(5))).toThrow(/name of a context variable .*got 5/);
    expect(((await rejection(run(main(), { loopFactory: any(5) }))) as Error).message).toContain(
      "loopFactory must be a function",
    );
  });

  it("exception groups of nothing, of what is no list, or of a cancellation say so", () => {
    expect(() => new BaseExceptionGroup("x", [])).toThrow(/non-empty array/);
    expect(() => new ExceptionGroup("x", any(new Error("y")))).toThrow(/non-empty array/);
    expect(() => new ExceptionGroup("x", [new CancelledError()])).toThrow(/use BaseExceptionGroup/);
    expect(() => exceptStar(new Error("x"), [any("TypeError"), () => {}])).toThrow(/expected an error class/);
    const list = any([[TypeError, () => {}]]);
    expect(() => exceptStar(new Error("x"), list)).toThrow("an error class or a predicate, got an array of 2");
  });
});
