import {
  ALL_COMPLETED,
  asCompleted,
  asyncFor,
  CancelledError,
  type Coroutine,
  createTask,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type Future,
  gather,
  getRunningLoop,
  sleep,
  type Task,
  TimeoutError,
  ValueError,
  wait,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

function* failAfter(seconds: number, error: unknown): Coroutine<never> {
  yield* sleep(seconds);
  throw error;
}

const named = (seconds: number, name: string): Task<string> => createTask(sleep(seconds, name), { name });
const names = (futures: Iterable<Future<unknown>>) => [...futures].map((f) => (f as Task<unknown>).getName()).sort();

describe("wait", () => {
  it("returns what is done and what is not; when the time is over it neither throws nor cancels", async () => {
    await simulate(function* () {
      const [a, b] = [named(1, "a"), named(9, "b")];
      const [done, pending] = yield* wait([a, b], { timeout: 2 });
      expect([names(done), names(pending)]).toEqual([["a"], ["b"]]);
      expect([getRunningLoop().time(), b.cancelling()]).toEqual([2, 0]);
      expect(yield* b).toBe("b");
    });
  });

  it("waits for all, for the first, or for the first exception", async () => {
    await simulate(function* () {
      const loop = getRunningLoop();
      const error = new Error("x");
      const tasks = () => [named(1, "a"), createTask(failAfter(2, error), { name: "fails" }), named(3, "b")];
      const see = (fs: Iterable<Future<unknown>>) => {
        for (const f of fs) if (f.done()) f.exception();
        return names(fs);
      };
      const begin = loop.time();
      for (const [returnWhen, done, at] of [
        [FIRST_COMPLETED, ["a"], 1],
        [FIRST_EXCEPTION, ["a", "fails"], 2],
        [ALL_COMPLETED, ["a", "b", "fails"], 3],
      ] as const) {
        const all = tasks();
        const started = loop.time();
        const [ended] = yield* wait(all, { returnWhen });
        expect([see(ended), loop.time() - started]).toEqual([done, at]);
        yield* wait(all);
        see(all);
      }
      expect(loop.time() - begin).toBe(9);
    });
  });

  it("with FIRST_EXCEPTION goes on when a member is cancelled", async () => {
    await simulate(function* () {
      const [a, b] = [named(5, "a"), named(3, "b")];
      getRunningLoop().callLater(1, () => a.cancel());
      const [done] = yield* wait([a, b], { returnWhen: FIRST_EXCEPTION });
      expect([names(done), a.cancelled(), getRunningLoop().time()]).toEqual([["a", "b"], true, 3]);
    });
  });

  it("that is cancelled leaves its members alone", async () => {
    await simulate(function* () {
      const [a, b] = [named(5, "a"), named(6, "b")];
      const waiting = createTask(wait([a, b]));
      yield* sleep(1);
      waiting.cancel();
      expect(yield* errorOf(waiting)).toBeInstanceOf(CancelledError);
      expect([a.cancelling(), b.cancelling()]).toEqual([0, 0]);
      expect(yield* gather(a, b)).toEqual(["a", "b"]);
    });
  });

  it("of nothing is a ValueError; of a future or coroutine that is not in a list, a TypeError", async () => {
    await simulate(function* () {
      expect(yield* errorOf(wait([]))).toBeInstanceOf(ValueError);
      const task = named(1, "a");
      for (const wrong of [task, sleep(1), 5, null]) {
        const error = (yield* errorOf(wait(wrong as never))) as Error;
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toContain("wait([a, b])");
      }
      yield* task;
    });
  });

  it("takes coroutines too, unlike CPython since 3.11; given twice, one runs once", async () => {
    await simulate(function* () {
      const coro = sleep(1, "x");
      const [done, pending] = yield* wait([coro, coro, sleep(2, "y")]);
      expect([...done].map((f) => f.result()).sort()).toEqual(["x", "y"]);
      expect(pending.size).toBe(0);
    });
  });
});

describe("asCompleted", () => {
  it("in for…of returns new coroutines, each with the next outcome", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const error = new Error("x");
      for (const next of asCompleted([named(3, "slow"), named(1, "fast"), createTask(failAfter(2, error))])) {
        try {
          log.push(yield* next);
        } catch (e) {
          expect(e).toBe(error);
          log.push("failed");
        }
      }
      expect(log).toEqual(["fast", "failed", "slow"]);
    });
  });

  it("as an asynchronous iterator returns the original futures", async () => {
    await simulate(function* () {
      const tasks = [named(3, "slow"), named(1, "fast")];
      const seen: Future<string>[] = [];
      yield* asyncFor(asCompleted(tasks), function* (future) {
        expect(future.done()).toBe(true);
        seen.push(future);
      });
      expect(seen).toHaveLength(2);
      expect([seen[0] === tasks[1], seen[1] === tasks[0]]).toEqual([true, true]);
    });
  });

  it("returns an awaitable that occurs twice once", async () => {
    await simulate(function* () {
      const coro = sleep(1, "once");
      const results: string[] = [];
      for (const next of asCompleted([coro, coro])) results.push(yield* next);
      expect(results).toEqual(["once"]);
    });
  });

  it("throws TimeoutError for each that is left when the time is over, and cancels nothing", async () => {
    await simulate(function* () {
      const tasks = [named(1, "a"), named(5, "b"), named(6, "c")];
      const log: string[] = [];
      for (const next of asCompleted(tasks, { timeout: 2 })) {
        try {
          log.push(yield* next);
        } catch (error) {
          expect(error).toBeInstanceOf(TimeoutError);
          log.push(`timeout at ${getRunningLoop().time()}`);
        }
      }
      expect(log).toEqual(["a", "timeout at 2", "timeout at 2"]);
      expect(tasks.map((t) => t.cancelling())).toEqual([0, 0, 0]);
      yield* wait(tasks);
    });
  });

  it("of what is done already still returns everything, the coroutines in any order of awaiting", async () => {
    await simulate(function* () {
      const tasks = [named(0, "a"), named(0, "b")];
      yield* sleep(1);
      const [first, second] = [...asCompleted(tasks)];
      const results = [yield* second as Coroutine<string>, yield* first as Coroutine<string>];
      expect(results.sort()).toEqual(["a", "b"]);
    });
  });

  it("hands an item out again whose wait was cancelled: as a future, and as a coroutine", async () => {
    await simulate(function* () {
      for (const asFutures of [true, false]) {
        const items = asCompleted([1, 2, 3].map((i) => sleep(i, i)));
        const plain = items[Symbol.iterator]();
        const results: number[] = [];
        while (results.length < 3) {
          try {
            if (asFutures) results.push((yield* waitFor(items.anext(), 0.4)).result());
            else results.push(yield* waitFor(plain.next().value as Coroutine<number>, 0.4));
          } catch (error) {
            expect(error).toBeInstanceOf(TimeoutError);
          }
        }
        expect(results).toEqual([1, 2, 3]);
        expect(plain.next().done).toBe(true);
      }
    });
  });
});
