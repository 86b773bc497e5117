/** Tests of coroutines with Node's own runner: `tsyncio/testing/node`. */

import { type HookOptions, test as nodeTest, type SuiteContext, type TestContext, type TestOptions } from "node:test";
import { type Body, type CoroutineTests, type HookBody, TestNames } from "./coroutineTests.ts";
import { coroutineTestApi, type TestRunner } from "./kinds.ts";

export type { CoroutineTest, CoroutineTests, ExploreTestOptions } from "./coroutineTests.ts";
export type { RunTestOptions } from "./runTest.ts";

type Done = (result?: unknown) => void;
type NodeBody = Body<[context: TestContext, done: Done]>;

/** Node's `test` as a function, which also takes a coroutine function. */
export interface NodeTestFunction {
  (name?: string, fn?: NodeBody): Promise<void>;
  (name?: string, options?: TestOptions, fn?: NodeBody): Promise<void>;
  (options?: TestOptions, fn?: NodeBody): Promise<void>;
  (fn?: NodeBody): Promise<void>;
}

/** One of Node's hooks. Its function cannot be a coroutine: see the guide to testing. */
export type NodeHook = (
  fn?: HookBody<[context: TestContext & SuiteContext, done: Done]>,
  options?: HookOptions,
) => void;

type Original = typeof nodeTest;

/** Node's `test`. Its methods take a coroutine function, too. */
export type NodeRunnersTest = NodeTestFunction & {
  [K in Exclude<keyof Original, "run">]: K extends "test" | "it"
    ? NodeRunnersTest
    : K extends "skip" | "only" | "todo" | "expectFailure"
      ? NodeTestFunction
      : K extends "before" | "after" | "beforeEach" | "afterEach"
        ? NodeHook
        : Original[K];
};

/** Node's `test`, with `explore`, `simulate` and `run`, whose bodies are coroutines, as its own may be. */
export type NodeTest = NodeRunnersTest & CoroutineTests<TestContext, TestOptions, Promise<void>>;

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
 * Node's `test`. It also takes a coroutine function, which it runs as `test.run` does, and has `test.explore`,
 * `test.simulate` and `test.run`, whose body is always a coroutine function.
 *
 *     import { test } from "tsyncio/testing/node";
 *
 *     test.explore("two withdrawals never overdraw the account", function* () {
 *       const account = new Account(100);
 *       yield* gather(account.withdraw(80), account.withdraw(80));
 *       assert.ok(account.balance >= 0);
 *     });
 */
export const test: NodeTest = coroutineTestApi(nodeTest, runner) as NodeTest;

/** Another name of `test`. */
export const it: NodeTest = test;
