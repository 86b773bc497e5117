/** Native async iterables for coroutines. */

import { describe } from "../base/describe.ts";
import { RuntimeError, StopAsyncIteration } from "../base/errors.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Future } from "../kernel/future.ts";
import { type Coroutine, type CoroutineObject, iscoroutine } from "../kernel/protocol.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { promiseFuture } from "./awaitable.ts";
import { NativeIterator } from "./nativeIterator.ts";
import type { AsyncioIterable, AsyncioIterator } from "./sources.ts";

/** A native async iterator with asyncio's protocol. A cancelled `anext()` loses no item: the next one gets it. */
export class NativeSource<T> implements AsyncioIterator<T>, AsyncioIterable<T>, AsyncIterable<T>, WaitOwner {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(NativeSource);
  private readonly native: AsyncIterator<T>;
  /** What the iterator has promised, and has not been taken yet. */
  private pending: Promise<IteratorResult<T>> | null = null;
  private running = false;

  /** @internal */
  constructor(native: AsyncIterator<T>) {
    this.native = native;
  }

  aiter(): this {
    return this;
  }

  /** The next item. Throws `StopAsyncIteration` at the end. */
  anext(): CoroutineObject<T>;
  *anext(): Coroutine<T> {
    if (this.running) throw new RuntimeError("anext(): asynchronous iterator is already running");
    this.running = true;
    let future: Future<IteratorResult<T>> | null = null;
    try {
      const step: unknown = this.pending ?? this.native.next();
      let result: IteratorResult<T>;
      if (iscoroutine(step)) {
        // Of a method in native syntax: it is part of this task, and cancelled with it.
        result = yield* step as Coroutine<IteratorResult<T>>;
      } else {
        this.pending = Promise.resolve(step as IteratorResult<T>);
        future = promiseFuture(this.pending, this);
        result = yield* future;
      }
      if (result.done !== true) return result.value;
    } finally {
      this.running = false;
      if (future?.done() && !future.cancelled()) this.pending = null;
    }
    throw new StopAsyncIteration();
  }

  /** Calls the iterator's `return()`, as leaving a `for await` does. */
  aclose(): CoroutineObject<void>;
  *aclose(): Coroutine<void> {
    this.pending = null;
    if (this.native.return === undefined) return;
    const step: unknown = this.native.return();
    yield* iscoroutine(step) ? step : promiseFuture(Promise.resolve(step), this);
  }

  /**
   * @internal The item that is under way will not be taken. Not waited for: native iterators put a `return()`
   * behind it, and it may never come.
   */
  _abandon(): void {
    if (this.pending === null) return;
    this.pending = null;
    Promise.resolve(this.native.return?.()).catch(() => {});
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return new NativeIterator(this);
  }

  describeWait(): string {
    return "the promise of a native async iterator";
  }

  toString(): string {
    return `<NativeSource of ${describe(this.native)}>`;
  }
}

/**
 * An asyncio-style async iterator over a native async iterable: a web stream, a Node stream, an `async function*`.
 * `asyncFor` and `cursor` accept those as they are; this is for code that calls `anext()` itself. It is not closed
 * by leaving it: call `aclose()`.
 *
 *     const lines = fromAsyncIterable(createInterface({ input: process.stdin }));
 *     const first = yield* lines.anext();
 *     yield* lines.aclose();
 *
 * @throws TypeError for what has no `[Symbol.asyncIterator]`.
 */
export function fromAsyncIterable<T>(native: AsyncIterable<T>): NativeSource<T> {
  const method = (native as Partial<AsyncIterable<T>> | null | undefined)?.[Symbol.asyncIterator];
  if (typeof method !== "function") {
    throw new TypeError(`fromAsyncIterable expects an object with [Symbol.asyncIterator], got ${describe(native)}`);
  }
  return new NativeSource(method.call(native));
}
