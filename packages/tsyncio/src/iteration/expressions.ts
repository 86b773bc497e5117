/** Python's asynchronous generator expressions. */

import { describe } from "../base/describe.ts";
import { lazyOf } from "../base/lazy.ts";
import { type Coroutine, iscoroutine, type Native } from "../kernel/protocol.ts";
import { type AsyncGen, asyncGenerator } from "./asyncGenerator.ts";
import { type OpenCursor, openCursor } from "./cursor.ts";
import type { AsyncSource } from "./sources.ts";

/**
 * `(fn(x) async for x in source)`, or `(await fn(x) async for x in source)` if `fn` is a `function*`: an async
 * generator. Unlike Python's, closing it closes the source, if that is an async generator or a native iterator.
 */
export function asyncMap<T, U>(source: AsyncSource<T>, fn: (item: T) => Coroutine<U> | Native<U>): AsyncGen<U>;
export function asyncMap<T, U>(source: AsyncSource<T>, fn: (item: T) => U): AsyncGen<U>;
export function asyncMap<T, U>(source: AsyncSource<T>, fn: (item: T) => U | Coroutine<U>): AsyncGen<U> {
  checkFunction(fn, "asyncMap");
  return expression(openCursor(source), lazyOf(fn), false) as AsyncGen<U>;
}

/** `(x async for x in source if fn(x))`, or `if await fn(x)` if `fn` is a `function*`; else as `asyncMap`. */
export function asyncFilter<T, U extends T>(source: AsyncSource<T>, fn: (item: T) => item is U): AsyncGen<U>;
export function asyncFilter<T>(source: AsyncSource<T>, fn: (item: T) => unknown): AsyncGen<T>;
export function asyncFilter<T>(source: AsyncSource<T>, fn: (item: T) => unknown): AsyncGen<T> {
  checkFunction(fn, "asyncFilter");
  return expression(openCursor(source), lazyOf(fn), true) as AsyncGen<T>;
}

const expression = /* @__PURE__ */ asyncGenerator(function* expression(
  items: OpenCursor<unknown>,
  fn: (item: never) => unknown,
  filtering: boolean,
) {
  let inBody = false;
  try {
    while (yield* items.next()) {
      inBody = true;
      const item = items.value;
      const made = fn(item as never);
      const value = iscoroutine(made) ? yield* made : made;
      if (!filtering) yield value;
      else if (value) yield item;
      inBody = false;
    }
  } finally {
    if (inBody) yield* items.aclose();
    else items.abandon();
  }
});

function checkFunction(fn: unknown, caller: string): void {
  if (typeof fn !== "function") throw new TypeError(`${caller} expects a function, got ${describe(fn)}`);
}
