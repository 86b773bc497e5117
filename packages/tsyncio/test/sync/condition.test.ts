import { CancelledError, Condition, type Coroutine, createTask, gather, Lock, RuntimeError, sleep } from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate, thrownBy, turns } from "../support.ts";

function* waitOnce(condition: Condition, name: string, log: string[]): Coroutine<void> {
  yield* condition.acquire();
  try {
    yield* condition.wait();
    log.push(name);
  } catch (error) {
    log.push(`${name}: ${error}, locked ${condition.locked()}`);
    throw error;
  } finally {
    condition.release();
  }
}

function* notify(condition: Condition, n?: number): Coroutine<void> {
  yield* condition.acquire();
  condition.notify(n);
  condition.release();
}

describe("Condition", () => {
  it("wakes the first n waiting tasks, one after the other as they get the lock", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const condition = new Condition();
      const tasks = ["a", "b", "c", "d"].map((name) => createTask(waitOnce(condition, name, log)));
      yield* sleep(1);
      yield* notify(condition);
      yield* turns(4);
      expect(log).toEqual(["a"]);
      yield* notify(condition, 2);
      yield* turns(4);
      expect(log).toEqual(["a", "b", "c"]);
      yield* condition.acquire();
      condition.notifyAll();
      condition.release();
      yield* gather(...tasks);
    });
    expect(log).toEqual(["a", "b", "c", "d"]);
  });

  it("does not let a notified task go on before the notifier has released the lock", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const condition = new Condition();
      const task = createTask(waitOnce(condition, "a", log));
      yield* sleep(1);
      yield* condition.acquire();
      condition.notify();
      yield* sleep(1);
      expect(log).toEqual([]);
      condition.release();
      yield* task;
    });
    expect(log).toEqual(["a"]);
  });

  it("takes the lock again before a cancelled wait throws", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const condition = new Condition();
      const task = createTask(waitOnce(condition, "a", log));
      yield* sleep(1);
      yield* condition.acquire();
      task.cancel();
      yield* sleep(1);
      expect(task.done()).toBe(false);
      condition.release();
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      expect(condition.locked()).toBe(false);
    });
    expect(log).toEqual(["a: CancelledError, locked true"]);
  });

  it("absorbs further cancellations until it has the lock, and throws the last of them", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const condition = new Condition();
      const task = createTask(waitOnce(condition, "a", log));
      yield* sleep(1);
      yield* condition.acquire();
      for (const message of ["first", "second", "third"]) {
        task.cancel(message);
        yield* sleep(1);
        expect(task.done()).toBe(false);
      }
      condition.release();
      expect(yield* errorOf(task)).toMatchObject({ message: "third" });
      expect(task.cancelling()).toBe(3);
    });
    expect(log).toEqual(["a: CancelledError: third, locked true"]);
  });

  it("notifies another when a task is cancelled after it was notified", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const condition = new Condition();
      const [a, b] = [createTask(waitOnce(condition, "a", log)), createTask(waitOnce(condition, "b", log))];
      yield* sleep(1);
      yield* notify(condition);
      a.cancel();
      yield* b;
      expect(yield* errorOf(a)).toBeInstanceOf(CancelledError);
    });
    expect(log).toEqual(["a: CancelledError, locked true", "b"]);
  });

  it("notifies another when a notified task is cancelled while it waits for the lock", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const condition = new Condition();
      const [a, b] = [createTask(waitOnce(condition, "a", log)), createTask(waitOnce(condition, "b", log))];
      yield* sleep(1);
      yield* condition.acquire();
      condition.notify();
      yield* turns(3);
      a.cancel();
      yield* turns(3);
      condition.release();
      yield* b;
      yield* errorOf(a);
    });
    expect(log).toEqual(["a: CancelledError, locked true", "b"]);
  });

  it("waits with waitFor until the predicate holds, and returns what the predicate returned", async () => {
    await simulate(function* () {
      const condition = new Condition();
      let stock = 0;
      let looked = 0;
      const task = createTask(
        (function* () {
          yield* condition.acquire();
          try {
            return yield* condition.waitFor(() => {
              looked++;
              return stock >= 3 && `${stock} in stock`;
            });
          } finally {
            condition.release();
          }
        })(),
      );
      for (let i = 0; i < 4; i++) {
        yield* sleep(1);
        stock++;
        yield* notify(condition);
      }
      expect(yield* task).toBe("3 in stock");
      expect(looked).toBe(4);
    });
  });

  it("shares the lock it is given", async () => {
    await simulate(function* () {
      const lock = new Lock();
      const [full, empty] = [new Condition(lock), new Condition(lock)];
      using taken = yield* full.acquire();
      expect(taken).toBe(lock);
      expect([lock.locked(), full.locked(), empty.locked()]).toEqual([true, true, true]);
    });
  });

  it("must be locked to be waited for or notified", async () => {
    await simulate(function* () {
      const condition = new Condition();
      const waited = yield* errorOf(condition.wait());
      expect(waited).toBeInstanceOf(RuntimeError);
      expect(waited).toMatchObject({ message: "cannot wait on un-acquired lock" });
      const notified = thrownBy(() => condition.notify());
      expect(notified).toBeInstanceOf(RuntimeError);
      expect(notified).toMatchObject({ message: "cannot notify on un-acquired lock" });
      expect(thrownBy(() => condition.notifyAll())).toBeInstanceOf(RuntimeError);
    });
  });

  it("refuses what is not a lock, and predicates that are always true", async () => {
    expect(String(thrownBy(() => new Condition({} as Lock)))).toContain("expects a Lock");
    await simulate(function* () {
      const condition = new Condition();
      using _ = yield* condition.acquire();
      const generator = yield* errorOf(condition.waitFor(function* () {}));
      expect(String(generator)).toContain("plain function");
      const promised = yield* errorOf(condition.waitFor(async () => false));
      expect(String(promised)).toContain("promise");
      expect(String(thrownBy(() => condition.notify("all" as never)))).toContain('got "all"');
    });
  });

  it("shows its state", async () => {
    await simulate(function* () {
      const condition = new Condition();
      expect(String(condition)).toBe("<Condition [unlocked]>");
      const task = createTask(waitOnce(condition, "a", []));
      yield* sleep(0);
      yield* condition.acquire();
      expect(String(condition)).toBe("<Condition [locked, waiters:1]>");
      condition.notify();
      condition.release();
      yield* task;
    });
  });
});
