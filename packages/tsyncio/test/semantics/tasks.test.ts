import {
  allTasks,
  type Coroutine,
  createTask,
  currentTask,
  type ExceptionContext,
  getRunningLoop,
  KeyboardInterrupt,
  RuntimeError,
  SystemExit,
  sleep,
  Task,
  virtualLoop,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, rejection, simulate, thrownBy, watchedLoop } from "../support.ts";

describe("createTask", () => {
  it("runs nothing synchronously; first steps come in the next turn, in the order of creation", async () => {
    await simulate(function* () {
      const log: string[] = [];
      function* child(name: string) {
        log.push(name);
        return name;
      }
      const tasks = ["a", "b", "c"].map((name) => createTask(child(name)));
      expect(log).toEqual([]);
      getRunningLoop().callSoon(() => log.push("callback"));
      yield* sleep(0);
      expect(log).toEqual(["a", "b", "c", "callback"]);
      expect(tasks.map((t) => t.result())).toEqual(["a", "b", "c"]);
    });
  });

  it("sleep(0) is exactly one turn, and so is a negative delay", async () => {
    await simulate(function* () {
      const log: string[] = [];
      function* child(name: string, delay: number) {
        for (let i = 0; i < 3; i++) {
          log.push(`${name}${i}`);
          yield* sleep(delay);
        }
      }
      createTask(child("a", 0));
      createTask(child("b", -1));
      yield* sleep(1);
      expect(log).toEqual(["a0", "b0", "a1", "b1", "a2", "b2"]);
    });
  });

  it("waiters of one future resume in the order in which they began to wait", async () => {
    await simulate(function* () {
      const log: number[] = [];
      const gate = getRunningLoop().createFuture<void>();
      function* waiter(n: number) {
        yield* sleep((10 - n) / 10);
        yield* gate;
        log.push(n);
      }
      const tasks = [1, 2, 3, 4].map((n) => createTask(waiter(n)));
      yield* sleep(5);
      gate.setResult();
      for (const task of tasks) yield* task;
      expect(log).toEqual([4, 3, 2, 1]);
    });
  });

  it("names tasks Task-<n>, or as told, and the name can be changed", async () => {
    await simulate(function* () {
      function* child() {
        return currentTask()?.getName();
      }
      const first = createTask(child());
      const second = createTask(child());
      const number = (t: Task<unknown>) => Number(/^Task-(\d+)$/.exec(t.getName())?.[1]);
      expect(number(second)).toBe(number(first) + 1);
      const named = createTask(child(), { name: "worker" });
      second.setName(17);
      expect(String(named)).toBe('<Task pending name="worker">');
      expect([yield* second, yield* named]).toEqual(["17", "worker"]);
    });
  });
});

describe("SystemExit and KeyboardInterrupt", () => {
  it("raised in a task are stored in it and leave the loop", async () => {
    for (const exit of [new SystemExit(2), new KeyboardInterrupt()]) {
      const reports: ExceptionContext[] = [];
      const loop = watchedLoop(reports);
      const log: string[] = [];
      function* fatal() {
        yield* sleep(1);
        throw exit;
      }
      const task = loop.createTask(fatal());
      loop.callLater(2, () => log.push("too late"));
      expect(await rejection(loop.runForever())).toBe(exit);
      expect(task.done()).toBe(true);
      expect(task.exception()).toBe(exit);
      expect(log).toEqual([]);
      loop.close();
      expect(reports).toEqual([]);
    }
  });

  it("come out of runUntilComplete whichever task raised them, and the loop can run again", async () => {
    const loop = virtualLoop();
    const exit = new SystemExit(1);
    function* fatal(): Coroutine<void> {
      throw exit;
    }
    function* main() {
      createTask(fatal()).addDoneCallback((t) => t.exception());
      yield* sleep(1);
      return "end";
    }
    const task = loop.createTask(main());
    expect(await rejection(loop.runUntilComplete(task))).toBe(exit);
    expect(await loop.runUntilComplete(task)).toBe("end");
    loop.close();
  });

  it("raised while a cancelled task cleans up also leave the loop", async () => {
    const loop = virtualLoop();
    const exit = new KeyboardInterrupt();
    function* stubborn() {
      try {
        yield* sleep(10);
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: the subject of the test
        throw exit;
      }
    }
    const task = loop.createTask(stubborn());
    loop.callLater(1, () => task.cancel());
    expect(await rejection(loop.runForever())).toBe(exit);
    expect([task.cancelled(), task.exception()]).toEqual([false, exit]);
    loop.close();
  });
});

describe("a task", () => {
  it("that is pending when the loop closes is reported", async () => {
    const reports: ExceptionContext[] = [];
    const loop = watchedLoop(reports);
    const task = loop.createTask(sleep(10), { name: "left behind" });
    await loop.runUntilComplete(sleep(1));
    loop.close();
    expect(reports.map((r) => r.message)).toEqual(["Task was destroyed but it is pending!"]);
    expect(reports[0]?.task).toBe(task);
  });

  it("does not let others set its result or exception", async () => {
    await simulate(function* () {
      const task = createTask(sleep(1));
      expect(() => task.setResult(undefined as never)).toThrow(RuntimeError);
      expect(() => task.setException(new Error("x") as never)).toThrow(RuntimeError);
      yield* task;
      expect(task.exception()).toBe(null);
    });
  });

  it("is in allTasks() until it is done, in the order of creation", async () => {
    await simulate(function* () {
      const names = () => [...allTasks()].map((t) => t.getName());
      currentTask()?.setName("main");
      const a = createTask(sleep(1), { name: "a" });
      const b = createTask(sleep(2), { name: "b" });
      expect(names()).toEqual(["main", "a", "b"]);
      yield* a;
      expect(names()).toEqual(["main", "b"]);
      b.cancel();
      yield* errorOf(b);
      expect(names()).toEqual(["main"]);
      expect(allTasks(getRunningLoop()).size).toBe(1);
      expect(allTasks(virtualLoop()).size).toBe(0);
    });
  });

  it("is currentTask() while it runs; in a plain callback that is null, and outside of a loop an error", async () => {
    await simulate(function* () {
      const seen: unknown[] = [];
      const main = currentTask();
      function* child() {
        seen.push(currentTask() === task);
        yield* sleep(0);
        seen.push(currentTask() === task);
      }
      const task = createTask(child());
      task.addDoneCallback(() => seen.push(currentTask()));
      getRunningLoop().callSoon(() => seen.push(currentTask()));
      yield* task;
      yield* sleep(0);
      expect(seen).toEqual([true, null, true, null]);
      expect(currentTask()).toBe(main);
      expect(currentTask(virtualLoop())).toBe(null);
    });
    expect(() => currentTask()).toThrow(/no running event loop/);
  });

  it("of a coroutine that fails at once keeps the exception for the code that asks", async () => {
    await simulate(function* () {
      const error = new Error("x");
      function* fails(): Coroutine<number> {
        throw error;
      }
      const task = createTask(fails());
      expect(yield* errorOf(task)).toBe(error);
      expect(task.exception()).toBe(error);
      expect(thrownBy(() => task.result())).toBe(error);
      expect(task).toBeInstanceOf(Task);
    });
  });
});
