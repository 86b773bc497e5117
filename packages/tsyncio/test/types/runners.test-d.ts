/** Tests of coroutines: what compiles, and what must not. */

import type { TestContext as NodeContext } from "node:test";
import { type Coroutine, sleep } from "tsyncio";
import type { Simulation } from "tsyncio/testing";
import { it as nodeIt, test as nodeTest } from "tsyncio/testing/node";
import { it, test } from "tsyncio/testing/vitest";
import { expect, type TestContext } from "vitest";
import { check, type Equal } from "./equal.ts";

function* plain() {
  yield* sleep(1);
  return 1;
}
function* yieldsNumber() {
  yield 1;
}
async function native() {
  return 1;
}

export function vitests() {
  test.explore("a coroutine function", plain);
  test.explore("with the simulation", function* (sim) {
    check<Equal<Simulation, typeof sim>>();
    yield* sim.advance(1);
  });
  test.explore("a function that returns a coroutine", (): Coroutine<number> => plain());
  test.explore("with options", plain, { timeMs: 100, model: "any", timeout: 1000, retry: 1, store: false });
  test.explore.skip("skip", plain);
  test.explore.only("only", plain, { iterations: 10 });
  test.explore.todo("todo");
  test.explore.skipIf(true)("skipIf", plain);
  test.explore.runIf(true).only("runIf", plain);
  test.simulate("one run", plain, { seed: 1, timeout: 1000 });
  test.run("real time", function* (context) {
    check<Equal<TestContext, typeof context>>();
    yield* sleep(1);
  });
  test.run("in debug mode", plain, { debug: true });
  test.each([1, 2])("the runner's own %i", (n) => void n.toFixed());
  it.explore("by its other name", plain);
  check<Equal<void, ReturnType<typeof test.explore>>>();

  test("a coroutine function", function* (context) {
    check<Equal<TestContext, typeof context>>();
    yield* sleep(1);
  });
  it("with a timeout", plain, 1000);
  test("with options", { timeout: 1000 }, plain);
  test("an ordinary one", async ({ task }) => void task.name);
  test.skip("skip", plain);
  test.concurrent.fails("chained", plain);
  test.skipIf(true)("a condition", plain);
  test.each([1, 2])("%i", function* (n) {
    check<Equal<number, typeof n>>();
    yield* sleep(n);
  });
  test.each([
    [1, "a"],
    [2, "b"],
  ] as const)("%i", function* (n, text) {
    yield* sleep(n + text.length);
  });
  test.each([{ n: 1 }])("$n", { timeout: 1000 }, function* ({ n }) {
    yield* sleep(n);
  });
  test.for([[1, 2]])("%i", function* ([a], { expect }) {
    yield* sleep(a as number);
    expect(a).toBe(1);
  });
  test.beforeEach(() => {});
  test.beforeEach(async () => () => {});
  test.extend("page", async () => "page")("with a fixture", ({ page }) => void page.length);

  // @ts-expect-error a number is yielded
  test("wrong", yieldsNumber);
  // @ts-expect-error an async generator
  test("wrong", async function* () {});
  // @ts-expect-error a number is yielded
  test.skip("wrong", yieldsNumber);
  // @ts-expect-error a number is yielded
  test.each([1])("wrong", yieldsNumber);
  // @ts-expect-error the coroutine instead of the function
  test("wrong", plain());
  // @ts-expect-error a hook is no coroutine
  test.beforeEach(plain);
  // @ts-expect-error a hook is no coroutine
  test.afterAll(() => plain());
  // @ts-expect-error a suite is no coroutine
  test.describe("wrong", plain);

  // @ts-expect-error an async function
  test.explore("wrong", native);
  // @ts-expect-error an async function
  test.explore("wrong", async () => {});
  // @ts-expect-error a promise
  test.explore("wrong", native());
  // @ts-expect-error the coroutine instead of the function
  test.explore("wrong", plain());
  // @ts-expect-error a number is yielded
  test.explore("wrong", yieldsNumber);
  // @ts-expect-error nothing to run
  test.explore("wrong");
  // @ts-expect-error there is no such option
  test.explore("wrong", plain, { throws: false });
  // @ts-expect-error there is no such model
  test.explore("wrong", plain, { model: "all" });
  // @ts-expect-error an async function
  test.explore.skip("wrong", native);
  // @ts-expect-error an async function
  test.explore.skipIf(true)("wrong", native);
  // @ts-expect-error an async function
  test.simulate("wrong", native);
  // @ts-expect-error an option of explore
  test.simulate("wrong", plain, { iterations: 1 });
  // @ts-expect-error an async function
  test.run("wrong", native);
  // @ts-expect-error a promise
  test.run("wrong", native());
  // @ts-expect-error an option of explore
  test.run("wrong", plain, { timeMs: 1 });
}

export function matchers() {
  expect(plain).toHoldUnderAllSchedules();
  expect(plain).not.toHoldUnderAllSchedules({ iterations: 10 });
  // @ts-expect-error the coroutine instead of the function
  expect(plain()).toHoldUnderAllSchedules();
  // @ts-expect-error an async function
  expect(native).toHoldUnderAllSchedules();
  // @ts-expect-error there is no such option
  expect(plain).toHoldUnderAllSchedules({ throws: false });
}

export function nodeTests() {
  nodeTest.explore("a coroutine function", plain, { timeMs: 100, timeout: 1000, concurrency: 2 });
  nodeTest.explore.skip("skip", plain);
  nodeTest.simulate("one run", plain);
  nodeTest.run("real time", function* (context) {
    check<Equal<NodeContext, typeof context>>();
    yield* sleep(1);
  });
  nodeIt.explore("by its other name", plain);
  nodeTest.before(() => {});
  check<Equal<Promise<void>, ReturnType<typeof nodeTest.explore>>>();

  nodeTest("a coroutine function", function* (context) {
    check<Equal<NodeContext, typeof context>>();
    yield* sleep(1);
  });
  nodeTest(plain);
  nodeIt("with options", { timeout: 1000 }, plain);
  nodeTest("an ordinary one", async (t) => t.test("inner", () => {}));
  nodeTest("with a callback", (_, done) => done());
  nodeTest.skip("skip", plain);
  nodeTest.test.todo("chained", plain);
  nodeTest.beforeEach(async (t) => void t.name);

  // @ts-expect-error a number is yielded
  nodeTest("wrong", yieldsNumber);
  // @ts-expect-error an async generator
  nodeTest("wrong", async function* () {});
  // @ts-expect-error a number is yielded
  nodeTest.todo("wrong", yieldsNumber);
  // @ts-expect-error a hook is no coroutine
  nodeTest.beforeEach(plain);
  // @ts-expect-error a suite is no coroutine
  nodeTest.describe("wrong", plain);

  // @ts-expect-error an async function
  nodeTest.explore("wrong", native);
  // @ts-expect-error a promise
  nodeTest.run("wrong", native());
  // @ts-expect-error a number is yielded
  nodeTest.simulate("wrong", yieldsNumber);
  // @ts-expect-error an option of vitest
  nodeTest.explore("wrong", plain, { retry: 1 });
}
