import {
  allTasks,
  ContextVar,
  type Coroutine,
  createEagerTaskFactory,
  createTask,
  currentTask,
  eagerTaskFactory,
  getRunningLoop,
  sleep,
  Task,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate, turns } from "../support.ts";

describe("an eager task", () => {
  it("runs to its first suspension inside createTask, as its own currentTask", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const main = currentTask();
      function* child() {
        log.push(`began as ${currentTask()?.getName()}`);
        yield* sleep(1);
        log.push("went on");
      }
      const task = createTask(child(), { eagerStart: true, name: "eager" });
      log.push("created");
      expect(currentTask()).toBe(main);
      expect(task.done()).toBe(false);
      yield* task;
      expect(log).toEqual(["began as eager", "created", "went on"]);
    });
  });

  it("runs in its own context, and the caller's comes back, also when it throws", async () => {
    const v = new ContextVar<string>("v");
    await simulate(function* () {
      const main = currentTask();
      v.set("parent");
      function* child(fail: boolean): Coroutine<string> {
        expect(v.get()).toBe("parent");
        v.set("child");
        if (fail) throw new Error("x");
        yield* sleep(0);
        return v.get();
      }
      const good = createTask(child(false), { eagerStart: true });
      const bad = createTask(child(true), { eagerStart: true });
      expect(v.get()).toBe("parent");
      expect(currentTask()).toBe(main);
      expect(yield* good).toBe("child");
      expect(bad.exception()).toBeInstanceOf(Error);
    });
  });

  it("that ends at once is done at once, but its done callbacks still come by callSoon", async () => {
    await simulate(function* () {
      const log: string[] = [];
      function* child() {
        return 5;
      }
      const task = createTask(child(), { eagerStart: true });
      task.addDoneCallback(() => log.push("callback"));
      expect([task.done(), task.result(), task.getCoro()]).toEqual([true, 5, null]);
      expect(log).toEqual([]);
      yield* sleep(0);
      expect(log).toEqual(["callback"]);
    });
  });

  it("stores an exception of its first step instead of throwing it into the creator", async () => {
    await simulate(function* () {
      const error = new Error("x");
      function* child(): Coroutine<void> {
        throw error;
      }
      const task = createTask(child(), { eagerStart: true });
      expect(task.done()).toBe(true);
      expect(yield* errorOf(task)).toBe(error);
    });
  });

  it("is among allTasks() already in its first step, and not when it has ended", async () => {
    await simulate(function* () {
      function* child(wait: boolean) {
        const me = currentTask() as Task<unknown>;
        expect(allTasks().has(me)).toBe(true);
        if (wait) yield* sleep(1);
      }
      const ended = createTask(child(false), { eagerStart: true });
      const waits = createTask(child(true), { eagerStart: true });
      expect(allTasks().has(ended)).toBe(false);
      expect(allTasks().has(waits)).toBe(true);
      yield* waits;
    });
  });

  it("may start others eagerly, nested", async () => {
    await simulate(function* () {
      const log: string[] = [];
      function* nested(depth: number): Coroutine<number> {
        log.push(`in ${depth}`);
        const inner = depth < 3 ? createTask(nested(depth + 1), { eagerStart: true }) : null;
        log.push(`out ${depth}`);
        yield* sleep(0);
        return depth + (inner === null ? 0 : yield* inner);
      }
      const task = createTask(nested(1), { eagerStart: true });
      expect(log).toEqual(["in 1", "in 2", "in 3", "out 3", "out 2", "out 1"]);
      expect(yield* task).toBe(6);
    });
  });

  it("can be cancelled in its first step by itself: it ends cancelled", async () => {
    await simulate(function* () {
      const log: string[] = [];
      function* child() {
        currentTask()?.cancel();
        try {
          yield* sleep(1);
        } finally {
          log.push("cleaned up");
        }
      }
      const task = createTask(child(), { eagerStart: true });
      yield* turns(3);
      expect([task.cancelled(), log]).toEqual([true, ["cleaned up"]]);
    });
  });

  it("is what eagerTaskFactory makes of every task; eagerStart: false is lazy again", async () => {
    await simulate(function* () {
      const log: string[] = [];
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      expect(getRunningLoop().getTaskFactory()).toBe(eagerTaskFactory);
      function* child(name: string) {
        log.push(name);
      }
      createTask(child("eager"));
      expect(log).toEqual(["eager"]);
      const lazy = createTask(child("lazy"), { eagerStart: false });
      expect(log).toEqual(["eager"]);
      yield* lazy;
    });
  });

  it("is made by createEagerTaskFactory of a subclass of Task, which gets name and context", async () => {
    class Counted<T> extends Task<T> {
      counted = true;
    }
    await simulate(function* () {
      getRunningLoop().setTaskFactory(createEagerTaskFactory(Counted));
      function* child() {
        return 1;
      }
      const task = createTask(child(), { name: "n" });
      expect(task).toBeInstanceOf(Counted);
      expect([task.getName(), task.done()]).toEqual(["n", true]);
      getRunningLoop().setTaskFactory(null);
      expect(createTask(child())).not.toBeInstanceOf(Counted);
    });
  });
});
