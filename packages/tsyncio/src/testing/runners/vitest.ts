/** Tests of coroutines with vitest: `tsyncio/testing/vitest`. */

import { type TestAPI, type TestContext, type TestOptions, test as vitestTest } from "vitest";
import { type Body, type CoroutineTests, type HookBody, TestNames } from "./coroutineTests.ts";
import { coroutineTestApi, type TestRunner } from "./kinds.ts";

export type { CoroutineTest, CoroutineTests, ExploreTestOptions } from "./coroutineTests.ts";
export type { HoldOptions } from "./matcher.ts";
export type { RunTestOptions } from "./runTest.ts";

import "./matcher.ts";

/** The name of a test; a function or class stands for its own name. */
type Name = string | ((...args: never) => unknown) | (abstract new (...args: never) => unknown);

/** vitest's `test` as a function, which also takes a coroutine function. `Args` are what a body is called with. */
export interface VitestTestFunction<Args extends unknown[]> {
  (name: Name, fn?: Body<Args>, timeout?: number): void;
  (name: Name, options?: TestOptions, fn?: Body<Args>): void;
}

/** `test.each`. */
export interface VitestEach {
  <const T extends readonly unknown[] | readonly [unknown]>(cases: readonly T[]): VitestTestFunction<[...T]>;
  <T>(cases: readonly T[]): VitestTestFunction<[T]>;
  // biome-ignore lint/suspicious/noExplicitAny: as vitest has it, since a template has no types
  (strings: TemplateStringsArray, ...values: unknown[]): VitestTestFunction<[row: any]>;
}

/** `test.for`. */
export interface VitestFor {
  <T>(cases: readonly T[]): VitestTestFunction<[row: T, context: TestContext]>;
  // biome-ignore lint/suspicious/noExplicitAny: as vitest has it, since a template has no types
  (strings: TemplateStringsArray, ...values: unknown[]): VitestTestFunction<[row: any, context: TestContext]>;
}

/** One of vitest's hooks. Its function cannot be a coroutine: see the guide to testing. */
type HookOf<F> = F extends (fn: (...args: infer Args) => unknown, ...more: infer More) => infer R
  ? (fn: HookBody<Args>, ...more: More) => R
  : F;

type Chained = "skip" | "only" | "todo" | "fails" | "concurrent" | "sequential";
type Hooks = "beforeEach" | "afterEach" | "beforeAll" | "afterAll" | "aroundEach" | "aroundAll";

/** `test.skip`, and the others that can be chained. */
export type VitestChain = VitestTestFunction<[context: TestContext]> & {
  [K in keyof TestAPI as K extends Chained | "each" | "for" ? K : never]: VitestPart<K>;
};

type VitestPart<K extends keyof TestAPI> = K extends Chained
  ? VitestChain
  : K extends "each"
    ? VitestEach
    : K extends "for"
      ? VitestFor
      : K extends "skipIf" | "runIf"
        ? (condition: unknown) => VitestChain
        : K extends Hooks
          ? HookOf<TestAPI[K]>
          : TestAPI[K];

/** vitest's `test`, with `explore`, `simulate` and `run`, whose bodies are coroutines, as its own may be. */
export type VitestTest = VitestTestFunction<[context: TestContext]> &
  CoroutineTests<TestContext, TestOptions, void> & { [K in keyof TestAPI]: VitestPart<K> };

type TestTask = TestContext["task"];

/** vitest's own, in milliseconds. */
const DEFAULT_TIMEOUT = 5000;
const NEVER: AbortSignal = new AbortController().signal;

/** A file that runs again, in watch mode, is another object. */
const names = new WeakMap<object, TestNames>();

function namesIn(file: object): TestNames {
  const known = names.get(file) ?? new TestNames();
  names.set(file, known);
  return known;
}

const runner: TestRunner<TestContext, TestOptions> = {
  options: ["timeout", "retry", "repeats", "concurrent", "skip", "only", "todo", "fails", "tags", "meta"],
  timeout: DEFAULT_TIMEOUT,
  file: ({ task }) => task.file.filepath,
  name: ({ task }) => namesIn(task.file).of(fullName(task), task.id),
  slot: (context, own) => {
    // vitest 3 had neither at first.
    const { signal = NEVER }: Partial<TestContext> = context;
    const { timeout = own.timeout ?? DEFAULT_TIMEOUT }: Partial<TestTask> = context.task;
    return {
      timeout: timeout > 0 ? timeout : Number.POSITIVE_INFINITY,
      signal,
      after: (ended) => context.onTestFinished(ended),
    };
  },
  tell: async ({ annotate }: Partial<TestContext>, text) => {
    if (annotate === undefined) console.warn(text);
    else await annotate(text, "warning");
  },
};

/** `fullTestName`, which vitest 3 has not. */
function fullName(task: TestTask): string {
  const { fullTestName }: Partial<TestTask> = task;
  if (fullTestName !== undefined) return fullTestName;
  const names = [task.name];
  for (let { suite } = task; suite !== undefined; suite = suite.suite) names.unshift(suite.name);
  return names.filter((name) => name !== "").join(" > ");
}

/**
 * vitest's `test`. It also takes a coroutine function, which it runs as `test.run` does, and has `test.explore`,
 * `test.simulate` and `test.run`, whose body is always a coroutine function.
 *
 *     import { test } from "tsyncio/testing/vitest";
 *
 *     test.explore("two withdrawals never overdraw the account", function* () {
 *       const account = new Account(100);
 *       yield* gather(account.withdraw(80), account.withdraw(80));
 *       expect(account.balance).toBeGreaterThanOrEqual(0);
 *     });
 */
export const test: VitestTest = coroutineTestApi(vitestTest, runner) as VitestTest;

/** Another name of `test`. */
export const it: VitestTest = test;
