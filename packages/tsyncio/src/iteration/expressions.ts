/** Python's asynchronous generator expressions. */

import { ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import { lazyOf } from "../base/lazy.ts";
import { type Awaitable, iscoroutine } from "../kernel/protocol.ts";
import { type AsyncGen, asyncGenerator } from "./asyncGenerator.ts";
import { ConcurrentMap } from "./concurrentMap.ts";
import type { OpenCursor } from "./cursor.ts";
import { openAnyCursor } from "./sequenceCursor.ts";
import { isPromiseLike, resultOf } from "./settle.ts";
import type { AsyncSource } from "./sources.ts";

/** Options of `asyncMap`. */
export interface AsyncMapOptions {
  /** How many items may be under way at once: begun, and their results not taken. Without it one after the other. */
  limit?: number | null;
  /** False: results come as they are done. Defaults to true: in the order of the items. */
  ordered?: boolean;
}

/**
 * `(fn(x) async for x in source)`, or `(await fn(x) async for x in source)` if `fn` returns a coroutine, a future or a
 * promise: an async generator. Unlike Python's, the source may be an array, or any other iterable, and closing it
 * closes the source, if that is an async generator or a native iterator.
 *
 *     const pages = yield* toArray(asyncMap(urls, load, { limit: 10 }));
 *
 * With a `limit` each call of `fn` is a task of its own. At most `limit` items are under way, and the source is asked
 * for the next one only then: a slow consumer slows it down. When the iteration is left, and when one of the calls
 * fails, the others are cancelled and waited for, and the source is closed; the first error is thrown, after the
 * results that are there.
 *
 * @throws ValueError if `limit` is less than 1; TypeError for what is no function.
 */
export function asyncMap<T, U>(
  source: AsyncSource<T> | Iterable<T>,
  fn: (item: T) => Awaitable<U> | PromiseLike<U>,
  options?: AsyncMapOptions | null,
): AsyncGen<U>;
export function asyncMap<T, U>(
  source: AsyncSource<T> | Iterable<T>,
  fn: (item: T) => U,
  options?: AsyncMapOptions | null,
): AsyncGen<U>;
export function asyncMap<T, U>(
  source: AsyncSource<T> | Iterable<T>,
  fn: (item: T) => unknown,
  options?: AsyncMapOptions | null,
): AsyncGen<U> {
  checkFunction(fn, "asyncMap");
  const { limit = null, ordered = true } = ownOptions("asyncMap", options, { limit: true, ordered: true });
  const items = openAnyCursor(source);
  if (limit === null) return expression(items, lazyOf(fn), false) as AsyncGen<U>;
  if (!(limit === Infinity || Number.isInteger(limit)) || limit < 1) {
    throw new ValueError(`limit must be a whole number of 1 or more, or Infinity, got ${describe(limit)}`);
  }
  return concurrentExpression(new ConcurrentMap<T, U>(items, lazyOf(fn), limit, ordered)) as AsyncGen<U>;
}

/**
 * `(x async for x in source if fn(x))`, or `if await fn(x)` if it can be awaited; else as `asyncMap`.
 *
 *     const even = yield* toArray(asyncFilter([1, 2, 3, 4], (n) => n % 2 === 0)); // [2, 4]
 */
export function asyncFilter<T, U extends T>(
  source: AsyncSource<T> | Iterable<T>,
  fn: (item: T) => item is U,
): AsyncGen<U>;
export function asyncFilter<T>(source: AsyncSource<T> | Iterable<T>, fn: (item: T) => unknown): AsyncGen<T>;
export function asyncFilter<T>(source: AsyncSource<T> | Iterable<T>, fn: (item: T) => unknown): AsyncGen<T> {
  checkFunction(fn, "asyncFilter");
  return expression(openAnyCursor(source), lazyOf(fn), true) as AsyncGen<T>;
}

const expression = /* @__PURE__ */ asyncGenerator(function* expression(
  items: OpenCursor<unknown>,
  fn: (item: never) => unknown,
  filtering: boolean,
) {
  try {
    while (yield* items.next()) {
      const item = items.value;
      const made = fn(item as never);
      const value = iscoroutine(made) ? yield* made : isPromiseLike(made) ? yield* resultOf(made) : made;
      if (!filtering) yield value;
      else if (value) yield item;
    }
  } finally {
    if (items.left()) yield* items.aclose();
  }
});

/** What is used of a map. */
type Results<U> = Pick<ConcurrentMap<never, U>, "next" | "value" | "close">;

const concurrentExpression = /* @__PURE__ */ asyncGenerator(function* asyncMap(map: Results<unknown>) {
  try {
    while (yield* map.next()) yield map.value;
  } finally {
    yield* map.close();
  }
});

function checkFunction(fn: unknown, caller: string): void {
  if (typeof fn !== "function") throw new TypeError(`${caller} expects a function, got ${describe(fn)}`);
}
