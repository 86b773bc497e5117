// What the pools take as options, and what map does with its own.
import { run, setEventLoop, ValueError } from "tsyncio";
import { blocking, type PoolExecutor, ProcessPoolExecutor, ThreadPoolExecutor } from "tsyncio/executors";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import * as jobs from "./jobs.ts";

afterEach(() => setEventLoop(null));

describe("an option that does not exist is a TypeError that names it:", () => {
  const wrong = (object: object): never => object as never;
  const pool = new ThreadPoolExecutor(1);
  afterAll(() => pool.shutdown());

  it.each<[string, () => unknown, string]>([
    ["of a ThreadPoolExecutor", () => new ThreadPoolExecutor(wrong({ maxWorker: 2 })), "did you mean maxWorkers"],
    ["of one with a number", () => new ThreadPoolExecutor(2, wrong({ maxTasksPerChild: 2 })), "maxTasksPerChild"],
    ["of a ProcessPoolExecutor", () => new ProcessPoolExecutor(wrong({ resourceLimits: {} })), "resourceLimits"],
    ["of resourceLimits", () => new ThreadPoolExecutor({ resourceLimits: wrong({ maxOld: 2 }) }), "maxOld"],
    [
      "of blocking",
      () => blocking(import.meta, function unused() {}, wrong({ canel: "leave" })),
      "did you mean cancel",
    ],
    ["of map", () => pool.map(jobs.add, [1], [1], wrong({ chunkSize: 2 })), "did you mean chunksize"],
    ["of shutdown", () => pool.shutdown(wrong({ cancel_futures: true })), "did you mean cancelFutures"],
  ])("%s", (_name, call, text) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(text);
  });

  it("and options cannot be given twice", () => {
    expect(() => new ThreadPoolExecutor({ maxWorkers: 1 }, { cancel: "leave" })).toThrow(/expects options once/);
  });
});

it("a count must be a whole number, a TypeError otherwise, and greater than 0, a ValueError otherwise", () => {
  for (const wrong of ["2", 1.5, Number.NaN, {}]) {
    expect(() => new ThreadPoolExecutor({ maxWorkers: wrong as never })).toThrow(TypeError);
    expect(() => new ProcessPoolExecutor({ maxTasksPerChild: wrong as never })).toThrow(TypeError);
  }
  for (const wrong of [0, -1]) {
    expect(() => new ThreadPoolExecutor(wrong)).toThrow(ValueError);
    expect(() => new ProcessPoolExecutor({ maxTasksPerChild: wrong })).toThrow(ValueError);
  }
});

it("options that a polluted prototype adds do not reach the workers", async () => {
  const polluted = Object.prototype as {
    execArgv?: unknown;
    env?: unknown;
    resourceLimits?: unknown;
    initializer?: unknown;
  };
  polluted.execArgv = ["--no-such-option"];
  polluted.env = { TSYNCIO_POLLUTED: "yes" };
  polluted.resourceLimits = { maxOldGenerationSizeMb: 1 };
  polluted.initializer = jobs.badInitialiser;
  let pools: PoolExecutor[];
  try {
    pools = [new ThreadPoolExecutor(1), new ProcessPoolExecutor(1, {})];
    for (const pool of pools) expect(await pool.submit(jobs.environment, "TSYNCIO_POLLUTED")).toBeUndefined();
  } finally {
    for (const name of ["execArgv", "env", "resourceLimits", "initializer"] as const) delete polluted[name];
  }
  for (const pool of pools) await pool.shutdown();
});

it.each<[string, object]>([
  ["a number for env", { env: 5 }],
  ["text for env", { env: "A=1" }],
  ["an array for env", { env: ["A=1"] }],
  ["no text in env", { env: { A: undefined } }],
  ["no array for initargs", { initargs: "ab" }],
])("the pools refuse %s", (_what, options) => {
  expect(() => new ThreadPoolExecutor(1, options)).toThrow(TypeError);
  expect(() => new ProcessPoolExecutor(1, options)).toThrow(TypeError);
});

it.each<[unknown, new (...args: never[]) => Error]>([
  ["10", TypeError],
  [null, TypeError],
  [Number.NaN, ValueError],
  [0, ValueError],
  [-5, ValueError],
  [1, ValueError], // V8 would end the whole process.
])("a heap of %s megabytes for a thread is refused", (maxOldGenerationSizeMb, error) => {
  const options = { resourceLimits: { maxOldGenerationSizeMb } } as { resourceLimits: object };
  expect(() => new ThreadPoolExecutor(1, options)).toThrow(error);
});

describe("map", () => {
  const pool = new ThreadPoolExecutor(1);
  const processes = new ProcessPoolExecutor(1);
  afterAll(async () => {
    await pool.shutdown();
    await processes.shutdown();
  });

  it.each([0, -1])("buffersize %s is a ValueError", (buffersize) => {
    expect(() => pool.map(jobs.add, [1], [1], { buffersize })).toThrow(ValueError);
  });

  it.each([1.5, "2", Number.NaN, Infinity, {}])("buffersize %s is a TypeError", (buffersize) => {
    expect(() => pool.map(jobs.add, [1], [1], { buffersize: buffersize as number })).toThrow(TypeError);
  });

  it("a timeout must be a number of seconds; Infinity is no limit, and longer ones than timers have are no problem", async () => {
    expect(() => pool.map(jobs.add, [1], [1], { timeout: Number.NaN })).toThrow(ValueError);
    expect(() => pool.map(jobs.add, [1], [1], { timeout: "1" as never })).toThrow(TypeError);
    for (const timeout of [Infinity, Number.MAX_VALUE, 1e8]) {
      const sums: number[] = [];
      for await (const sum of pool.map(jobs.add, [1, 2], [10, 20], { timeout })) sums.push(sum);
      expect(sums).toEqual([11, 22]);
    }
  });

  it.each([5, null, {}])("what is no iterable is refused: %s", (wrong) => {
    expect(() => pool.map(jobs.add, [1], wrong as never, {})).toThrow(/map expects iterables/);
  });

  it("what is neither an iterable nor options is refused, not taken for options without any", () => {
    const wrong = [
      new Date(),
      new WeakSet(),
      Promise.resolve([1]),
      (async function* () {})(),
      new (class Options {})(),
    ];
    for (const last of wrong) {
      expect(() => pool.map(jobs.echo<number>, last as never)).toThrow(/map expects iterables/);
      expect(() => pool.map(jobs.echo<number>, [1], last as never)).toThrow(/map expects iterables/);
    }
    expect(() => pool.map(jobs.echo<number>, undefined as never)).toThrow(/map expects iterables/);
  });

  it("without an iterable has no results", async () => {
    for await (const _ of pool.map(jobs.runs)) throw new Error("there is none");
  });

  it.each<[string, () => PoolExecutor]>([
    ["ThreadPoolExecutor", () => pool],
    ["ProcessPoolExecutor", () => processes],
  ])(
    "of a %s: buffersize counts jobs, each of chunksize items, and one more is begun with each wait",
    async (_name, get) => {
      let taken = 0;
      function* numbers() {
        for (; taken < 100; ) yield taken++;
      }
      const results = get().map(jobs.echo<number>, numbers(), { chunksize: 3, buffersize: 2 });
      const seen = [taken];
      await run(
        (function* () {
          for (let i = 0; i < 7; i++) {
            yield* results.anext();
            seen.push(taken);
          }
          yield* results.aclose();
        })(),
      );
      expect(seen).toEqual([6, 9, 9, 9, 12, 12, 12, 15]);
    },
  );
});
