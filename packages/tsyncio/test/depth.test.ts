import {
  asyncFor,
  asyncGenerator,
  CancelledError,
  type Coroutine,
  coroutine,
  createTask,
  gather,
  getRunningLoop,
  run,
  sleep,
  toArray,
  virtualLoop,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "./support.ts";

const DEEP = 10_000;

type Leaf = () => Coroutine<number>;
function* leafWaits(): Coroutine<number> {
  yield* sleep(1);
  yield* sleep(1);
  return 0;
}
function* leafEnds(): Coroutine<number> {
  return 0;
}

const flat = coroutine(function* flat(depth: number, leaf: Leaf): Coroutine<number> {
  return depth === 0 ? yield* leaf() : 1 + (yield* flat(depth - 1, leaf));
});

function* plain(depth: number, leaf: Leaf): Coroutine<number> {
  return depth === 0 ? yield* leaf() : 1 + (yield* plain(depth - 1, leaf));
}

describe("coroutines made by coroutine()", () => {
  it.each([
    ["that waits at the bottom", leafWaits],
    ["that never waits", leafEnds],
  ])("may call each other ten thousand deep, in a chain %s", async (_name, leaf) => {
    await simulate(function* () {
      expect(yield* flat(DEEP, leaf)).toBe(DEEP);
      expect(yield* createTask(flat(DEEP, leaf), { eagerStart: true })).toBe(DEEP);
      expect(yield* gather(flat(DEEP, leaf), flat(DEEP / 2, leaf))).toEqual([DEEP, DEEP / 2]);
    });
  });

  it("give up no turn however deep they are", async () => {
    await simulate(function* () {
      let turned = false;
      getRunningLoop().callSoon(() => {
        turned = true;
      });
      expect(yield* flat(DEEP, leafEnds)).toBe(DEEP);
      expect(turned).toBe(false);
    });
  });

  it("pass an error up through ten thousand frames", async () => {
    await simulate(function* () {
      function* fails(): Coroutine<never> {
        yield* sleep(1);
        throw new Error("from the depth");
      }
      const error = (yield* errorOf(flat(DEEP, fails))) as Error;
      expect(error.message).toBe("from the depth");
      expect(error.stack).toContain("fails");
      expect(error.stack).toContain("flat");
      expect(error.stack?.split("\n").length).toBeLessThan(200);
    });
  });

  it("clean up in all of ten thousand frames, each with a wait, when they are cancelled", async () => {
    await simulate(function* () {
      const order: number[] = [];
      const cleans = coroutine(function* cleans(depth: number): Coroutine<void> {
        try {
          if (depth === 0) yield* sleep(100);
          else yield* cleans(depth - 1);
        } finally {
          yield* sleep(0);
          order.push(depth);
        }
      });
      const task = createTask(cleans(DEEP));
      yield* sleep(1);
      task.cancel();
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      expect(order).toEqual(Array.from({ length: DEEP + 1 }, (_, i) => i));
    });
  });

  it("show every frame by getStack()", async () => {
    await simulate(function* () {
      const task = createTask(flat(1000, leafWaits));
      yield* sleep(1);
      const names = task.getStack().map((frame) => frame.name);
      expect(names).toHaveLength(1002);
      expect(names.at(-1)).toContain("leafWaits");
      expect(names.slice(0, -1).every((name) => name.includes("flat"))).toBe(true);
      yield* task;
    });
  });

  it("may branch: a recursion over a tree returns what it should", async () => {
    await simulate(function* () {
      const fib = coroutine(function* fib(n: number): Coroutine<number> {
        if (n < 2) {
          if (n === 1) yield* sleep(0);
          return n;
        }
        return (yield* fib(n - 1)) + (yield* fib(n - 2));
      });
      expect(yield* fib(15)).toBe(610);
    });
  });

  it("may stand between plain ones: sixty thousand levels in all", async () => {
    await simulate(function* () {
      const mixed = coroutine(function* mixed(depth: number): Coroutine<number> {
        return depth === 0 ? yield* leafWaits() : 1 + (yield* plain(5, () => mixed(depth - 1))) - 5;
      });
      expect(yield* mixed(DEEP)).toBe(DEEP);
    });
  });

  it("may be as deep in an async generator, and in the body of asyncFor", async () => {
    await simulate(function* () {
      const depths = asyncGenerator(function* () {
        yield yield* flat(DEEP, leafWaits);
        yield yield* flat(DEEP, leafEnds);
      });
      expect(yield* toArray(depths())).toEqual([DEEP, DEEP]);
      let sum = 0;
      yield* asyncFor(depths(), function* (depth) {
        sum += depth + (yield* flat(DEEP, leafEnds));
      });
      expect(sum).toBe(4 * DEEP);
    });
  });

  it("that fail again and again in one step do not count as deep forever", async () => {
    await simulate(function* () {
      const fails = coroutine(function* fails(): Generator<never, never> {
        throw new Error("x");
      });
      let caught = 0;
      for (let i = 0; i < 1000; i++) {
        try {
          yield* fails();
        } catch {
          caught++;
        }
      }
      expect([caught, yield* flat(DEEP, leafEnds)]).toEqual([1000, DEEP]);
    });
  });

  it("may be awaited by native code, as deep", async () => {
    expect(await flat(DEEP, leafEnds)).toBe(DEEP);
  });
});

describe("plain generators", () => {
  it("may call each other a thousand deep", async () => {
    await simulate(function* () {
      expect(yield* plain(1000, leafWaits)).toBe(1000);
    });
  });

  it("called too deep for the engine fail with an error that says to use coroutine(); the loop goes on", async () => {
    const loop = virtualLoop();
    for (const leaf of [leafWaits, leafEnds]) {
      const task = loop.createTask(plain(1_000_000, leaf));
      const other = loop.createTask(sleep(3, "undisturbed"));
      const error = (await loop.runUntilComplete(errorOf(task))) as Error;
      expect(error.message).toMatch(/wrap their functions: coroutine\(function\*/);
      expect(error.stack).toContain("coroutine(function*");
      expect(await loop.runUntilComplete(other)).toBe("undisturbed");
    }
    loop.close();
  });

  it("ten thousand deep work, or fail with that error", async () => {
    const [result] = await run(
      (function* () {
        return yield* gather(createTask(plain(DEEP, leafEnds)), { returnExceptions: true });
      })(),
    );
    if (result !== DEEP) expect((result as Error).message).toContain("coroutine(function*");
  });
});
