/** asyncio's async iterables for native code. */

import { describe } from "../base/describe.ts";
import { aiter } from "./aiter.ts";
import { NativeIterator } from "./nativeIterator.ts";
import type { AsyncSource } from "./sources.ts";

/**
 * A native async iterable over an object with `aiter()`, for `for await` in native code: each item is fetched by a
 * task of the loop. Leaving the `for await` early closes the source if it has `aclose()`. A native one is returned
 * as it is.
 *
 *     for await (const item of toAsyncIterable(source)) console.log(item);
 *
 * @throws TypeError for what is no async source.
 */
export function toAsyncIterable<T>(source: AsyncSource<T>): AsyncIterable<T> {
  if (typeof (source as { aiter?: unknown } | null | undefined)?.aiter === "function") {
    return { [Symbol.asyncIterator]: () => new NativeIterator<T>(aiter(source)) };
  }
  if (typeof (source as Partial<AsyncIterable<T>> | null | undefined)?.[Symbol.asyncIterator] === "function") {
    return source as AsyncIterable<T>;
  }
  throw new TypeError(`toAsyncIterable expects an object with aiter(), got ${describe(source)}`);
}
