import {
  anext,
  asyncGenerator,
  CancelledError,
  createTask,
  cursor,
  type ExceptionContext,
  getRunningLoop,
  Runner,
  run,
  sleep,
  virtualLoop,
} from "tsyncio";
import { expect, test } from "vitest";
import { errorOf, simulate, turns, watchedLoop } from "../support.ts";

/** A generator that says when it is closed. */
const open = asyncGenerator(function* open(log: string[], name: string, delay?: number) {
  try {
    for (;;) yield name;
  } finally {
    yield* sleep(delay ?? 0);
    log.push(name);
  }
});

test("the end of run() closes the generators that were begun, all at once, in the order in which they were begun", async () => {
  const log: string[] = [];
  await simulate(function* () {
    const a = open(log, "a", 2);
    const b = open(log, "b", 1);
    open(log, "never begun");
    yield* b.anext();
    yield* a.anext();
    const c = open(log, "c", 1);
    yield* c.anext();
  });
  expect(log).toEqual(["b", "c", "a"]);
});

test("a generator belongs to the loop as soon as anext() is called, even if it is not awaited", () =>
  simulate(function* () {
    const loop = getRunningLoop();
    const step = open([], "a").anext();
    expect(loop._asyncgens.size).toBe(1);
    yield* step;
  }));

test("the loop forgets a generator that has ended, failed, or was closed", () =>
  simulate(function* () {
    const loop = getRunningLoop();
    const ended = asyncGenerator(function* () {
      yield 1;
    })();
    yield* ended.anext();
    expect(loop._asyncgens.size).toBe(1);
    yield* errorOf(ended.anext());
    expect(loop._asyncgens.size).toBe(0);
    const failed = open([], "a");
    yield* failed.anext();
    yield* errorOf(failed.athrow(new TypeError()));
    expect(loop._asyncgens.size).toBe(0);
    const closed = open([], "b");
    yield* closed.anext();
    yield* closed.aclose();
    yield* errorOf(closed.anext());
    expect(loop._asyncgens.size).toBe(0);
  }));

test("an error in the closing of a generator is reported, and the others are closed", async () => {
  const reports: ExceptionContext[] = [];
  const log: string[] = [];
  const error = new TypeError("in finally");
  await simulate(function* () {
    const bad = asyncGenerator(function* bad() {
      try {
        yield 1;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: the error of a finally block is the subject
        throw error;
      }
    })();
    yield* bad.anext();
    yield* open(log, "good").anext();
  }, reports);
  expect(log).toEqual(["good"]);
  expect(reports).toHaveLength(1);
  expect(reports[0]?.message).toBe(
    "an error occurred during closing of asynchronous generator <async_generator object bad>",
  );
  expect(reports[0]?.exception).toBe(error);
});

test("a generator that is being iterated by a task is cancelled with the task, and then closed", async () => {
  const log: string[] = [];
  await simulate(function* () {
    const g = asyncGenerator(function* () {
      try {
        yield* sleep(100);
        yield 1;
      } catch (error) {
        log.push((error as Error).name);
        throw error;
      }
    })();
    createTask(g.anext());
    yield* turns(1);
  });
  expect(log).toEqual(["CancelledError"]);
});

test("outside of a loop a step can be made, and belongs to the loop in which it is awaited", async () => {
  const log: string[] = [];
  const g = open(log, "a");
  const first = g.anext();
  await simulate(function* () {
    expect(getRunningLoop()._asyncgens.size).toBe(0);
    yield* first;
    expect(getRunningLoop()._asyncgens.size).toBe(1);
  });
  expect(log).toEqual(["a"]);
});

test("a generator first used after the loop has closed its generators is reported in debug mode", async () => {
  const texts: string[] = [];
  const reports: ExceptionContext[] = [];
  const loop = watchedLoop(reports);
  loop.setDebug(true);
  await loop.runUntilComplete(
    (function* () {
      yield* loop.shutdownAsyncgens();
      yield* anext(open([], "late"));
    })(),
  );
  texts.push(...reports.map((r) => r.message));
  expect(texts).toEqual(["<async_generator object open> was scheduled after loop.shutdownAsyncgens() call"]);
});

test("a thousand generators that were left open are closed one and all", async () => {
  const log: string[] = [];
  await simulate(function* () {
    for (let i = 0; i < 1000; i++) {
      const c = cursor(open(log, String(i)));
      yield* c.next();
    }
  });
  expect(log).toHaveLength(1000);
  expect(new Set(log).size).toBe(1000);
});

test("two runs of one Runner: what the first left open is closed at the end", async () => {
  const log: string[] = [];
  const g = open(log, "a");
  const runner = new Runner({ loopFactory: virtualLoop });
  await runner.run(g.anext());
  await runner.run(g.anext());
  expect(log).toEqual([]);
  await runner.close();
  expect(log).toEqual(["a"]);
});

test("on a real loop too", async () => {
  const log: string[] = [];
  await run(
    (function* () {
      yield* open(log, "a").anext();
    })(),
  );
  expect(log).toEqual(["a"]);
});

test("a report names the program's generator, and an error of the cleanup is reported, CancelledError included", async () => {
  const failing = asyncGenerator(function* (error: Error) {
    try {
      yield 1;
    } catch {
      yield* sleep(0.001);
    }
    throw error;
  });
  const errors = [new RangeError("v"), new CancelledError("c")];
  const generators = errors.map((error) => failing(error));
  const reports: ExceptionContext[] = [];
  await simulate(function* () {
    for (const generator of generators) yield* anext(generator);
  }, reports);
  expect(reports.map(({ exception }) => exception)).toEqual(errors);
  reports.forEach(({ asyncgen }, i) => {
    expect(asyncgen).toBe(generators[i]);
  });
});
