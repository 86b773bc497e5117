/** A user's function as a coroutine. */

import type { ServerRequest } from "srvx";
import { describe } from "../base/describe.ts";
import { lazyOf } from "../base/lazy.ts";
import { resultOf } from "../iteration/settle.ts";
import { type Awaitable, type Coroutine, iscoroutinefunction } from "../kernel/protocol.ts";

/**
 * What answers a request: a coroutine function, or a plain function that returns a response or a promise of one, such
 * as the `fetch` of an application of hono.
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
    return (yield* resultOf(fn.apply(this, args))) as R;
  };
}
