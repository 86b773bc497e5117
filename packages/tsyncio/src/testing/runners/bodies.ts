/** What becomes of what a body returns: the body of a test, a hook, a suite. */

import { AsyncGen } from "../../iteration/asyncGenerator.ts";
import { type Coroutine, iscoroutine } from "../../kernel/protocol.ts";
import { runTest, type TestSlot } from "./runTest.ts";

/** Any function; of the body of a test, only the first arguments matter. */
export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Runs what the body of a test has returned, if it is a coroutine: as `test.run` does. Any other value is returned as
 * it is. Throws `TypeError` for an async generator, of which nothing has run.
 */
export function runReturned(returned: unknown, slot: TestSlot): unknown {
  if (iscoroutine(returned)) return runCoroutine(returned, slot);
  if (isAsyncGenerator(returned)) throw new TypeError(`test: ${ASYNC_GENERATOR}`);
  return returned instanceof Promise ? returned.then((value) => runReturned(value, slot)) : returned;
}

/** Throws `TypeError` if the coroutine of a test has returned another one, which has not run. */
export function checkResult(result: unknown, caller: string): void {
  if (iscoroutine(result)) {
    throw new TypeError(
      `${caller}: the test returned a coroutine that has not run. Write return yield* f(), not return f()`,
    );
  }
  if (isAsyncGenerator(result)) throw new TypeError(`${caller}: ${ASYNC_GENERATOR}`);
}

/**
 * The function of a hook, or of a fixture. Throws `TypeError` for a `function*`, at once, and for a function that
 * returns a coroutine, when it has been called.
 */
export function hookBody(fn: AnyFunction, caller: string): AnyFunction {
  const problem = `${caller}: ${HOOK}`;
  refuseGeneratorFunction(fn, problem);
  const check = (returned: unknown): unknown => {
    if (isUnrun(returned)) throw new TypeError(problem);
    if (returned instanceof Promise) return returned.then(check);
    // With vitest it is the cleanup.
    return typeof returned === "function" ? hookBody(returned as AnyFunction, caller) : returned;
  };
  return standingFor(fn, function (...args) {
    return check(fn.apply(this, args));
  });
}

/** The function of a suite, in which `convert` changes the arguments. Throws `TypeError` for one that would not run. */
export function suiteBody(fn: AnyFunction, caller: string, convert: (arg: unknown) => unknown): AnyFunction {
  const problem = `${caller}: a suite only defines its tests, and cannot be a coroutine. Write () => { … }`;
  refuseGeneratorFunction(fn, problem);
  return standingFor(fn, function (...args) {
    const returned = fn.apply(this, args.map(convert));
    if (isUnrun(returned)) throw new TypeError(problem);
    return returned;
  });
}

/** Throws `TypeError(problem)` for a function of whose body nothing runs when a runner calls it. */
export function refuseGeneratorFunction(fn: unknown, problem: string): void {
  const kind = Object.prototype.toString.call(fn);
  const generates = kind === "[object GeneratorFunction]" || kind === "[object AsyncGeneratorFunction]";
  // What coroutine() has made can be awaited by native code.
  if (generates && !("then" in (fn as GeneratorFunction).prototype)) throw new TypeError(problem);
}

/**
 * Makes `wrapper` look like `fn`: runners read a name, count parameters, and find the names of fixtures in the text.
 */
export function standingFor(fn: AnyFunction, wrapper: AnyFunction, text = () => fn.toString()): AnyFunction {
  Object.defineProperty(wrapper, "name", { value: fn.name, configurable: true });
  Object.defineProperty(wrapper, "length", { value: fn.length, configurable: true });
  return Object.defineProperty(wrapper, "toString", { value: text, configurable: true, writable: true });
}

const ASYNC_GENERATOR =
  "the body of the test returned an async generator, of which nothing has run. Write function* () { … yield* … }, or async () => { … }";
const HOOK =
  "this function cannot be a coroutine: each run has a loop of its own, and what it opens would be closed before the test begins. Open it in the body of the test; or, where nothing stays open, write async () => { await run(f()) }";

function runCoroutine(coro: Coroutine<unknown>, slot: TestSlot): Promise<void> {
  return runTest(() => coro, slot).then((result) => checkResult(result, "test"));
}

function isUnrun(value: unknown): boolean {
  return (iscoroutine(value) && !isThenable(value)) || isAsyncGenerator(value);
}

function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown }).then === "function";
}

function isAsyncGenerator(value: unknown): boolean {
  return value instanceof AsyncGen || Object.prototype.toString.call(value) === "[object AsyncGenerator]";
}
