/** What both runners' `test` has besides: tests whose body is a coroutine. */

import { checkOptions, type OptionNames } from "../../base/checks.ts";
import { describe } from "../../base/describe.ts";
import { lazyOf } from "../../base/lazy.ts";
import type { Coroutine, Native } from "../../kernel/protocol.ts";
import type { ExploreOptions } from "../explore.ts";
import type { Main, SimulateOptions } from "../simulate.ts";
import type { RunTestOptions } from "./runTest.ts";

/** `test.explore`, `test.simulate`, `test.run`. `Own` are the options of the test runner. */
export interface CoroutineTest<M, Options, Result> {
  (name: string, main: M, options?: Options): Result;
  /** The test does not run. */
  skip(name: string, main: M, options?: Options): Result;
  /** Of this file, only this test and others with `only` run. */
  only(name: string, main: M, options?: Options): Result;
  /** The test is yet to be written or to pass. */
  todo(name: string, main?: M, options?: Options): Result;
  /** `skip` when the condition is truthy. */
  skipIf(condition: unknown): CoroutineTest<M, Options, Result>;
  /** `skip` when the condition is falsy. */
  runIf(condition: unknown): CoroutineTest<M, Options, Result>;
}

/** Options of `test.explore`: those of `explore`, and whether failing schedules are stored. */
export interface ExploreTestOptions extends Omit<ExploreOptions, "throws"> {
  /** With false, failing schedules are neither stored nor replayed. Defaults to true. */
  store?: boolean;
}

/** What is added to the `test` of the runner: tests whose body is a coroutine. */
export interface CoroutineTests<Context, Own, Result> {
  /**
   * Explores `main` as a test: see `explore`. Failing schedules are stored beside the test file, in
   * `__schedules__/<test file>.json`, and replayed first from then on. Where the environment has `CI`, nothing is
   * written.
   *
   * Explores for one second (`timeMs`), and for at most three quarters of the test's timeout. `TSYNCIO_EXPLORE_MS`,
   * `TSYNCIO_EXPLORE_ITERATIONS` and `TSYNCIO_SEED` of the environment override the options, and extend the timeout.
   */
  readonly explore: CoroutineTest<Main<unknown>, ExploreTestOptions & Own, Result>;
  /** One run on simulated time as a test: see `simulate`. */
  readonly simulate: CoroutineTest<Main<unknown>, SimulateOptions & Own, Result>;
  /**
   * One run on real time as a test: see `run`. Shortly before the test's timeout it is cancelled and fails with the
   * tree of its tasks and what each waits for, so that nothing is left over for the next test. When nothing can wake it
   * any more, it fails at once with a `DeadlockError`.
   */
  readonly run: CoroutineTest<(context: Context) => Coroutine<unknown> | Native<unknown>, RunTestOptions & Own, Result>;
}

/** What a function returns that is no coroutine and no generator, of which nothing would have run. */
export type NoCoroutine =
  // biome-ignore lint/suspicious/noConfusingVoidType: a body that returns nothing
  | void
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | symbol
  | (object & { throw?: undefined; athrow?: undefined });

/** The body of a test: a coroutine function, or a function as the runner takes it. */
export type Body<Args extends unknown[]> = (...args: Args) => Coroutine<unknown> | Native<unknown> | NoCoroutine;

/** The function of a hook, which cannot be a coroutine. */
export type HookBody<Args extends unknown[]> = (...args: Args) => NoCoroutine;

/** A runner's `test`, in the form that both have. */
export interface RunnersTest<Context, Own, Result> extends Registration<Context, Own, Result> {
  skip: Registration<Context, Own, Result>;
  only: Registration<Context, Own, Result>;
  todo: Registration<Context, Own, Result>;
}

type Registration<Context, Own, Result> = (
  name: string,
  options: Own,
  fn: (context: Context) => void | Promise<void>,
) => Result;

/** What a kind of test does. */
export interface Kind<M, Options, Context, Own> {
  readonly name: string;
  /** The names of its options, with the runner's. */
  readonly options: OptionNames<Options>;
  /** The options that are the runner's. */
  own(options: Options): Own;
  body(main: M, options: Options): (context: Context) => void | Promise<void>;
}

export function coroutineTest<M, Options extends object, Context, Own, Result>(
  test: RunnersTest<Context, Own, Result>,
  kind: Kind<M, Options, Context, Own>,
): CoroutineTest<M, Options, Result> {
  const by =
    (register: Registration<Context, Own, Result>) =>
    (name: string, main: M, options = {} as Options): Result => {
      if (typeof main !== "function") {
        throw new TypeError(`test.${kind.name} expects a coroutine function, got ${describe(main)}`);
      }
      checkOptions(`test.${kind.name}`, options, kind.options);
      return register(name, kind.own(options), kind.body(lazyOf(main), options));
    };
  const [run, skip, only] = [by(test), by(test.skip), by(test.only)];
  const made = (otherwise: typeof run): CoroutineTest<M, Options, Result> =>
    Object.assign((...args: Parameters<typeof run>) => otherwise(...args), {
      skip,
      only,
      todo: (name: string, main?: M, options = {} as Options): Result =>
        main === undefined ? test.todo(name, kind.own(options), () => {}) : by(test.todo)(name, main, options),
      skipIf: (condition: unknown) => made(condition ? skip : otherwise),
      runIf: (condition: unknown) => made(condition ? otherwise : skip),
    });
  return made(run);
}

/** `test` itself with more methods; the original stays as it is. */
export function withMethods<T extends object, More extends object>(test: T, more: More): T & More {
  return new Proxy(test, {
    get: (target, key) => (Object.hasOwn(more, key) ? Reflect.get(more, key) : Reflect.get(target, key)),
    has: (target, key) => Object.hasOwn(more, key) || Reflect.has(target, key),
  }) as T & More;
}

/** Two tests may have the same name: from the second on they get a number. Retries of one are the same. */
export class TestNames {
  private readonly known = new Map<string, unknown[]>();

  of(name: string, identity: unknown): string {
    const same = this.known.get(name) ?? [];
    this.known.set(name, same);
    if (!same.includes(identity)) same.push(identity);
    const place = same.indexOf(identity);
    return place === 0 ? name : `${name} (${place + 1})`;
  }
}
