import {
  asCompleted,
  BaseExceptionGroup,
  CancelledError,
  type Coroutine,
  ContextVar,
  Context,
  copyContext,
  coroutine,
  createEagerTaskFactory,
  createTask,
  currentTask,
  EventLoop,
  ensureFuture,
  ExceptionGroup,
  exceptStar,
  Future,
  gather,
  getRunningLoop,
  newEventLoop,
  partial,
  Runner,
  RuntimeError,
  run,
  runCoroutineThreadsafe,
  setEventLoop,
  shield,
  sleep,
  Task,
  TaskGroup,
  timeout,
  timeoutAt,
  toThread,
  ValueError,
  virtualLoop,
  wait,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, rejection, simulate, thrownBy } from "./support.ts";

type ErrorClass = abstract new (...args: never[]) => Error;

/** In a task: what `fn` throws, or what the awaitable it gives throws. */
function* failure(fn: () => unknown): Coroutine<Error> {
  let made: unknown;
  try {
    made = fn();
  } catch (error) {
    return error as Error;
  }
  return (yield* errorOf(made as Coroutine<unknown>)) as Error;
}

/** Each call, made in a task, fails with an error of this class that says this. */
async function refuses(error: ErrorClass, text: string | RegExp, calls: Record<string, () => unknown>): Promise<void> {
  await simulate(function* () {
    const got: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const [name, call] of Object.entries(calls)) {
      const thrown = yield* failure(call);
      const says = typeof text === "string" ? thrown.message.includes(text) : text.test(thrown.message);
      got[name] = `${thrown.name}: ${says ? "as expected" : thrown.message}`;
      expected[name] = `${error.prototype.name}: as expected`;
    }
    expect(got).toEqual(expected);
  });
}

function* main() {
  yield* sleep(1);
}
const any = (value: unknown) => value as never;
const soon = <T>(fn: () => T) => fn();

describe("what is not a coroutine", () => {
  /** Everything that takes a coroutine or an awaitable. */
  const takers = (make: () => unknown): Record<string, () => unknown> => ({
    createTask: () => createTask(any(make())),
    "loop.createTask": () => getRunningLoop().createTask(any(make())),
    "new Task": () => new Task(any(make())),
    ensureFuture: () => ensureFuture(any(make())),
    gather: () => gather(sleep(0), any(make()), sleep(0)),
    shield: () => shield(any(make())),
    wait: () => wait([any(make())]),
    waitFor: () => waitFor(any(make()), 0),
    asCompleted: () => asCompleted([any(make())]),
    "TaskGroup.createTask": () => groupTask(any(make())),
    runCoroutineThreadsafe: () => runCoroutineThreadsafe(any(make()), getRunningLoop()),
  });
  function* groupTask(coro: Coroutine<void>) {
    const tg = new TaskGroup();
    yield* tg.aenter();
    tg.createTask(coro);
  }

  it("a function: call it", async () => {
    await refuses(TypeError, "Call it: pass f(), not f.", takers(() => main));
    for (const call of [() => run(any(main)), () => new Runner().run(any(main)), () => virtualLoop().runUntilComplete(any(main))]) {
      expect(((await rejection(call())) as Error).message).toContain("the function main(). Call it: pass f(), not f.");
    }
  });

  it("a promise: use fromPromise", async () => {
    await refuses(TypeError, "fromPromise(promise)", takers(() => Promise.resolve(1)));
    const error = (await rejection(run(any(Promise.resolve(1))))) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe("a coroutine was expected, got a Promise. For a promise use fromPromise(promise).");
  });

  it("anything else: named as it is", async () => {
    for (const [value, text] of [
      [5, "got 5"],
      ["text", 'got "text"'],
      [undefined, "got undefined"],
      [null, "got null"],
      [[main()], "got an array of 1"],
      [new Map(), "got"],
    ] as const) {
      await refuses(TypeError, text, {
        createTask: () => createTask(any(value)),
        ensureFuture: () => ensureFuture(any(value)),
        waitFor: () => waitFor(any(value), 0),
        shield: () => shield(any(value)),
        gather: () => gather(any(value), sleep(1)),
      });
      const error = (await rejection(run(any(value)))) as Error;
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(text);
    }
  });

  it("a list, where gather wants arguments, and arguments, where wait wants a list", async () => {
    await refuses(TypeError, "gather(...list)", { gather: () => gather(any([sleep(1), sleep(1)])) });
    await refuses(TypeError, "wait([a, b])", { wait: () => wait(any(sleep(1)), any(sleep(1))) });
    await refuses(TypeError, "asCompleted([a, b])", { asCompleted: () => asCompleted(any(sleep(1))) });
  });

  it("a plain function or async function, for coroutine()", () => {
    for (const fn of [() => sleep(1), async () => 1, 5, null, main()]) {
      expect(() => coroutine(any(fn))).toThrow(/coroutine expects a function\*, got/);
    }
  });
});

describe("a coroutine that is used twice", () => {
  it("while it is under way: the second task fails, the first goes on", async () => {
    await simulate(function* () {
      const future = getRunningLoop().createFuture<string>();
      function* onFuture() {
        return yield* future;
      }
      function* onTurns() {
        yield* sleep(0);
        yield* sleep(0);
        yield* sleep(0);
        return "turns";
      }
      const wrapped = coroutine(function* wrapped() {
        return yield* future;
      });
      for (const coro of [onFuture(), onTurns(), wrapped(), sleep(2, "slept")]) {
        const first = createTask(coro as Coroutine<string>);
        const second = createTask(coro as Coroutine<string>);
        const error = (yield* errorOf(second)) as Error;
        expect(error).toBeInstanceOf(RuntimeError);
        expect(error.message).toContain("already being awaited");
        if (!future.done()) getRunningLoop().callLater(1, () => future.done() || future.setResult("future"));
        expect(["future", "turns", "slept"]).toContain(yield* first);
      }
    });
  });

  it("awaited twice, where coroutine() has made it: the second time throws, in the one who waits", async () => {
    await simulate(function* () {
      const twice = coroutine(function* twice(seconds: number | null) {
        if (seconds !== null) yield* sleep(seconds);
        return "result";
      });
      for (const seconds of [null, 1]) {
        const coro = twice(seconds);
        expect(yield* coro).toBe("result");
        const error = (yield* errorOf(coro)) as Error;
        expect(error).toBeInstanceOf(RuntimeError);
        expect(error.message).toContain("cannot reuse already awaited coroutine: call the function again");
      }
    });
  });

  it("awaited by somebody else while it is under way, where coroutine() has made it: he can catch it", async () => {
    await simulate(function* () {
      const slow = coroutine(function* slow() {
        yield* sleep(1);
        yield* sleep(1);
        return "undisturbed";
      });
      const coro = slow();
      function* first() {
        return yield* coro;
      }
      const task = createTask(first());
      yield* sleep(0.5);
      expect(((yield* errorOf(coro)) as Error).message).toContain("already");
      expect(yield* task).toBe("undisturbed");
    });
  });

  it("awaited twice, where the runtime has made it: sleep", async () => {
    await simulate(function* () {
      for (const coro of [sleep(1), sleep(0)]) {
        yield* coro;
        expect(((yield* errorOf(coro)) as Error).message).toContain("cannot reuse already awaited sleep()");
      }
    });
  });

  it("by native code, where coroutine() has made it", async () => {
    const once = coroutine(function* once() {
      yield* sleep(0);
      return 1;
    });
    const coro = once();
    expect(await coro).toBe(1);
    expect(((await rejection(coro)) as Error).message).toContain("cannot reuse already awaited coroutine");
  });
});

describe("yield without the star", () => {
  it("of nothing, a number, a future, a coroutine, a promise: the error says what to write", async () => {
    await simulate(function* () {
      const cases: [make: () => unknown, text: string][] = [
        [() => undefined, "Task got bad yield: undefined"],
        [() => 5, "Task got bad yield: 5"],
        [() => getRunningLoop().createFuture(), "It looks like `yield` instead of `yield*`."],
        [() => sleep(1), "It looks like `yield` instead of `yield*`."],
        [() => Promise.resolve(), "Use `yield* fromPromise(promise)`."],
      ];
      for (const [make, text] of cases) {
        function* forgetful() {
          yield make();
        }
        const error = (yield* errorOf(createTask(any(forgetful())))) as Error;
        expect(error).toBeInstanceOf(RuntimeError);
        expect(error.message).toContain(text);
      }
    });
  });

  it("is thrown at the yield, so that the task can clean up", async () => {
    await simulate(function* () {
      const log: string[] = [];
      function* forgetful() {
        try {
          yield 1;
        } finally {
          yield* sleep(1);
          log.push("cleaned up");
        }
      }
      yield* errorOf(createTask(any(forgetful())));
      expect(log).toEqual(["cleaned up"]);
    });
  });

  it("with another loop's Suspend or a spread future instead: the error says what to write", async () => {
    await simulate(function* () {
      const future = getRunningLoop().createFuture<[number, number]>();
      const wrong = [
        () => {
          const [a] = future as Iterable<unknown>;
          return a;
        },
        () => [...(future as Iterable<unknown>)],
        () => {
          for (const _ of future as Iterable<unknown>);
        },
      ];
      for (const call of wrong) expect(call).toThrow("const [a, b] = yield* future");
      yield* sleep(1); // not led astray
      expect(future.done()).toBe(false);
    });
  });
});

describe("the wrong place", () => {
  it("run inside run says what to do instead", async () => {
    const errors: unknown[] = [];
    await run(
      (function* () {
        run(main()).catch((error) => errors.push(error));
        yield* sleep(0.001);
      })(),
    );
    expect((errors[0] as Error).message).toContain("use `yield*` or createTask there");
  });

  it("outside of any loop: createTask, getRunningLoop, timeout, a bare Future", () => {
    setEventLoop(null);
    const calls: Record<string, () => unknown> = {
      createTask: () => createTask(main()),
      getRunningLoop: () => getRunningLoop(),
      timeout: () => timeout(1),
      "new Future": () => new Future(),
      gather: () => gather(sleep(1)),
      currentTask: () => currentTask(),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = thrownBy(call) as Error;
      expect(error).toBeInstanceOf(RuntimeError);
      expect(`${name}: ${error.message}`).toMatch(/no running event loop: .*(inside a? ?corouti|begin with run)/);
    }
  });

  it("a closed loop says that it is closed and what to do", async () => {
    const loop = virtualLoop();
    loop.close();
    loop.close();
    const calls: Record<string, () => unknown> = {
      callSoon: () => loop.callSoon(() => {}),
      callLater: () => loop.callLater(1, () => {}),
      callAt: () => loop.callAt(1, () => {}),
      callSoonThreadsafe: () => loop.callSoonThreadsafe(() => {}),
      createTask: () => loop.createTask(main()),
      runInExecutor: () => loop.runInExecutor(null, () => 1),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = thrownBy(call) as Error;
      expect(`${name}: ${error.name}: ${error.message}`).toBe(
        `${name}: RuntimeError: Event loop is closed: make a new one with newEventLoop(), or use run()`,
      );
    }
    for (const promise of [loop.runForever(), loop.runUntilComplete(main())]) {
      expect(((await rejection(promise)) as Error).message).toContain("Event loop is closed: make a new one");
    }
  });

  it("a loop that runs cannot be closed, or run again, and no other loop can run inside it", async () => {
    const inner = virtualLoop();
    const promises: Promise<unknown>[] = [];
    await simulate(function* () {
      const loop = getRunningLoop();
      expect(() => loop.close()).toThrow(/Cannot close a running event loop/);
      promises.push(rejection(loop.runForever()), rejection(inner.runForever()));
      yield* sleep(0);
    });
    const [same, other] = (await Promise.all(promises)) as Error[];
    expect(same?.message).toBe("This event loop is already running");
    expect(other?.message).toBe("Cannot run the event loop while another loop is running");
  });

  it("a future of another loop, wherever it is given", async () => {
    const foreign = virtualLoop().createFuture();
    await refuses(RuntimeError, "belongs to a different event loop", {
      "yield*": () => foreign,
      waitFor: () => waitFor(foreign, 5),
    });
    await refuses(ValueError, "belongs to a different loop", {
      "ensureFuture with { loop }": () => ensureFuture(foreign, { loop: getRunningLoop() }),
      "gather of two loops": () => gather(sleep(1), foreign),
      asCompleted: () => asCompleted([foreign]),
    });
    expect(await rejection(virtualLoop().runUntilComplete(foreign))).toBeInstanceOf(ValueError);
  });

  it("a timeout outside of a task, or entered twice", async () => {
    const loop = virtualLoop();
    const errors: unknown[] = [];
    loop.callSoon(() => {
      errors.push(thrownBy(() => timeout(1).aenter().next()));
      errors.push(thrownBy(() => new TaskGroup().aenter().next()));
      loop.stop();
    });
    await loop.runForever();
    expect(errors.map((e) => (e as Error).message)).toEqual([
      expect.stringContaining("inside a task"),
      expect.stringContaining("inside a task"),
    ]);
  });
});

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
    await refuses(TypeError, /expects a .*, got "1"|seconds or null, got "1"/, {
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
      toThread: () => soon(() => toThreadWith(any(5))),
      "Context.run": () => copyContext().run(any(5)),
    });
  });
  function* toThreadWith(fn: never) {
    getRunningLoop().setDefaultExecutor({ submit: any(() => Promise.resolve()) });
    yield* toThread(fn);
  }

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
    await refuses(TypeError, "{ name: \"x\" }", { createTask: () => createTask(main(), any("x")) });
    await refuses(TypeError, /context .*copyContext\(\)/, {
      createTask: () => createTask(main(), { context: any({}) }),
      "Runner.run": () => createTask(main(), { context: any(new Map()) }),
    });
    await refuses(ValueError, "FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED", {
      wait: () => wait([sleep(1)], { returnWhen: any("first_completed") }),
    });
    expect(() => setEventLoop(any(5))).toThrow(/expects an event loop or null, got 5/);
    expect(() => new EventLoop(any(undefined))).toThrow(/newEventLoop\(\) or virtualLoop\(\)/);
    expect(() => new EventLoop(any({}))).toThrow(/newEventLoop\(\) or virtualLoop\(\)/);
    expect(() => new ContextVar(any(5))).toThrow(/name of a context variable .* got 5/);
    expect(await rejection(run(main(), { loopFactory: any(5) }))).toBeInstanceOf(TypeError);
    expect(() => newEventLoop().setDebug(true)).not.toThrow();
    expect(new Context().size).toBe(0);
  });

  it("exception groups of nothing, of what is no list, or of a cancellation say so", () => {
    expect(() => new BaseExceptionGroup("x", [])).toThrow(/non-empty array/);
    expect(() => new ExceptionGroup("x", any(new Error("y")))).toThrow(/non-empty array/);
    expect(() => new ExceptionGroup("x", [new CancelledError()])).toThrow(/use BaseExceptionGroup/);
    expect(() => exceptStar(new Error("x"), [any("TypeError"), () => {}])).toThrow(/expected an error class/);
  });
});
