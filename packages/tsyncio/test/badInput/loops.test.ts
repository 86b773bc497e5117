import {
  allTasks,
  createTask,
  currentTask,
  ensureFuture,
  Future,
  run,
  runCoroutineThreadsafe,
  setEventLoop,
  sleep,
  Task,
  taskSignal,
  toPromise,
  wrapFuture,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { any, refuses, rejection, simulate } from "../support.ts";

describe("what is no event loop", () => {
  it("is a TypeError that names what came, wherever a loop is taken", async () => {
    await refuses(TypeError, /an event loop.*, got 5/, {
      "new Future": () => new Future(any({ loop: 5 })),
      "new Task": () => new Task(sleep(0), any({ loop: 5 })),
      ensureFuture: () => ensureFuture(sleep(0), any({ loop: 5 })),
      wrapFuture: () => wrapFuture(Promise.resolve(), any({ loop: 5 })),
      runCoroutineThreadsafe: () => runCoroutineThreadsafe(sleep(0), any(5)),
      toPromise: () => toPromise(sleep(0), any({ loop: 5 })),
      allTasks: () => allTasks(any(5)),
      currentTask: () => currentTask(any(5)),
      setEventLoop: () => setEventLoop(any(5)),
    });
    const error = await rejection(run(sleep(0), any({ loopFactory: () => 5 })));
    expect(String(error)).toBe("TypeError: loopFactory must return an event loop, got 5");
  });
});

describe("what is no task, and no context", () => {
  it("is a TypeError that names what came", async () => {
    await simulate(function* () {
      expect(() => taskSignal(any(5))).toThrow("taskSignal expects a task, got 5");
      expect(() => taskSignal(any(new Future()))).toThrow("taskSignal expects a task, got <Future pending>");
      const context = any({});
      expect(() => new Future().addDoneCallback(() => {}, { context })).toThrow(
        "the context of addDoneCallback must be one that copyContext() made, got an object of class Object",
      );
      const coro = sleep(0);
      expect(() => createTask(coro, { context })).toThrow("the context of a task must be one that copyContext() made");
      yield* coro;
    });
  });
});
