/** Python's `async for`, with the body as a generator function. */

import { thenable } from "../kernel/coroutines.ts";
import type { Awaitable, Coroutine, CoroutineObject, Native } from "../kernel/protocol.ts";
import { callBody, checkBody } from "./awaitable.ts";
import { openCursor } from "./cursor.ts";
import type { AsyncSource } from "./sources.ts";

/**
 * Runs the body for each item, one after the other:
 *
 *     yield* asyncFor(source, function* (item) { … });
 *
 * `this` in the body is `thisArg`. If the body throws, or is cancelled, a source that is an async generator or a
 * native iterator is closed before the error goes on, as leaving a native `for await` does; Python's `async for` leaves
 * it open. An error in that closing replaces the first one. A loop that is to be left by `break` or `return` wants
 * `cursor`. Throws `TypeError` for what is not an async iterable.
 */
export const asyncFor: <T, This = undefined>(
  source: AsyncSource<T>,
  body: (this: This, item: T) => Awaitable<unknown> | Native<unknown>,
  thisArg?: This,
) => CoroutineObject<void> = /* @__PURE__ */ thenable(function* asyncFor<T, This = undefined>(
  source: AsyncSource<T>,
  body: (this: This, item: T) => Awaitable<unknown> | Native<unknown>,
  thisArg?: This,
): Coroutine<void> {
  checkBody(body, "asyncFor");
  const items = openCursor(source);
  try {
    while (yield* items.next()) yield* callBody(body, thisArg as This, items.value, "asyncFor");
  } finally {
    if (items.left()) yield* items.aclose();
  }
});
