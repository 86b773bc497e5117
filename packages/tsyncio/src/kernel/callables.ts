/** Functions that are called back: plain ones, not those that only make a coroutine. */

import { DEV } from "#dev";
import { checkFunctionOrNull } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { iscoroutine, iscoroutinefunction } from "./protocol.ts";

const ASYNC_GENERATOR_FUNCTION = Object.getPrototypeOf(async function* () {});

/** Calling it only makes a generator. */
function generates(fn: unknown): boolean {
  return (
    iscoroutinefunction(fn) || (typeof fn === "function" && Object.getPrototypeOf(fn) === ASYNC_GENERATOR_FUNCTION)
  );
}

/** `checkFunctionOrNull` where calling a `function*` would do nothing. */
export function checkPlainOrNull(value: unknown, expected: string): void {
  checkFunctionOrNull(value, expected);
  if (DEV && generates(value)) throw new TypeError(`${expected}, got ${kindOfBody(value)}, whose body would never run`);
}

const BODIES: Readonly<Record<string, string>> = {
  "[object GeneratorFunction]": "a function*",
  "[object AsyncGeneratorFunction]": "an async function*",
  "[object AsyncFunction]": "an async function",
};

/**
 * What a function is, for "expected a plain function, got …", that does not end its work when it is called; else null.
 */
export function kindOfBody(fn: unknown): string | null {
  if (typeof fn !== "function") return null;
  return BODIES[Object.prototype.toString.call(fn)] ?? (iscoroutinefunction(fn) ? "a coroutine function" : null);
}

/**
 * Throws `TypeError` unless `callback` is a function that does its work when it is called: calling a `function*` would
 * only make a coroutine, which then never runs.
 */
export function checkCallback(callback: unknown, caller: string, advice = "write () => createTask(f())"): void {
  if (!DEV || (typeof callback === "function" && !generates(callback))) return;
  let got = describe(callback);
  if (iscoroutine(callback)) got = "a coroutine: write createTask(coroutine)";
  else if (typeof callback === "function") got = `${kindOfBody(callback)}: ${advice}`;
  throw new TypeError(`${caller} expects a plain function, got ${got}`);
}
