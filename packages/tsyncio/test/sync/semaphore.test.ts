import {
  asyncWith,
  BoundedSemaphore,
  CancelledError,
  type Coroutine,
  createTask,
  gather,
  Semaphore,
  sleep,
  ValueError,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate, thrownBy, turns } from "../support.ts";

function* take(semaphore: Semaphore, name: string, log: string[]): Coroutine<void> {
  yield* semaphore.acquire();
  log.push(name);
}

describe("Semaphore", () => {
  it("lets no more tasks in than it has permits", async () => {
    let inside = 0;
    let most = 0;
    await simulate(function* () {
      const semaphore = new Semaphore(3);
      const work = function* () {
        yield* semaphore.acquire();
        most = Math.max(most, ++inside);
        yield* sleep(1);
        inside--;
        semaphore.release();
      };
      yield* gather(...Array.from({ length: 10 }, work));
      expect(semaphore.locked()).toBe(false);
    });
    expect([inside, most]).toEqual([0, 3]);
  });

  it("hands a released permit to the first waiting task: it stays locked, and no task slips in", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const semaphore = new Semaphore(1);
      yield* semaphore.acquire();
      const waiter = createTask(take(semaphore, "waiter", log));
      yield* sleep(0);
      semaphore.release();
      expect(semaphore.locked()).toBe(true);
      const newcomer = createTask(take(semaphore, "newcomer", log));
      yield* waiter;
      semaphore.release();
      yield* newcomer;
    });
    expect(log).toEqual(["waiter", "newcomer"]);
  });

  it("serves strictly first come, first served, also when permits come back faster than tasks run", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const semaphore = new Semaphore(0);
      const tasks = ["a", "b", "c", "d"].map((name) => createTask(take(semaphore, name, log)));
      yield* sleep(0);
      semaphore.release();
      semaphore.release();
      tasks.push(createTask(take(semaphore, "e", log)));
      semaphore.release();
      yield* turns(2);
      expect(log).toEqual(["a", "b", "c"]);
      semaphore.release();
      semaphore.release();
      yield* gather(...tasks);
    });
    expect(log).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("makes a newcomer wait behind a woken task although a permit is free, and wakes it after that one", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const semaphore = new Semaphore(0);
      const woken = createTask(take(semaphore, "woken", log));
      yield* sleep(0);
      semaphore.release();
      semaphore.release();
      expect(semaphore.locked()).toBe(true);
      yield* take(semaphore, "newcomer", log);
      yield* woken;
      expect(String(semaphore)).toBe("<Semaphore [locked]>");
    });
    expect(log).toEqual(["woken", "newcomer"]);
  });

  it("passes the permit of a task that is cancelled after it was woken to the next", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const semaphore = new Semaphore(0);
      const [a, b] = [createTask(take(semaphore, "a", log)), createTask(take(semaphore, "b", log))];
      yield* sleep(0);
      semaphore.release();
      a.cancel();
      yield* b;
      expect(yield* errorOf(a)).toBeInstanceOf(CancelledError);
      expect(String(semaphore)).toBe("<Semaphore [locked]>");
    });
    expect(log).toEqual(["b"]);
  });

  it("keeps the permit when the only waiter is cancelled after it was woken", async () => {
    await simulate(function* () {
      const semaphore = new Semaphore(0);
      const task = createTask(semaphore.acquire());
      yield* sleep(0);
      semaphore.release();
      task.cancel();
      yield* errorOf(task);
      expect(String(semaphore)).toBe("<Semaphore [unlocked, value:1]>");
    });
  });

  it("does not hang when the waiters before a task are cancelled before they could wake up", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const semaphore = new Semaphore(1);
      yield* semaphore.acquire();
      const [a, b, c] = ["a", "b", "c"].map((name) => createTask(take(semaphore, name, log)));
      yield* sleep(0);
      a!.cancel();
      b!.cancel();
      semaphore.release();
      yield* c!;
    });
    expect(log).toEqual(["c"]);
  });

  it("returns itself, which `using` releases, and is an async context manager", async () => {
    await simulate(function* () {
      const semaphore = new Semaphore(1);
      {
        using taken = yield* semaphore.acquire();
        expect(taken).toBe(semaphore);
        expect(semaphore.locked()).toBe(true);
      }
      yield* asyncWith(semaphore, function* () {
        expect(semaphore.locked()).toBe(true);
        yield* sleep(0);
      });
      expect(semaphore.locked()).toBe(false);
    });
  });

  it("shows its state", async () => {
    await simulate(function* () {
      const semaphore = new Semaphore(2);
      expect(String(semaphore)).toBe("<Semaphore [unlocked, value:2]>");
      const tasks = [0, 1, 2].map(() => createTask(semaphore.acquire()));
      yield* sleep(0);
      expect(String(semaphore)).toBe("<Semaphore [locked, waiters:1]>");
      semaphore.release();
      yield* gather(...tasks);
    });
  });

  it.each([
    [-1, ValueError, "Semaphore initial value must be >= 0"],
    [1.5, ValueError, "whole number"],
    [Number.NaN, ValueError, "whole number"],
    ["3", TypeError, 'got "3"'],
    [null, TypeError, "got null"],
  ])("refuses %s as its number of permits", (value, type, message) => {
    const error = thrownBy(() => new Semaphore(value as number));
    expect(error).toBeInstanceOf(type);
    expect(String(error)).toContain(message);
  });

  it("has no limit with Infinity permits", async () => {
    await simulate(function* () {
      const semaphore = new Semaphore(Number.POSITIVE_INFINITY);
      for (let i = 0; i < 10; i++) yield* semaphore.acquire();
      expect(semaphore.locked()).toBe(false);
    });
  });
});

describe("BoundedSemaphore", () => {
  it("cannot be released more often than it was acquired", async () => {
    await simulate(function* () {
      const semaphore = new BoundedSemaphore(2);
      yield* semaphore.acquire();
      semaphore.release();
      const error = thrownBy(() => semaphore.release());
      expect(error).toBeInstanceOf(ValueError);
      expect(error).toMatchObject({ message: "BoundedSemaphore released too many times" });
      expect(String(semaphore)).toBe("<BoundedSemaphore [unlocked, value:2]>");
    });
  });
});
