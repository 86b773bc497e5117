/** Python's `async with`, with the body as a generator function. */

import { describe } from "../base/describe.ts";
import { ASYNC_DISPOSE, DISPOSE } from "../base/dispose.ts";
import { asFailure, GeneratorExit } from "../base/errors.ts";
import { BaseExceptionGroup } from "../base/exceptionGroup.ts";
import { lazyOf } from "../base/lazy.ts";
import { thenable } from "../kernel/coroutines.ts";
import {
  type Awaitable,
  type Coroutine,
  type CoroutineObject,
  isAwaitable,
  iscoroutine,
  type Native,
} from "../kernel/protocol.ts";
import { awaitableFrom, checkBody, notABody, promiseFuture } from "./awaitable.ts";

/**
 * asyncio's context manager. `aexit` gets the error that ended the body, or null; a `TypeError` for `undefined` and the
 * like, which are no errors, so that none of them is taken for a good end. If what it returns is truthy, the error goes
 * no further.
 */
export interface AsyncContextManager<V, S = unknown> {
  aenter(): Awaitable<V> | Native<V>;
  aexit(error: unknown): Awaitable<S> | Native<S>;
}

/** The body's result; also undefined, if the manager may swallow the error of the body. */
// biome-ignore lint/suspicious/noConfusingVoidType: a coroutine without a return returns void
export type BodyResult<R, S> = [S] extends [void | undefined | null | false] ? R : R | undefined;

/**
 * Enters `manager`, runs the body with the value of `aenter`, and leaves it, whatever happens:
 *
 *     const user = yield* asyncWith(pool.connection(), function* (connection) {
 *       return yield* connection.fetch(id);
 *     });
 *
 * The result is the body's, or undefined if the manager swallowed an error. An error in leaving replaces the body's.
 * `this` in the body is `thisArg`. Objects made for JavaScript's `await using` and `using` are accepted too: the body
 * gets the object itself. Throws `TypeError` if a method is missing.
 */
export const asyncWith: {
  <V, S, R, This = undefined>(
    manager: AsyncContextManager<V, S>,
    body: (this: This, value: V) => Awaitable<R> | Native<R>,
    thisArg?: This,
  ): CoroutineObject<BodyResult<R, S>>;
  <M extends AsyncDisposable | Disposable, R, This = undefined>(
    manager: M,
    body: (this: This, value: M) => Awaitable<R> | Native<R>,
    thisArg?: This,
  ): CoroutineObject<R>;
} = /* @__PURE__ */ thenable(function* asyncWith(
  manager: unknown,
  body: (this: unknown, value: unknown) => Awaitable<unknown>,
  thisArg?: unknown,
): Coroutine<unknown> {
  checkBody(body, "asyncWith");
  const { enter, exit } = methodsOf(manager);
  const value = yield* enter();
  // Null: the body has ended well. While it runs, only a `return()` of this coroutine leads to the `finally`.
  let left: GeneratorExit | null = new GeneratorExit();
  let exited = false;
  let misuse: TypeError | null = null;
  try {
    const made: unknown = lazyOf(body).call(thisArg, value);
    if (!isAwaitable(made)) {
      misuse = notABody(made, "asyncWith");
      throw misuse;
    }
    const result = yield* made;
    left = null;
    return result;
  } catch (error) {
    exited = true;
    if (!(yield* misuse === null ? exit(asFailure(error)) : leaveBare(exit, misuse))) throw error;
    return undefined;
  } finally {
    if (!exited) yield* leaveWith(exit, left);
  }
}) as never;

/**
 * A manager that throws the very error of a `return()` has let it pass: the coroutine is being closed, and nothing is
 * thrown.
 */
function* leaveWith(exit: Methods["exit"], left: GeneratorExit | null): Coroutine<void> {
  try {
    yield* exit(left);
  } catch (error) {
    if (left === null || error !== left) throw error;
  }
}

/**
 * `misuse` says that the call is wrong: it is thrown as it is, where a task group has nothing else to put into its
 * `ExceptionGroup`.
 */
function* leaveBare(exit: Methods["exit"], misuse: TypeError): Coroutine<unknown> {
  try {
    return yield* exit(misuse);
  } catch (error) {
    if (error instanceof BaseExceptionGroup && error.exceptions.every((one) => one === misuse)) throw misuse;
    throw error;
  }
}

interface Methods {
  enter(): Awaitable<unknown>;
  exit(error: unknown): Awaitable<unknown>;
}

/** Both are looked up before the first is called, as in Python. */
function methodsOf(manager: unknown): Methods {
  const candidate = manager as Record<PropertyKey, unknown> | null | undefined;
  const aenter = candidate?.aenter;
  const aexit = candidate?.aexit;
  if (typeof aenter === "function" && typeof aexit === "function") {
    return {
      enter: () => awaitableFrom(aenter.call(manager), manager, "aenter"),
      exit: (error) => awaitableFrom(aexit.call(manager, error), manager, "aexit"),
    };
  }
  if (aenter === undefined && aexit === undefined) {
    const asyncDispose = candidate?.[ASYNC_DISPOSE];
    const dispose = candidate?.[DISPOSE];
    if (typeof asyncDispose === "function") return disposing(manager, asyncDispose as () => unknown);
    if (typeof dispose === "function") return disposing(manager, dispose as () => unknown);
  }
  const missing = typeof aenter === "function" ? "aexit()" : typeof aexit === "function" ? "aenter()" : "";
  const what =
    missing === "" ? "it has neither aenter() and aexit() nor [Symbol.asyncDispose]()" : `it has no ${missing}`;
  throw new TypeError(`${describe(manager)} does not support the asynchronous context manager protocol: ${what}`);
}

function disposing(manager: unknown, dispose: () => unknown): Methods {
  const owner = { describeWait: () => `the disposal of ${describe(manager)}` };
  return {
    *enter() {
      return manager;
    },
    *exit() {
      const result = dispose.call(manager);
      // Of a method in native syntax: it is part of this task, and cancelled with it.
      if (iscoroutine(result)) yield* result;
      else if (typeof (result as PromiseLike<unknown> | null | undefined)?.then === "function") {
        yield* promiseFuture(result as PromiseLike<unknown>, owner);
      }
      return false;
    },
  };
}
