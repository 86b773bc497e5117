import {
  asCompleted,
  type Coroutine,
  coroutine,
  createTask,
  ensureFuture,
  gather,
  getRunningLoop,
  Runner,
  RuntimeError,
  run,
  runCoroutineThreadsafe,
  shield,
  sleep,
  Task,
  TaskGroup,
  virtualLoop,
  wait,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { any, errorOf, failure, refuses, rejection, simulate } from "../support.ts";

function* main() {
  yield* sleep(1);
}

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
    waitFor: () => waitFor(any(make()), 5),
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
    await refuses(
      TypeError,
      "Call it: pass f(), not f.",
      takers(() => main),
    );
    for (const call of [
      () => run(any(main)),
      () => new Runner().run(any(main)),
      () => virtualLoop().runUntilComplete(any(main)),
    ]) {
      expect(((await rejection(call())) as Error).message).toContain("the function main(). Call it: pass f(), not f.");
    }
  });

  it("an async function: write function*", async () => {
    const error = await rejection(run(any(async function load() {})));
    expect(String(error)).toContain("got the function load(). Write function*, and call it.");
  });

  it("a class, or an async generator: named as such", async () => {
    class Job {}
    expect(String(await rejection(run(any(Job))))).toBe("TypeError: a coroutine was expected, got the class Job.");
    async function* items() {}
    expect(String(await rejection(run(any(items()))))).toContain("got a native async generator");
  });

  it("a promise: use fromPromise", async () => {
    await refuses(
      TypeError,
      "fromPromise(promise)",
      takers(() => Promise.resolve(1)),
    );
    const error = (await rejection(run(any(Promise.resolve(1))))) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain("a coroutine was expected, got a Promise. For a promise use fromPromise(promise).");
  });

  it("anything else: named as it is", async () => {
    for (const [value, text] of [
      [5, "got 5"],
      ["text", 'got "text"'],
      [undefined, "got undefined"],
      [null, "got null"],
      [[main()], "got an array of 1"],
    ] as const) {
      await refuses(TypeError, text, {
        createTask: () => createTask(any(value)),
        ensureFuture: () => ensureFuture(any(value)),
        waitFor: () => waitFor(any(value), 5),
        shield: () => shield(any(value)),
        gather: () => gather(sleep(1), any(value)),
      });
      const error = (await rejection(run(any(value)))) as Error;
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(text);
    }
  });

  it("several lists, where gather wants one, and arguments, where wait wants a list", async () => {
    await refuses(TypeError, "gather([a, b])", {
      two: () => gather(any([sleep(1)]), any([sleep(1)])),
      "with options": () => gather(any([sleep(1)]), any([sleep(1)]), { returnExceptions: true }),
      "beside others": () => gather(sleep(1), any([sleep(1)])),
      nested: () => gather(any([[sleep(1)]])),
    });
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
      const four = () => [onFuture(), onTurns(), wrapped(), sleep(2, "slept")];
      for (const [coro, begun] of [...four().map((c) => [c, true]), ...four().map((c) => [c, false])]) {
        const first = createTask(coro as Coroutine<string>);
        if (begun) yield* sleep(0);
        const error = yield* failure(() => createTask(coro as Coroutine<string>));
        expect(error).toBeInstanceOf(RuntimeError);
        expect(error.message).toMatch(/(already awaited|being awaited already)/);
        if (!future.done()) getRunningLoop().callLater(1, () => future.done() || future.setResult("future"));
        expect(["future", "turns", "slept"]).toContain(yield* first);
      }
    });
  });

  it("awaited twice, where coroutine() has made it: the second time throws, in the task that waits", async () => {
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
        expect(error.message).toContain("cannot reuse already awaited coroutine: call it again");
      }
    });
  });

  it("awaited by another task while it is under way, where coroutine() has made it: he can catch it", async () => {
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
        [main, "Task got bad yield: a coroutine. It looks like `yield` instead of `yield*`."],
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

  it("of the items of a list, which yield* iterates: the error says gather", async () => {
    await simulate(function* () {
      for (const list of [[sleep(1), sleep(1)], new Set([sleep(1)]), "text"]) {
        function* lists() {
          yield* any(list) as Coroutine<void>;
        }
        const error = yield* errorOf(createTask(lists()));
        expect(String(error)).toContain("for several write yield* gather([a, b])");
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
      for (const call of wrong) expect(call).toThrow("write `yield*` before it");
      yield* sleep(1); // not led astray
      expect(future.done()).toBe(false);
    });
  });
});
