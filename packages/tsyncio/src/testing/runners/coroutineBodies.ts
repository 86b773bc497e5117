/**
 * A runner's own functions, which take a coroutine function as the body of a test: `test`, and what is reached from it.
 */

import { lazyOf } from "../../base/lazy.ts";
import { iscoroutinefunction } from "../../kernel/protocol.ts";
import { type AnyFunction, hookBody, refuseGeneratorFunction, runReturned, standingFor, suiteBody } from "./bodies.ts";
import type { TestSlot } from "./runTest.ts";

/** The slot of a test that was called with `context`, and registered with `options`. */
export type SlotOf = (context: object, options: object) => TestSlot;

/** What `test.skip` is to `test`; the same for suites. */
const SAME = ["test", "it", "skip", "only", "todo", "fails", "concurrent", "sequential", "shuffle", "expectFailure"];
const TABLES = ["each", "for"];
const CONDITIONS = ["skipIf", "runIf"];
const SUITES = ["describe", "suite"];
const FIXTURES = ["extend", "override", "scoped"];
const HOOKS = ["before", "after", "beforeEach", "afterEach", "beforeAll", "afterAll", "aroundEach", "aroundAll"];
/** What a test's context has besides. */
const OF_CONTEXT = ["onTestFinished", "onTestFailed", "waitFor"];

type Wrap = (fn: AnyFunction, key: string, owner: object) => AnyFunction | undefined;

/** `test` with the same methods, all of which run a body that is a coroutine. The original stays as it is. */
export function withCoroutineBodies<T extends object>(test: T, slotOf: SlotOf): T {
  return new CoroutineBodies(slotOf).test(test as unknown as AnyFunction) as unknown as T;
}

/** The context as a body is to see it: its subtests and hooks are those of `withCoroutineBodies`. */
export function contextFor<Context extends object>(context: Context, slotOf: SlotOf): Context {
  return new CoroutineBodies(slotOf).context(context) as Context;
}

class CoroutineBodies {
  private readonly slotOf: SlotOf;

  constructor(slotOf: SlotOf) {
    this.slotOf = slotOf;
  }

  test(test: AnyFunction): AnyFunction {
    return within(test, this.register(test, this.body(0)), (fn, key, owner) => {
      if (SAME.includes(key)) return this.test(fn);
      if (CONDITIONS.includes(key)) return (...args) => this.test(fn.apply(owner, args) as AnyFunction);
      if (key === "each") return this.each(fn, owner);
      if (key === "for") return (...cases) => this.register(fn.apply(owner, cases) as AnyFunction, this.body(1));
      if (FIXTURES.includes(key)) return this.extend(fn, key, owner);
      if (SUITES.includes(key)) return this.suite(fn, key);
      return HOOKS.includes(key) ? hook(fn, key, owner) : undefined;
    });
  }

  context(context: object): object {
    return new Proxy(context, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        const fn = value as AnyFunction;
        if (key === "test") return this.test(bound(fn, target));
        if (typeof key === "string" && (HOOKS.includes(key) || OF_CONTEXT.includes(key))) return hook(fn, key, target);
        // A method of a class may have private fields to read.
        return Object.hasOwn(target, key) ? value : bound(fn, target);
      },
    });
  }

  private suite(suite: AnyFunction, name: string): AnyFunction {
    const convert = (arg: unknown): unknown => (isTest(arg) ? this.test(arg) : arg);
    const register = (of: AnyFunction): AnyFunction => this.register(of, (fn) => suiteBody(fn, name, convert));
    return within(suite, register(suite), (fn, key, owner) => {
      if (SAME.includes(key)) return this.suite(fn, name);
      if (CONDITIONS.includes(key)) return (...args) => this.suite(fn.apply(owner, args) as AnyFunction, name);
      return TABLES.includes(key) ? (...cases) => register(fn.apply(owner, cases) as AnyFunction) : undefined;
    });
  }

  /** Registers with the last function among the arguments, which is the body: the first may be the name. */
  private register(register: AnyFunction, body: (fn: AnyFunction, options: object) => AnyFunction): AnyFunction {
    return (...args) => {
      const place = lastFunction(args);
      if (place === -1) return register(...args);
      const options = args.find((arg) => typeof arg === "object" && arg !== null) ?? {};
      return register(...args.with(place, body(lazyOf(args[place] as AnyFunction), options)));
    };
  }

  /**
   * What the runner calls in the place of a body. `place` is that of the test's context among the arguments; null:
   * there is none.
   */
  private body(place: number | null): (fn: AnyFunction, options: object) => AnyFunction {
    const bodies = this;
    return (fn, options) =>
      standingFor(fn, function (...args) {
        if (place === null) return runReturned(fn.apply(this, args), NO_SLOT);
        const context = args[place] as object;
        const returned = fn.apply(this, args.with(place, bodies.context(context)));
        return runReturned(returned, bodies.slotOf(context, options));
      });
  }

  /**
   * `test.each` does not hand the context over, which says how much time there is: a coroutine gets it from `test.for`.
   */
  private each(each: AnyFunction, owner: { for?: AnyFunction }): AnyFunction {
    return (...cases) => {
      const spread = cases.length === 1 && (cases[0] as unknown[]).every(Array.isArray);
      const rowBody = (fn: AnyFunction): AnyFunction =>
        function (row) {
          return spread ? fn.apply(this, row as unknown[]) : fn.call(this, row);
        };
      return (...args: unknown[]) => {
        const place = lastFunction(args);
        const fn = lazyOf(args[place]) as AnyFunction | undefined;
        if (fn === undefined || owner.for === undefined || !iscoroutinefunction(fn as unknown)) {
          return this.register(each.apply(owner, cases) as AnyFunction, this.body(null))(...args);
        }
        const body = standingFor(fn, rowBody(fn), () => "(row, {}) => {}"); // no fixtures, as with test.each
        return this.register(owner.for.apply(owner, cases) as AnyFunction, this.body(1))(...args.with(place, body));
      };
    };
  }

  private extend(extend: AnyFunction, key: string, owner: object): AnyFunction {
    return (...args) => {
      checkFixtures(args, `test.${key}`);
      const extended = extend.apply(owner, args);
      return typeof extended === "function" ? this.test(extended as AnyFunction) : extended;
    };
  }
}

function lastFunction(args: readonly unknown[]): number {
  return args.findLastIndex((arg) => typeof arg === "function");
}

/** Without the context of a test there is nothing to say when its time is over. */
const NO_SLOT: TestSlot = {
  timeout: Number.POSITIVE_INFINITY,
  signal: new AbortController().signal,
  after: () => {},
};

/** `fn` that is called as `apply`, with what `wrap` makes of its methods. */
function within(fn: AnyFunction, apply: AnyFunction, wrap: Wrap): AnyFunction {
  return new Proxy(fn, {
    apply: (_, thisArg, args) => apply.apply(thisArg, args),
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function" || typeof key !== "string") return value;
      return wrap(value as AnyFunction, key, target) ?? value;
    },
  });
}

function hook(register: AnyFunction, name: string, owner: object): AnyFunction {
  return (...args) =>
    register.apply(
      owner,
      args.map((arg) => (typeof arg === "function" ? hookBody(arg as AnyFunction, name) : arg)),
    );
}

/** A fixture is a function, or an array that begins with one; several are the values of an object. */
function checkFixtures(args: readonly unknown[], caller: string): void {
  const check = (value: unknown, name: string): void =>
    refuseGeneratorFunction(
      Array.isArray(value) ? value[0] : value,
      `${caller}: the fixture ${name} cannot be a function*: nothing of it would run. Write an async function`,
    );
  const [first] = args;
  if (typeof first === "string") for (const value of args.slice(1)) check(value, JSON.stringify(first));
  else if (typeof first === "object") {
    for (const [name, value] of Object.entries(first ?? {})) check(value, JSON.stringify(name));
  }
}

function bound(fn: AnyFunction, owner: object): AnyFunction {
  return new Proxy(fn, { apply: (target, _, args) => Reflect.apply(target, owner, args) });
}

/** vitest hands its `test` to the function of a suite. */
function isTest(value: unknown): value is AnyFunction {
  return typeof value === "function" && "skipIf" in value && "each" in value && "extend" in value;
}
