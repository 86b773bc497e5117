/** What a task is given, and what it says of that. */

import { DEV } from "#dev";
import { checkLoop, checkOptions, type OptionNames } from "../base/checks.ts";
import { describe, isClass } from "../base/describe.ts";
import { RuntimeError } from "../base/errors.ts";
import { HOW_TO_COMPILE } from "../base/notCompiled.ts";
import { type Context, checkContext } from "./context.ts";
import { type FutureOptions, isfuture } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { type Awaitable, type Coroutine, isAwaitable, iscoroutine, type Native } from "./protocol.ts";
import { kernel } from "./state.ts";

/** Options of `createTask`. */
export interface TaskOptions {
  /** The name in reports; `Task-<n>` without one. */
  name?: string | null;
  /** The context in which the coroutine runs; a copy of the current one without it. */
  context?: Context | null;
  /** Run to the first suspension at once, inside this call. */
  eagerStart?: boolean;
}

/** Adds to the engine's own messages what helps: a coroutine has ended with this error. */
export function explain(error: unknown): void {
  if (!DEV || !(error instanceof Error)) return;
  // Plain generators stand on the engine's stack while they run, and so do the arguments of a call.
  if (TOO_DEEP.test(error.message)) {
    addAdvice(
      error,
      "if coroutines call each other so deep, wrap their functions: coroutine(function* f() { … }); " +
        "if a call was given too many arguments, as in gather(...list), pass the array: gather(list)",
    );
  } else if (error instanceof TypeError && NOT_ITERABLE.test(error.message)) {
    addAdvice(error, "for a promise write yield* fromPromise(promise)");
  } else if (error instanceof TypeError && NO_THROW.test(error.message)) {
    addAdvice(error, "what yield* iterates is no coroutine; for several write yield* gather([a, b])");
  }
}

const TOO_DEEP = /^(Maximum call stack|too much recursion)/;
/** What V8, SpiderMonkey and JavaScriptCore say of `yield* promise`. */
const NOT_ITERABLE =
  /^(yield\* |object is not iterable|(?!undefined |null )\S+ is not iterable|.* is not a function or its return value is not iterable)|\((?:In '|near '\.*)yield\* /;

/** What engines say when an error, here that of a bad yield, is thrown into `yield* [a, b]`. */
const NO_THROW = /(?:iterator|generator)\b.* does not (?:have|provide) a [`'"]?throw/i;

function addAdvice(error: Error, advice: string): void {
  const { message, stack } = error;
  if (message.endsWith(advice)) return;
  error.message = `${message.replace(/\.$/, "")}: ${advice}`;
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
}

/** For one that is not a generator. */
export function checkCoroutine(coro: unknown): void {
  if (typeof (coro as { throw?: unknown } | null)?.throw !== "function") throw notACoroutine(coro);
}

const OPTIONS: OptionNames<TaskOptions & FutureOptions> = { name: true, context: true, eagerStart: true, loop: true };

export function checkTaskOptions(options: TaskOptions | null, loop: EventLoop): void {
  if (options === null) return;
  checkOptions("a task", options, OPTIONS);
  checkLoop(loop, "the loop of a task must be an event loop");
  const { context } = options;
  if (context == null) return;
  checkContext(context, "a task");
  if (options.eagerStart && kernel.runningLoop === loop) context._checkEntered();
}

/** As in asyncio a name may be anything that has a text. */
export function nameOf({ name }: TaskOptions): string | number {
  return name == null ? ++kernel.taskCount : String(name);
}

/** The error for a coroutine that yields what no leaf has given; says what was probably meant. */
export function badYield(yielded: unknown): RuntimeError {
  return new RuntimeError(`Task got bad yield: ${describe(yielded)}.${DEV ? yieldHint(yielded) : ""}`);
}

function yieldHint(yielded: unknown): string {
  if (isfuture(yielded) || iscoroutine(yielded)) return " It looks like `yield` instead of `yield*`.";
  return yielded instanceof Promise ? " Use `yield* fromPromise(promise)`." : "";
}

/** A coroutine as it is, another awaitable in a coroutine. Throws `TypeError` for all else. */
export function asCoroutine<T>(awaitable: Awaitable<T> | Native<T>): Coroutine<T> {
  if (iscoroutine(awaitable)) return awaitable as Coroutine<T>;
  if (isAwaitable(awaitable)) return wrap(awaitable as Awaitable<T>);
  throw notACoroutine(awaitable);
}

function* wrap<T>(awaitable: Awaitable<T>): Coroutine<T> {
  return (yield* awaitable) as T;
}

/** For a function where its coroutine should be. */
export function callHint(fn: unknown): string {
  if (Object.prototype.toString.call(fn) === "[object AsyncFunction]") return " Write function*, and call it.";
  if (isClass(fn)) return "";
  return " Call it: pass f(), not f.";
}

/** The error for something that is not a coroutine; says what was probably meant. */
export function notACoroutine(value: unknown): TypeError {
  const hint = DEV ? coroutineHint(value) : "";
  return new TypeError(`a coroutine was expected, got ${describe(value)}.${hint}`);
}

function coroutineHint(value: unknown): string {
  if (typeof value === "function") return callHint(value);
  const isPromise = value instanceof Promise || typeof (value as { then?: unknown } | null)?.then === "function";
  return isPromise
    ? ` For a promise use fromPromise(promise). If it is that of an async function, that has begun without tsyncio. ${HOW_TO_COMPILE}`
    : "";
}
