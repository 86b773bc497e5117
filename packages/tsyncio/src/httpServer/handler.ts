/** A user's function as a coroutine. */

import type { ServerRequest } from "srvx";
import { describe } from "../base/describe.ts";
import { lazyOf } from "../base/lazy.ts";
import { fromPromise } from "../interop/fromPromise.ts";
import { isPromise } from "../iteration/settle.ts";
import { AWAITABLE, type Awaitable, type Coroutine, iscoroutine, iscoroutinefunction } from "../kernel/protocol.ts";

/**
 * What answers a request: a coroutine function, or a plain function that returns a response or a promise of one, such as
 * the `fetch` of an application of hono.
 */
export type Handler = (request: ServerRequest) => Awaitable<Response> | PromiseLike<Response> | Response;

/** A function whose calls are coroutines that have not begun. */
export type Lazy<A extends unknown[], R> = (this: unknown, ...args: A) => Coroutine<R>;

export function lazyHandler<A extends unknown[], R>(
  handler: (...args: A) => Awaitable<R> | PromiseLike<R> | R,
  caller: string,
): Lazy<A, R> {
  if (typeof handler !== "function") {
    throw new TypeError(`${caller} expects a function that answers a request, got ${describe(handler)}`);
  }
  const fn = lazyOf(handler);
  if (iscoroutinefunction(fn)) return fn as unknown as Lazy<A, R>;
  return function* (this: unknown, ...args: A): Coroutine<R> {
    const result: unknown = fn.apply(this, args);
    if (isOurs(result)) return yield* result as Awaitable<R>;
    return isPromise(result) ? yield* fromPromise(result as PromiseLike<R>) as Awaitable<R> : (result as R);
  };
}

/** Not anything that can be iterated: a framework may take a list for an answer. */
function isOurs(value: unknown): value is Awaitable<unknown> {
  return iscoroutine(value) || (value as { [AWAITABLE]?: unknown } | null | undefined)?.[AWAITABLE] === true;
}
