import {
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  DeadlockError,
  gather,
  Lock,
  RuntimeError,
  sleep,
  type Task,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, rejection, simulate, thrownBy } from "../support.ts";

/** Takes the lock, writes into the log, holds it for `seconds`. */
function* use(lock: Lock, name: string, log: string[], seconds = 0): Coroutine<void> {
  yield* lock.acquire();
  log.push(name);
  try {
    yield* sleep(seconds);
  } finally {
    lock.release();
  }
}

describe("Lock", () => {
  it("goes to the tasks in the order in which they asked for it", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const lock = new Lock();
      yield* gather(...["a", "b", "c", "d"].map((name) => use(lock, name, log)));
      expect(lock.locked()).toBe(false);
    });
    expect(log).toEqual(["a", "b", "c", "d"]);
  });

  it("is free between release and the wake-up of the first waiter, and a newcomer must still stand in line", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const waiter = createTask(use(lock, "waiter", log));
      yield* sleep(0);
      lock.release();
      expect(lock.locked()).toBe(false);
      yield* lock.acquire();
      log.push("newcomer");
      lock.release();
      yield* waiter;
    });
    expect(log).toEqual(["waiter", "newcomer"]);
  });

  it("is taken at once, without a turn of the loop, when it is free", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const lock = new Lock();
      const other = createTask(use(new Lock(), "other", log));
      yield* lock.acquire();
      log.push("main");
      yield* other;
    });
    expect(log).toEqual(["main", "other"]);
  });

  it("is taken at once, without a turn of the loop, when all waiting tasks are cancelled", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const waiter = createTask(use(lock, "never", log));
      yield* sleep(0);
      const other = createTask(use(new Lock(), "other", log));
      waiter.cancel();
      lock.release();
      yield* lock.acquire();
      log.push("main");
      expect(yield* errorOf(waiter)).toBeInstanceOf(CancelledError);
      expect(lock.locked()).toBe(true);
      yield* other;
    });
    expect(log).toEqual(["main", "other"]);
  });

  it("passes the wake-up on when the woken task is cancelled in the same turn", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const [a, b] = ["a", "b"].map((name) => createTask(use(lock, name, log))) as [Task<void>, Task<void>];
      yield* sleep(0);
      lock.release();
      a.cancel();
      yield* b;
      expect(yield* errorOf(a)).toBeInstanceOf(CancelledError);
      expect(lock.locked()).toBe(false);
    });
    expect(log).toEqual(["b"]);
  });

  it("goes to the next when a task that is first in line is cancelled, before or after the release", async () => {
    for (const cancelFirst of [true, false]) {
      const log: string[] = [];
      await simulate(function* () {
        const lock = new Lock();
        yield* lock.acquire();
        const [a, b] = ["a", "b"].map((name) => createTask(use(lock, name, log))) as [Task<void>, Task<void>];
        yield* sleep(0);
        if (cancelFirst) a.cancel();
        lock.release();
        if (!cancelFirst) a.cancel();
        yield* b;
      });
      expect(log).toEqual(["b"]);
    }
  });

  it("goes to the next when a coroutine that was woken is closed instead of resumed", async () => {
    await simulate(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const closed = use(lock, "closed", []);
      closed.next();
      const waiter = createTask(use(lock, "waiter", []));
      yield* sleep(1);
      lock.release();
      closed.return();
      yield* waiter;
    });
  });

  it("returns itself, and `using` releases it at the end of the block", async () => {
    await simulate(function* () {
      const lock = new Lock();
      {
        using taken = yield* lock.acquire();
        expect(taken).toBe(lock);
        expect(lock.locked()).toBe(true);
      }
      expect(lock.locked()).toBe(false);
      const failed = (function* () {
        using _ = yield* lock.acquire();
        throw new Error("inside");
      })();
      expect(yield* errorOf(failed)).toMatchObject({ message: "inside" });
      expect(lock.locked()).toBe(false);
    });
  });

  it("is an async context manager without a value", async () => {
    await simulate(function* () {
      const lock = new Lock();
      yield* asyncWith(lock, function* (value) {
        expect(value).toBeUndefined();
        expect(lock.locked()).toBe(true);
        yield* sleep(1);
      });
      expect(lock.locked()).toBe(false);
      const failing = asyncWith(lock, function* () {
        throw new Error("inside");
      });
      expect(yield* errorOf(failing)).toMatchObject({ message: "inside" });
      expect(lock.locked()).toBe(false);
    });
  });

  it("must be locked to be released", () => {
    const error = thrownBy(() => new Lock().release());
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error).toMatchObject({ message: "Lock is not acquired." });
  });

  it("shows its state", async () => {
    await simulate(function* () {
      const lock = new Lock();
      expect(String(lock)).toBe("<Lock [unlocked]>");
      yield* lock.acquire();
      expect(String(lock)).toBe("<Lock [locked]>");
      const tasks = ["a", "b"].map((name) => createTask(use(lock, name, [])));
      yield* sleep(0);
      expect(String(lock)).toBe("<Lock [locked, waiters:2]>");
      lock.release();
      yield* gather(...tasks);
      class Named extends Lock {}
      expect(String(new Named())).toBe("<Named [unlocked]>");
    });
  });
});

describe("the coroutine of a primitive", () => {
  it("does nothing before it is awaited", async () => {
    await simulate(function* () {
      const lock = new Lock();
      const acquire = lock.acquire();
      yield* sleep(0);
      expect(lock.locked()).toBe(false);
      yield* acquire;
      expect(lock.locked()).toBe(true);
    });
  });

  it("can be awaited once only", async () => {
    await simulate(function* () {
      const lock = new Lock();
      const acquire = lock.acquire();
      yield* acquire;
      const error = yield* errorOf(acquire);
      expect(error).toBeInstanceOf(RuntimeError);
      expect(String(error)).toContain("cannot reuse already awaited lock.acquire()");
    });
  });

  it("cannot be driven by two tasks at a time, and stays with the first", async () => {
    await simulate(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const acquire = lock.acquire();
      const [first, second] = [createTask(acquire), createTask(acquire)];
      expect(yield* errorOf(second)).toBeInstanceOf(RuntimeError);
      lock.release();
      expect(yield* first).toBe(lock);
    });
  });

  it("is a coroutine for createTask, and takes nothing if the task is cancelled before its first step", async () => {
    await simulate(function* () {
      const lock = new Lock();
      const task = createTask(lock.acquire());
      task.cancel();
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      expect(lock.locked()).toBe(false);
    });
  });

  it("lets the stack of the waiting task be seen", async () => {
    await simulate(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const task = createTask(use(lock, "waiter", []));
      yield* sleep(0);
      expect(task.getStack().map((frame) => frame.name)).toEqual(["use"]);
      expect(String(lock)).toBe("<Lock [locked, waiters:1]>");
      lock.release();
      yield* task;
    });
  });

  it("names the lock and its holder when nothing can wake the loop any more", async () => {
    const left = new Lock();
    const right = new Lock();
    function* both(one: Lock, other: Lock): Coroutine<void> {
      yield* one.acquire();
      yield* sleep(1);
      yield* other.acquire();
    }
    const error = await rejection(
      simulate(function* () {
        const lefty = createTask(both(left, right), { name: "lefty" });
        const righty = createTask(both(right, left), { name: "righty" });
        yield* gather(lefty, righty);
      }),
    );
    expect(error).toBeInstanceOf(DeadlockError);
    const text = String(error);
    expect(text).toContain("lefty waits for acquire of <Lock [locked, waiters:1]>, held by righty");
    expect(text).toContain("righty waits for acquire of <Lock [locked, waiters:1]>, held by lefty");
    expect(text).toMatch(/in a circle:\n.*lefty waits .*\n.*righty waits /);
  });
});
