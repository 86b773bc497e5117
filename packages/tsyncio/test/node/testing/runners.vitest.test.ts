import { type Coroutine, gather, Lock, sleep } from "tsyncio";
import { test as coroutineTest } from "tsyncio/testing/vitest";
import { describe, expect, test } from "vitest";
import { testsWith } from "./runnersSuite.ts";
import { Project } from "./runnersSupport.ts";

testsWith("vitest");

test("what only vitest's test has takes a coroutine function too: tables, chains, fixtures", async () => {
  const project = new Project("vitest");
  try {
    project.add("coroutinesVitest", "coroutinesVitest.test.ts");
    const { tests, output } = await project.run(["coroutinesVitest.test.ts"]);
    expect(tests).toEqual({
      concurrent: "failed",
      fails: "passed",
      skipIf: "failed",
      runIf: "skipped",
      chained: "passed",
      "each 1": "failed",
      "each 2": "passed",
      "each row 1 a": "failed",
      "each row 2 b": "passed",
      "each of a template 1 2": "failed",
      "each of a template 1 1": "passed",
      "each with a function that returns a coroutine 1": "failed",
      "each that is too slow 1": "failed",
      "each, concurrent 1": "failed",
      "for 1": "failed",
      "for 2": "passed",
      "with the test of its own": "failed",
      "in a table": "failed",
      "a fixture": "passed",
      "a fixture, and a failure": "failed",
      "a fixture and a table 1": "failed",
      "other hooks with a coroutine function": "passed",
      "after the cleanup": "failed",
    });
    expect(output).toMatch(/after \d+ of 500 ms the test has not ended, and was cancelled/);
  } finally {
    project.remove();
  }
});

function* entries(lock: Lock | null): Coroutine<void> {
  let inside = 0;
  const enter = function* (latency: number) {
    yield* sleep(latency);
    if (lock !== null) yield* lock.acquire();
    expect(++inside).toBe(1);
    yield* sleep(0.001);
    inside--;
    lock?.release();
  };
  yield* gather(enter(0.001), enter(0.003));
}

describe("toHoldUnderAllSchedules", () => {
  test("passes where no schedule fails, and not where one does", () => {
    expect(() => entries(new Lock())).toHoldUnderAllSchedules({ timeMs: 200 });
    expect(() => entries(null)).not.toHoldUnderAllSchedules();
  });

  test("fails with the report", () => {
    const broken = () => entries(null);
    expect(() => expect(broken).toHoldUnderAllSchedules()).toThrow(
      /^expected broken to hold under all schedules\n\nthe program fails.*replay\(main, "tsy1\./s,
    );
    const sound = () => entries(new Lock());
    expect(() => expect(sound).not.toHoldUnderAllSchedules({ timeMs: 50 })).toThrow(
      /^expected sound to fail under some schedule\n\nexplored \d+/,
    );
  });
});

describe("the test that the entry point returns", () => {
  test("is vitest's own but for the additions", () => {
    expect(Object.keys(coroutineTest)).toEqual(Object.keys(test));
    expect("explore" in coroutineTest).toBe(true);
    expect("explore" in test).toBe(false);
  });

  test("refuses what is no function, where the test is written", () => {
    const promise = Promise.resolve() as never;
    expect(() => coroutineTest.explore("wrong", promise)).toThrow(
      "test.explore expects a coroutine function, got a Promise",
    );
  });

  test("refuses an option that does not exist, where the test is written", () => {
    const main = () => sleep(1);
    const options = (given: object): never => given as never;
    expect(() => coroutineTest.explore("wrong", main, options({ timeMS: 5 }))).toThrow(
      'test.explore has no option "timeMS": did you mean timeMs?',
    );
    expect(() => coroutineTest.explore("wrong", main, options({ throws: false }))).toThrow('has no option "throws"');
    expect(() => coroutineTest.simulate.skip("wrong", main, options({ timeMs: 5 }))).toThrow(
      'test.simulate has no option "timeMs"',
    );
    expect(() => coroutineTest.run("wrong", main, options({ retrys: 1 }))).toThrow(
      'test.run has no option "retrys": did you mean retry?',
    );
    expect(() => coroutineTest.run("wrong", main, 5000 as never)).toThrow("the options of test.run must be an object");
    expect(() => expect(main).toHoldUnderAllSchedules(options({ throws: false }))).toThrow(
      'toHoldUnderAllSchedules has no option "throws"',
    );
  });

  coroutineTest.each([1, 2])("has its methods: %i", (n) => {
    expect(n).toBeGreaterThan(0);
  });
});
