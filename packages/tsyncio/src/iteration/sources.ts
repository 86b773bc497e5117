/** What can be iterated asynchronously: asyncio's protocol, and JavaScript's. */

import type { Awaitable, Native } from "../kernel/protocol.ts";

/**
 * asyncio's async iterator: `anext()` returns an awaitable of the next item, which throws `StopAsyncIteration` at the
 * end.
 */
export interface AsyncioIterator<T> {
  anext(): Awaitable<T> | Native<T>;
}

/** asyncio's async iterable. An iterator returns itself. */
export interface AsyncioIterable<T> {
  aiter(): AsyncioIterator<T>;
}

/** Whatever `asyncFor`, `cursor` and `toArray` iterate: objects with `aiter()`, or native async iterables. */
export type AsyncSource<T> = AsyncioIterable<T> | AsyncIterable<T>;
