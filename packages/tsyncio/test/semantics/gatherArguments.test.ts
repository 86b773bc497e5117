import {
  type Coroutine,
  createTask,
  eagerTaskFactory,
  type Future,
  gather,
  getRunningLoop,
  run,
  sleep,
  virtualLoop,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { any, errorOf, failure, rejection, simulate } from "../support.ts";

describe("gather of an array", () => {
  it("takes it as it takes arguments: results in its order, options, an awaitable given twice", async () => {
    await simulate(function* () {
      const error = new Error("x");
      function* fails(): Coroutine<never> {
        yield* sleep(1);
        throw error;
      }
      const task = createTask(sleep(1, "task"));
      expect(yield* gather([sleep(2, "a"), task, sleep(1, "b"), task])).toEqual(["a", "task", "b", "task"]);
      expect(yield* gather([sleep(2, "a"), fails()], { returnExceptions: true })).toEqual(["a", error]);
      expect(yield* errorOf(gather([fails(), sleep(2)]))).toBe(error);
      expect(yield* gather([])).toEqual([]);
      expect(yield* gather([], { returnExceptions: true })).toEqual([]);
    });
  });

  it("takes no options for options: null or undefined behind the array", async () => {
    await simulate(function* () {
      const passOn = (options?: { cancelOnError: boolean } | null) => gather([sleep(1, "a"), sleep(1, "b")], options);
      expect([yield* passOn(), yield* passOn(null)]).toEqual([
        ["a", "b"],
        ["a", "b"],
      ]);
    });
  });

  it("leaves the array as it is, and does not see what is done to it later", async () => {
    await simulate(function* () {
      const list = [sleep(1, "a"), sleep(1, "b")];
      const gathering = gather(list);
      expect(list).toHaveLength(2);
      list.length = 0;
      expect(yield* gathering).toEqual(["a", "b"]);
    });
  });

  it("takes more than a call has room for; the error of such a call names the way", async () => {
    const count = 300_000;
    const zero = (): Coroutine<number>[] => Array.from({ length: count }, () => sleep(0, 1));
    const results = await run(
      (function* () {
        return yield* gather(zero());
      })(),
      { loopFactory: virtualLoop },
    );
    expect(results).toHaveLength(count);
    const tooMany = new Array<Coroutine<number>>(2_000_000).fill(sleep(0, 1));
    const error = await rejection(
      simulate(function* () {
        yield* gather(...tooMany);
      }),
    );
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toContain("pass the array: gather(list)");
  });
});

describe("gather in a loop with eager tasks", () => {
  const eagerly = (main: () => Coroutine<void>) =>
    simulate(function* () {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      yield* main();
    });

  it("watches an argument before it makes the next one: what ends together is told in that order", async () => {
    await eagerly(function* () {
      const order: string[] = [];
      const a = createTask(sleep(1));
      function* inner(): Coroutine<void> {
        yield* errorOf(gather(a));
        order.push("inner");
      }
      function* outer(): Coroutine<void> {
        yield* errorOf(gather(a, inner()));
        order.push("outer");
      }
      const task = createTask(outer());
      yield* sleep(0);
      a.cancel();
      yield* task;
      yield* sleep(1);
      expect(order).toEqual(["outer", "inner"]);
    });
  });

  it("counts each child once: those done before, those that an eager one ends, and those that end later", async () => {
    await eagerly(function* () {
      const futures = Array.from({ length: 3 }, () => getRunningLoop().createFuture<string>());
      const [a, b, c] = futures as [Future<string>, Future<string>, Future<string>];
      function* ends(): Coroutine<string> {
        a.setResult("a");
        b.setResult("b");
        yield* sleep(1);
        c.setResult("c");
        return "eager";
      }
      expect(yield* gather(a, sleep(0, "first"), ends(), c, b, a)).toEqual(["a", "first", "eager", "c", "b", "a"]);
    });
  });

  it("is done in a later turn if its last child was ended by an eager one, at once if all were done before", async () => {
    await eagerly(function* () {
      const a = getRunningLoop().createFuture<string>();
      function* ends(): Coroutine<string> {
        a.setResult("a");
        return "eager";
      }
      const gathering = gather(a, ends());
      expect(gathering.done()).toBe(false);
      expect(yield* gathering).toEqual(["a", "eager"]);
      function* atOnce(): Coroutine<string> {
        return "at once";
      }
      expect(gather(a, atOnce()).result()).toEqual(["a", "at once"]);
    });
  });

  it("whose argument is wrong goes on with those before it, and reports nothing of them", async () => {
    await eagerly(function* () {
      const log: string[] = [];
      function* fails(): Coroutine<never> {
        yield* sleep(1);
        log.push("ran");
        throw new Error("x");
      }
      expect(yield* failure(() => gather(fails(), any(5)))).toBeInstanceOf(TypeError);
      yield* sleep(2);
      expect(log).toEqual(["ran"]);
    });
  });
});
