/** What a task is given, and what it says of that. */

import { checkOptions, type OptionNames } from "./checks.ts";
import { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { RuntimeError } from "./errors.ts";
import { type FutureOptions, isfuture } from "./future.ts";
import { type Awaitable, type Coroutine, isAwaitable, iscoroutine } from "./protocol.ts";

export interface TaskOptions {
  /** The name in reports; `Task-<n>` without one. */
  name?: string | null;
  /** The context in which the coroutine runs; a copy of the current one without it. */
  context?: Context | null;
  /** Run to the first suspension at once, inside this call. */
  eagerStart?: boolean;
}

/**
 * Plain generators stand on the engine's stack while they run, and so do the arguments of a call: adds what helps to
 * the engine's own message, which is the same for both.
 */
export function explainDepth(error: unknown): void {
  if (!(error instanceof Error) || !/^(Maximum call stack|too much recursion)/.test(error.message)) return;
  const { message, stack } = error;
  const advice =
    "if coroutines call each other so deep, wrap their functions: coroutine(function* f() { … }); " +
    "if a call was given too many arguments, as in gather(...list), pass the array: gather(list)";
  error.message = `${message}: ${advice}`;
  if (stack !== undefined) error.stack = stack.replace(message, error.message);
}

/** For one that is not a generator. */
export function checkCoroutine(coro: unknown): void {
  if (typeof (coro as { throw?: unknown } | null)?.throw !== "function") throw notACoroutine(coro);
}

const OPTIONS: OptionNames<TaskOptions & FutureOptions> = { name: true, context: true, eagerStart: true, loop: true };

export function checkTaskOptions(options: TaskOptions | null): void {
  if (options === null) return;
  checkOptions("a task", options, OPTIONS);
  const { context } = options;
  if (context != null && !(context instanceof Context)) {
    throw new TypeError(`a task's context is one that copyContext() made, got ${describe(context)}`);
  }
}

/** The error for a coroutine that yields what no leaf has given; says what was probably meant. */
export function badYield(yielded: unknown): RuntimeError {
  return new RuntimeError(`Task got bad yield: ${describe(yielded)}.${yieldHint(yielded)}`);
}

function yieldHint(yielded: unknown): string {
  if (yielded instanceof Promise) return " Use `yield* fromPromise(promise)`.";
  return isfuture(yielded) || iscoroutine(yielded) ? " It looks like `yield` instead of `yield*`." : "";
}

/** A coroutine as it is, another awaitable in a coroutine. Throws `TypeError` for all else. */
export function asCoroutine<T>(awaitable: Awaitable<T>): Coroutine<T> {
  if (iscoroutine(awaitable)) return awaitable as Coroutine<T>;
  if (isAwaitable(awaitable)) return wrap(awaitable);
  throw notACoroutine(awaitable);
}

function* wrap<T>(awaitable: Awaitable<T>): Coroutine<T> {
  return (yield* awaitable) as T;
}

/** The error for something that is not a coroutine; says what was probably meant. */
export function notACoroutine(value: unknown): TypeError {
  let hint = "";
  if (typeof value === "function") hint = " Call it: pass f(), not f.";
  else if (value instanceof Promise || typeof (value as { then?: unknown } | null)?.then === "function") {
    hint = " For a promise use fromPromise(promise).";
  }
  return new TypeError(`a coroutine was expected, got ${describe(value)}.${hint}`);
}
