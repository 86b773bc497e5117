/** Python's asynchronous list, set and dict comprehensions. */

import { thenable } from "../kernel/coroutines.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { openCursor } from "./cursor.ts";
import type { AsyncSource } from "./sources.ts";

/** `[x async for x in source]`. */
export const toArray = /* @__PURE__ */ thenable(function* toArray<T>(source: AsyncSource<T>): Coroutine<T[]> {
  const array: T[] = [];
  yield* collect(source, (item) => array.push(item));
  return array;
});

/** `{x async for x in source}`. */
export const toSet = /* @__PURE__ */ thenable(function* toSet<T>(source: AsyncSource<T>): Coroutine<Set<T>> {
  const set = new Set<T>();
  yield* collect(source, (item) => set.add(item));
  return set;
});

/** `{key: value async for key, value in source}`: the items are pairs. Of equal keys the last one wins. */
export const toMap = /* @__PURE__ */ thenable(function* toMap<K, V>(
  source: AsyncSource<readonly [K, V]>,
): Coroutine<Map<K, V>> {
  const map = new Map<K, V>();
  yield* collect(source, ([key, value]) => map.set(key, value));
  return map;
});

/** `asyncFor` with a plain function as its body. */
function* collect<T>(source: AsyncSource<T>, take: (item: T) => unknown): Coroutine<void> {
  const items = openCursor(source);
  try {
    while (yield* items.next()) take(items.value);
  } finally {
    if (items.left()) yield* items.aclose();
  }
}
