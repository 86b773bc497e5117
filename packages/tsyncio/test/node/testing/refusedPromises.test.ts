import { asyncFor, asyncWith, fromPromise, wrapFuture } from "tsyncio";
import { explore, type Main, NotSimulatedError, simulate } from "tsyncio/testing";
import { expect, test } from "vitest";

async function rejected(): Promise<never> {
  throw new Error("offline");
}

const programs: [string, Main<unknown>][] = [
  [
    "a promise",
    function* () {
      yield* fromPromise(rejected());
    },
  ],
  [
    "a promise made before the simulation waits",
    function* () {
      const promise = fromPromise(rejected());
      yield* promise;
    },
  ],
  ["a function that returns one", () => fromPromise(() => rejected())],
  [
    "wrapFuture",
    function* () {
      yield* wrapFuture(rejected());
    },
  ],
  [
    "an async generator",
    function* () {
      const items = (async function* () {
        yield await rejected();
      })();
      yield* asyncFor(items, function* () {});
    },
  ],
  [
    "Symbol.asyncDispose",
    function* () {
      yield* asyncWith({ [Symbol.asyncDispose]: rejected }, function* () {});
    },
  ],
];

test.each(programs)("a refused promise that is rejected is no unhandled rejection: %s", async (_, main) => {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", listener);
  try {
    expect(() => simulate(main)).toThrow(NotSimulatedError);
    const { failure } = explore(main, { iterations: 3, throws: false });
    expect(failure?.error).toBeInstanceOf(NotSimulatedError);
    await new Promise((resolve) => setImmediate(resolve)); // Node reports them when the microtasks are done
    expect(unhandled).toEqual([]);
  } finally {
    process.off("unhandledRejection", listener);
  }
});

test("a refused thenable that is no promise is not begun", () => {
  let begun = 0;
  const query = {
    then: () => {
      begun++;
      throw new Error("begun");
    },
  };
  expect(() => simulate(() => fromPromise(() => query as unknown as PromiseLike<void>))).toThrow(NotSimulatedError);
  expect(begun).toBe(0);
});
