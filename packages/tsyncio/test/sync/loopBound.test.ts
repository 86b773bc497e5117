import { Condition, type Coroutine, createTask, Event, Lock, Queue, RuntimeError, Semaphore, sleep } from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, rejection, simulate } from "../support.ts";

/** Makes a task wait for the primitive, then lets it go on. */
const contended = {
  Lock: (lock: Lock) => ({ wait: () => lock.acquire(), end: () => lock.release() }),
  Semaphore: (semaphore: Semaphore) => ({ wait: () => semaphore.acquire(), end: () => semaphore.release() }),
  Event: (event: Event) => ({ wait: () => event.wait(), end: () => event.set() }),
  Queue: (queue: Queue<number>) => ({ wait: () => queue.get(), end: () => queue.putNowait(1) }),
};

function takenLock(): Lock {
  const lock = new Lock();
  lock.acquire().next();
  return lock;
}

describe("a primitive", () => {
  it.each([
    ["Lock", "<Lock [locked]>", takenLock],
    ["Semaphore", "<Semaphore [locked]>", () => new Semaphore(0)],
    ["Event", "<Event [unset]>", () => new Event()],
    ["Queue", "<Queue maxsize=0", () => new Queue<number>()],
  ])("%s belongs to the loop in which a task first had to wait for it", async (kind, shown, make) => {
    const primitive = make();
    const { wait, end } = contended[kind as keyof typeof contended](primitive as never);
    await simulate(function* () {
      const waiting = createTask(wait() as Coroutine<unknown>);
      yield* sleep(0);
      end();
      yield* waiting;
      if (primitive instanceof Event) primitive.clear();
    });
    await simulate(function* () {
      const error = yield* errorOf(wait());
      expect(error).toBeInstanceOf(RuntimeError);
      expect(String(error)).toContain(shown);
      expect(String(error)).toContain("is bound to a different event loop");
    });
  });

  it("can be used by one loop after the other as long as no task has to wait", async () => {
    const lock = new Lock();
    const queue = new Queue<number>();
    for (let i = 0; i < 3; i++) {
      await simulate(function* () {
        yield* lock.acquire();
        lock.release();
        yield* queue.put(i);
        expect(yield* queue.get()).toBe(i);
      });
    }
  });

  it("is refused by the condition that waits for it in another loop", async () => {
    const condition = new Condition();
    await simulate(function* () {
      yield* condition.acquire();
      const waiting = createTask(condition.wait());
      yield* sleep(0);
      yield* condition.acquire();
      condition.notify();
      condition.release();
      yield* waiting;
    });
    await simulate(function* () {
      expect(yield* errorOf(condition.wait())).toMatchObject({
        message: expect.stringContaining("different event loop"),
      });
    });
  });

  it("needs no loop until a task has to wait", async () => {
    const lock = new Lock();
    expect(lock.acquire().next()).toEqual({ done: true, value: lock });
    const error = await rejection(Promise.resolve().then(() => lock.acquire().next()));
    expect(error).toBeInstanceOf(RuntimeError);
    expect(String(error)).toContain("no running event loop");
  });
});
