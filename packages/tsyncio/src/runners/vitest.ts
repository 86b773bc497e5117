/** Tests of coroutines with vitest: `tsyncio/testing/vitest`. */

import { type TestAPI, type TestContext, type TestOptions, test as vitestTest } from "vitest";
import { type CoroutineTests, TestNames, withMethods } from "./coroutineTests.ts";
import { coroutineTests, type TestRunner } from "./kinds.ts";

export type { CoroutineTest, CoroutineTests, ExploreTestOptions } from "./coroutineTests.ts";
export type { HoldOptions } from "./matcher.ts";
export type { RunTestOptions } from "./runTest.ts";

import "./matcher.ts";

/** A file that runs again, in watch mode, is another object. */
const names = new WeakMap<object, TestNames>();

function namesIn(file: object): TestNames {
  const known = names.get(file) ?? new TestNames();
  names.set(file, known);
  return known;
}

const runner: TestRunner<TestContext, TestOptions> = {
  options: ["timeout", "retry", "repeats", "concurrent", "skip", "only", "todo", "fails", "tags", "meta"],
  timeout: 5000,
  file: ({ task }) => task.file.filepath,
  name: ({ task }) => namesIn(task.file).of(task.fullTestName, task.id),
  slot: (context) => ({
    timeout: context.task.timeout > 0 ? context.task.timeout : Number.POSITIVE_INFINITY,
    signal: context.signal,
    after: (ended) => context.onTestFinished(ended),
  }),
  tell: ({ annotate }, text) => annotate(text, "warning").then(() => {}),
};

/**
 * vitest's `test`, with `test.explore`, `test.simulate` and `test.run`, whose body is a coroutine.
 *
 *     import { test } from "tsyncio/testing/vitest";
 *
 *     test.explore("two withdrawals never overdraw the account", function* () {
 *       const account = new Account(100);
 *       yield* gather(account.withdraw(80), account.withdraw(80));
 *       expect(account.balance).toBeGreaterThanOrEqual(0);
 *     });
 */
export const test: TestAPI & CoroutineTests<TestContext, TestOptions, void> = withMethods(
  vitestTest,
  coroutineTests(vitestTest, runner),
);

/** `test` by its other name. */
export const it: typeof test = test;
