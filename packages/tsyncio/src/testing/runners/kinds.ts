/** The three kinds of tests, for whichever runner. */

import type { OptionNames } from "../../base/checks.ts";
import type { Coroutine, Native } from "../../kernel/protocol.ts";
import type { Exploration } from "../exploration.ts";
import { EXPLORE_OPTIONS } from "../explore.ts";
import { type Main, SIMULATE_OPTIONS, type SimulateOptions, simulate } from "../simulate.ts";
import { checkResult } from "./bodies.ts";
import { contextFor, type SlotOf, withCoroutineBodies } from "./coroutineBodies.ts";
import {
  type CoroutineTests,
  coroutineTest,
  type ExploreTestOptions,
  type RunnersTest,
  withMethods,
} from "./coroutineTests.ts";
import { exploreTest } from "./exploreTest.ts";
import { readEnvironment, timeoutFor } from "./limits.ts";
import { type RunTestOptions, runTest, type TestSlot } from "./runTest.ts";
import { scheduleFile } from "./store.ts";

/** What there is to know of a runner. `Context` is what it hands to a test. */
export interface TestRunner<Context, Own extends { timeout?: number | undefined }> {
  /** The names of its options. */
  readonly options: readonly (keyof Own & string)[];
  /** The timeout of a test that has none of its own, in milliseconds. */
  readonly timeout: number;
  file(context: Context): string | undefined;
  /** The full name of the test. `identity` is the same for the same test. */
  name(context: Context, identity: unknown): string;
  slot(context: Context, own: Own): TestSlot;
  /** Tells the person of something that is no failure. */
  tell(context: Context, text: string): void | Promise<void>;
}

export function coroutineTests<Context extends object, Own extends { timeout?: number | undefined }, Result>(
  test: RunnersTest<Context, Own, Result>,
  runner: TestRunner<Context, Own>,
): CoroutineTests<Context, Own, Result> {
  const own = (options: Own): Own => {
    const own = runner.options.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]);
    return Object.fromEntries(own) as Own;
  };
  const names = Object.fromEntries(runner.options.map((key) => [key, true])) as OptionNames<Own>;
  const ownOfExplore = (options: ExploreTestOptions & Own): Own => {
    const timeout = timeoutFor(options, readEnvironment(), options.timeout, runner.timeout);
    return { ...own(options), ...(timeout === undefined ? {} : { timeout }) };
  };
  return {
    explore: coroutineTest(test, {
      name: "explore",
      options: { ...EXPLORE_TEST_OPTIONS, ...names } as OptionNames<ExploreTestOptions & Own>,
      own: ownOfExplore,
      body: (main: Main<unknown>, options) => {
        const identity = {};
        return async (context) => {
          const file = options.store === false ? undefined : runner.file(context);
          const place = {
            path: file === undefined ? null : scheduleFile(file),
            test: runner.name(context, identity),
            timeout: runner.slot(context, ownOfExplore(options)).timeout,
          };
          const { exploration, problem } = exploreTest(main, only(options, EXPLORE_OPTIONS), place, readEnvironment());
          if (problem !== null) await runner.tell(context, `The stored schedules are not up to date: ${problem}`);
          if (onlyOne(exploration)) await runner.tell(context, String(exploration));
        };
      },
    }),
    simulate: coroutineTest(test, {
      name: "simulate",
      options: { ...SIMULATE_OPTIONS, ...names } as OptionNames<SimulateOptions & Own>,
      own,
      body: (main: Main<unknown>, options: SimulateOptions & Own) => () =>
        checkResult(simulate(main, only(options, SIMULATE_OPTIONS)), "test.simulate"),
    }),
    run: coroutineTest(test, {
      name: "run",
      options: { debug: true, ...names } as OptionNames<RunTestOptions & Own>,
      own,
      body:
        (main: (context: Context) => Coroutine<unknown> | Native<unknown>, options: RunTestOptions & Own) =>
        async (context) => {
          const seen = contextFor(context, slotOf(runner));
          checkResult(await runTest(() => main(seen), runner.slot(context, own(options)), options), "test.run");
        },
    }),
  };
}

const { throws: _, ...OF_EXPLORE } = EXPLORE_OPTIONS;
const EXPLORE_TEST_OPTIONS: OptionNames<ExploreTestOptions> = { ...OF_EXPLORE, store: true };

/** Those of the options that have one of the names. */
function only<O extends object>(options: O, names: OptionNames<O>): O {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(names, name))) as O;
}

/** A runner's `test`: it takes coroutine functions, and has the three kinds as methods. */
export function coroutineTestApi<
  T extends object,
  Context extends object,
  Own extends { timeout?: number | undefined },
  Result,
>(
  test: T & RunnersTest<Context, Own, Result>,
  runner: TestRunner<Context, Own>,
): T & CoroutineTests<Context, Own, Result> {
  return withMethods(withCoroutineBodies<T>(test, slotOf(runner)), coroutineTests(test, runner));
}

function slotOf<Context, Own extends { timeout?: number | undefined }>(runner: TestRunner<Context, Own>): SlotOf {
  return (context, options) => runner.slot(context as Context, options as Own);
}

/** A test that explores nothing is a mistake, mostly. */
function onlyOne({ complete, distinct }: Exploration): boolean {
  return complete && distinct === 1;
}
