import {
  copyContext,
  createTask,
  type EventLoop,
  newEventLoop,
  Runner,
  RuntimeError,
  run,
  runCoroutineThreadsafe,
  sleep,
  Task,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { any, rejection, simulate, thrownBy, watchedLoop } from "../support.ts";

describe("inside a running loop", () => {
  it("nothing runs or ends a loop: each is a RuntimeError, and the running one goes on", async () => {
    const runner = new Runner({ loopFactory: () => watchedLoop() });
    const other = watchedLoop();
    const errors = await runner.run(
      (function* () {
        const loop = runner.getLoop();
        const sibling = createTask(sleep(1, "undisturbed"));
        const attempts: Promise<unknown>[] = [
          loop.runUntilComplete(sleep(1)),
          loop.runForever(),
          other.runUntilComplete(sleep(1)),
          other.runForever(),
          run(sleep(1)),
          runner.run(sleep(1)),
          runner.close(),
        ];
        const rejections = Promise.all(attempts.map(rejection));
        const close = thrownBy(() => loop.close());
        expect(yield* sibling).toBe("undisturbed");
        return { rejections, close };
      })(),
    );
    for (const error of [...(await errors.rejections), errors.close]) expect(error).toBeInstanceOf(RuntimeError);
    // Not closed by the attempt.
    expect(await runner.run(sleep(0, "runs"))).toBe("runs");
    await runner.close();
    other.close();
  });
});

describe("loop.close()", () => {
  it("goes through all steps whatever one of them throws, and reports the errors", () => {
    const reports: unknown[] = [];
    const loop = watchedLoop();
    loop.setExceptionHandler((_loop, { exception, message }) => reports.push(exception ?? message));
    const closed: string[] = [];
    const leftover = (name: string) => ({
      _loopClosed() {
        closed.push(name);
        throw new Error(name);
      },
    });
    loop._leftovers = new Set([leftover("first"), leftover("second")]);
    loop.setDefaultExecutor({
      submit: any(() => {}),
      shutdown() {
        throw new Error("executor");
      },
    });
    loop.createTask(sleep(1));
    loop.close();
    expect(closed).toEqual(["first", "second"]);
    expect(reports.map(String)).toEqual([
      "Error: executor",
      "Task was destroyed but it is pending!",
      "Error: first",
      "Error: second",
    ]);
    expect(loop.isClosed()).toBe(true);
  });

  it("leaves a coroutine closed that ensureFuture could not run", () => {
    const loop = watchedLoop();
    loop.close();
    const coro = sleeper();
    expect(thrownBy(() => loop.ensureFuture(coro))).toBeInstanceOf(RuntimeError);
    expect(coro.next()).toEqual({ done: true, value: undefined });
  });
});

function* sleeper() {
  yield* sleep(1);
}

describe("runCoroutineThreadsafe", () => {
  function served(): { loop: EventLoop; end: () => Promise<void> } {
    const loop = newEventLoop();
    loop.setExceptionHandler(() => {});
    const running = loop.runForever();
    const end = async (): Promise<void> => {
      loop.stop();
      await running;
      loop.close();
    };
    return { loop, end };
  }

  it("rejects its promise if the task cannot be made", async () => {
    const { loop, end } = served();
    loop.setTaskFactory(() => {
      throw new RangeError("no factory");
    });
    expect(await rejection(runCoroutineThreadsafe(sleep(0), loop))).toBeInstanceOf(RangeError);
    const cancelled = runCoroutineThreadsafe(sleep(0), loop);
    cancelled.cancel();
    expect(((await rejection(cancelled)) as Error).name).toBe("CancelledError");
    loop.setTaskFactory(null);
    const once = sleeper();
    await runCoroutineThreadsafe(once, loop);
    expect(String(await rejection(runCoroutineThreadsafe(once, loop)))).toContain("cannot reuse already awaited");
    await end();
  });
});

it("an eager task in a context that is entered is a RuntimeError, and its coroutine can still run", async () => {
  await simulate(function* () {
    const context = copyContext();
    const coro = sleeper();
    const error = context.run(() => thrownBy(() => new Task(coro, { context, eagerStart: true })));
    expect(String(error)).toBe("RuntimeError: cannot enter context: <Context> is already entered");
    yield* createTask(coro);
  });
});
