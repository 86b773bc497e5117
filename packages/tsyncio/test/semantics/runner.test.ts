import {
  anext,
  asyncGenerator,
  CancelledError,
  ContextVar,
  type Coroutine,
  createTask,
  currentTask,
  EventLoop,
  type ExceptionContext,
  getEventLoop,
  getRunningLoop,
  newEventLoop,
  Runner,
  RuntimeError,
  run,
  setEventLoop,
  sleep,
  VirtualHost,
  virtualLoop,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { rejection, simulate } from "../support.ts";

describe("run()", () => {
  it("returns the coroutine's result, or throws its exception, on a loop of its own that it closes", async () => {
    const loops: EventLoop[] = [];
    function* main(fail: boolean): Coroutine<string> {
      loops.push(getRunningLoop());
      yield* sleep(0);
      if (fail) throw new Error("main failed");
      return "result";
    }
    expect(await run(main(false))).toBe("result");
    expect(((await rejection(run(main(true)))) as Error).message).toBe("main failed");
    expect(loops[0] === loops[1]).toBe(false);
    expect(loops.map((loop) => [loop.isClosed(), loop.isRunning()])).toEqual([
      [true, false],
      [true, false],
    ]);
  });

  it("takes any awaitable, not only coroutines", async () => {
    const awaitable = { [Symbol.iterator]: () => sleep(1, "by an object")[Symbol.iterator]() };
    expect(await simulate(() => awaitable)).toBe("by an object");
  });

  it("cancels what is left over, waits for its cleanup, then closes async generators, then the loop", async () => {
    const log: string[] = [];
    const numbers = asyncGenerator(function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        yield* sleep(1);
        log.push("generator closed");
      }
    });
    const generator = numbers();
    function* left(name: string) {
      try {
        yield* sleep(100);
        log.push("LEAK");
      } finally {
        yield* sleep(1);
        log.push(name);
      }
    }
    let loop = null as EventLoop | null;
    await simulate(function* () {
      loop = getRunningLoop();
      yield* anext(generator);
      createTask(left("a"));
      createTask(left("b"));
      yield* sleep(0);
      log.push("main ends");
    });
    expect(log).toEqual(["main ends", "a", "b", "generator closed"]);
    expect(loop?.isClosed()).toBe(true);
    expect(loop?.time()).toBe(2);
  });

  it("does the same when main fails, and throws main's error", async () => {
    const log: string[] = [];
    function* left() {
      try {
        yield* sleep(100);
      } finally {
        log.push("cleaned up");
      }
    }
    const error = new Error("main");
    const got = await rejection(
      simulate(function* () {
        createTask(left());
        yield* sleep(1);
        throw error;
      }),
    );
    expect(got).toBe(error);
    expect(log).toEqual(["cleaned up"]);
  });

  it("reports the errors of what was left over", async () => {
    const reports: ExceptionContext[] = [];
    const error = new Error("in the cleanup");
    function* left() {
      try {
        yield* sleep(100);
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: an error in the cleanup
        throw error;
      }
    }
    await simulate(function* () {
      createTask(left(), { name: "left over" });
      yield* sleep(1);
    }, reports);
    expect(reports).toHaveLength(1);
    expect(reports[0]?.message).toMatch(/^unhandled exception during (asyncio\.)?run\(\) shutdown$/);
    expect(reports[0]?.exception).toBe(error);
    expect(String(reports[0]?.task)).toContain("left over");
  });

  it("reports the error of an async generator that fails while it is closed", async () => {
    const reports: ExceptionContext[] = [];
    const error = new Error("in the generator");
    const failing = asyncGenerator(function* () {
      try {
        yield 1;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: an error in the cleanup
        throw error;
      }
    });
    const generator = failing();
    await simulate(function* () {
      yield* anext(generator);
    }, reports);
    expect(reports).toHaveLength(1);
    expect(reports[0]?.message).toContain("an error occurred during closing of asynchronous generator");
    expect(reports[0]?.exception).toBe(error);
  });

  it("inside a running loop is a RuntimeError", async () => {
    const errors: unknown[] = [];
    await run(
      (function* () {
        run(sleep(1)).catch((error) => errors.push(error));
        new Runner().run(sleep(1)).catch((error) => errors.push(error));
        yield* sleep(0.01);
      })(),
    );
    expect(errors).toHaveLength(2);
    for (const error of errors) {
      expect(error).toBeInstanceOf(RuntimeError);
      expect((error as Error).message).toContain("cannot be called from a running event loop: use await, `yield*` or");
    }
  });

  it("whose main ends cancelled throws CancelledError", async () => {
    const error = await rejection(
      simulate(function* () {
        currentTask()?.cancel("gave up");
        yield* sleep(1);
      }),
    );
    expect(error).toBeInstanceOf(CancelledError);
    expect((error as Error).message).toBe("gave up");
  });

  it("takes debug and loopFactory", async () => {
    const debug = function* () {
      return getRunningLoop().getDebug();
    };
    const factory = () => new EventLoop({ host: new VirtualHost() });
    expect(await run(debug(), { debug: true, loopFactory: factory })).toBe(true);
    expect(await run(debug(), { debug: false })).toBe(false);
  });
});

describe("a Runner", () => {
  it("keeps one loop and one context for all its runs", async () => {
    const v = new ContextVar<number>("v", { default: 0 });
    const runner = new Runner({ loopFactory: virtualLoop });
    function* increments() {
      v.set(v.get() + 1);
      yield* sleep(1);
      return getRunningLoop();
    }
    const first = await runner.run(increments());
    const second = await runner.run(increments());
    expect(first === second && first === runner.getLoop()).toBe(true);
    const read = function* () {
      return v.get();
    };
    expect(await runner.run(read())).toBe(2);
    expect(v.get()).toBe(0);
    expect(first.isClosed()).toBe(false);
    await runner.close();
    await runner.close();
    expect(first.isClosed()).toBe(true);
    expect(() => runner.getLoop()).toThrow(/Runner is closed/);
    expect(((await rejection(runner.run(read()))) as Error).message).toContain("Runner is closed");
  });

  it("leaves tasks of one run to the next, and cancels them when it closes", async () => {
    const log: string[] = [];
    function* background() {
      try {
        for (;;) {
          yield* sleep(1);
          log.push("tick");
        }
      } finally {
        log.push("cancelled");
      }
    }
    const runner = new Runner({ loopFactory: virtualLoop });
    function* main() {
      createTask(background());
      yield* sleep(1.5);
    }
    await runner.run(main());
    await runner.run(sleep(1.2));
    expect(log).toEqual(["tick", "tick"]);
    const disposable: AsyncDisposable = runner;
    await disposable[Symbol.asyncDispose]();
    expect(log).toEqual(["tick", "tick", "cancelled"]);
  });

  it("returns the loop of newEventLoop as the current one while it is open", async () => {
    const runner = new Runner();
    const loop = runner.getLoop();
    expect(getEventLoop() === loop).toBe(true);
    await runner.close();
    expect(loop.isClosed()).toBe(true);
    const mine = newEventLoop();
    setEventLoop(mine);
    expect(getEventLoop() === mine).toBe(true);
    setEventLoop(null);
    mine.close();
  });

  it("that was never used makes no loop, and can be closed", async () => {
    const runner = new Runner({
      loopFactory: () => {
        throw new Error("not asked for");
      },
    });
    await runner.close();
    expect(() => runner.getLoop()).toThrow("not asked for");
  });
});
