/** Tests of coroutines with Node's own runner: `tsyncio/testing/node`. */

import { test as nodeTest, type TestContext, type TestOptions } from "node:test";
import { type CoroutineTests, TestNames, withMethods } from "./coroutineTests.ts";
import { coroutineTests, type TestRunner } from "./kinds.ts";

export type { CoroutineTest, CoroutineTests, ExploreTestOptions } from "./coroutineTests.ts";
export type { RunTestOptions } from "./runTest.ts";

const names = new Map<string, TestNames>();

function namesIn(file: string): TestNames {
  const known = names.get(file) ?? new TestNames();
  names.set(file, known);
  return known;
}

const runner: TestRunner<TestContext, TestOptions> = {
  options: ["timeout", "concurrency", "only", "plan", "signal", "skip", "todo"],
  timeout: Number.POSITIVE_INFINITY,
  // Both are newer than Node 20.0.
  file: ({ filePath }) => filePath ?? process.argv[1],
  name: ({ filePath = "", fullName, name }, identity) => namesIn(filePath).of(fullName ?? name, identity),
  slot: (context, { timeout = Number.POSITIVE_INFINITY }) => ({
    timeout,
    signal: context.signal,
    after: (ended) => context.after(ended),
  }),
  tell: (context, text) => context.diagnostic(text),
};

/**
 * Node's `test`, with `test.explore`, `test.simulate` and `test.run`, whose body is a coroutine.
 *
 *     import { test } from "tsyncio/testing/node";
 *
 *     test.explore("two withdrawals never overdraw the account", function* () {
 *       const account = new Account(100);
 *       yield* gather(account.withdraw(80), account.withdraw(80));
 *       assert.ok(account.balance >= 0);
 *     });
 */
export const test: typeof nodeTest & CoroutineTests<TestContext, TestOptions, Promise<void>> = withMethods(
  nodeTest,
  coroutineTests(nodeTest, runner),
);

/** `test` by its other name. */
export const it: typeof test = test;
