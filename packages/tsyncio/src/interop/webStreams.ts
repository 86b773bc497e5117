/** Web streams and coroutines, both ways. */

import { ownOptions } from "../base/checks.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { asFailure, StopAsyncIteration } from "../base/errors.ts";
import { callersLoop } from "../host/loops.ts";
import { aiter } from "../iteration/aiter.ts";
import { promiseFuture } from "../iteration/awaitable.ts";
import { fromAsyncIterable, type NativeSource } from "../iteration/fromAsyncIterable.ts";
import type { AsyncSource } from "../iteration/sources.ts";
import { copyContext } from "../kernel/context.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Awaitable, ContextMethod, Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { promiseOf } from "../tasks/nativeCalls.ts";

/**
 * The chunks of a stream, for `asyncFor` and `cursor`. Closing it early, as `asyncFor` does when its body throws,
 * cancels the stream, unless `preventCancel` is true. Works where the streams are no async iterables themselves.
 *
 *     const chunks = yield* toArray(fromReadableStream(response.body!));
 */
export function fromReadableStream<T>(
  stream: ReadableStream<T>,
  options: { preventCancel?: boolean } = {},
): NativeSource<T> {
  const preventCancel = ownOptions("fromReadableStream", options, { preventCancel: true }).preventCancel ?? false;
  return fromAsyncIterable({ [Symbol.asyncIterator]: () => chunks(stream, preventCancel) });
}

function chunks<T>(stream: ReadableStream<T>, preventCancel: boolean): AsyncIterator<T> {
  const reader = stream.getReader();
  let ended = false;
  const end = (): IteratorReturnResult<undefined> => {
    if (!ended) reader.releaseLock();
    ended = true;
    return { done: true, value: undefined };
  };
  return {
    async next() {
      if (ended) return end();
      try {
        const { done, value } = await reader.read();
        return done ? end() : { done, value };
      } catch (error) {
        end();
        throw error;
      }
    },
    async return() {
      try {
        if (!ended && !preventCancel) await reader.cancel();
      } finally {
        end();
      }
      return end();
    },
  };
}

/**
 * A stream of the items of an async source: each is fetched, when the stream's reader wants it, by a task of the loop.
 * Cancelling the stream cancels that task and closes the source, if it has `aclose()`.
 *
 *     return new Response(toReadableStream(rows()));
 */
export function toReadableStream<T>(source: AsyncSource<T>, strategy?: QueuingStrategy<T>): ReadableStream<T> {
  return readableOf(source, strategy, null);
}

/** `giveBack` gets an item that was fetched, and that a stream which was cancelled meanwhile does not take. */
export function readableOf<T>(
  source: AsyncSource<T>,
  strategy: QueuingStrategy<T> | undefined,
  giveBack: ((item: T) => void) | null,
): ReadableStream<T> {
  const items = aiter(source) as { anext(): Awaitable<T>; aclose?(): Awaitable<unknown> };
  let loop = kernel.runningLoop; // one for all items
  const context = copyContext();
  const started = <R>(awaitable: Awaitable<R>, signal: AbortSignal | null = null): Promise<R> => {
    loop ??= callersLoop();
    return promiseOf(awaitable, { signal, loop, context });
  };
  const controller = new AbortController();
  let fetching: Promise<unknown> | null = null;
  return new ReadableStream<T>(
    {
      async pull(stream) {
        const fetched = started(items.anext(), controller.signal);
        fetching = fetched.catch(() => {});
        try {
          const item = await fetched;
          if (controller.signal.aborted) giveBack?.(item);
          else stream.enqueue(item);
        } catch (error) {
          if (controller.signal.aborted) return;
          // What reads it, a server of the platform's, takes undefined for no error.
          if (!(error instanceof StopAsyncIteration)) throw asFailure(error);
          stream.close();
        }
      },
      async cancel() {
        controller.abort();
        await fetching;
        if (items.aclose !== undefined) await started(items.aclose());
      },
    },
    // Without a strategy nothing is fetched before it is asked for.
    strategy ?? { highWaterMark: 0 },
  );
}

/** The writing end of a stream: `yield* asyncWith(fromWritableStream(stream), function* (sink) { … })`. */
export function fromWritableStream<T>(stream: WritableStream<T>): StreamSink<T> {
  return new StreamSink(stream.getWriter());
}

/** What `fromWritableStream` returns. Leaving its block closes the stream, or aborts it if the block has thrown. */
export class StreamSink<T> implements WaitOwner {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(StreamSink);
  private readonly writer: WritableStreamDefaultWriter<T>;

  /** @internal */
  constructor(writer: WritableStreamDefaultWriter<T>) {
    this.writer = writer;
  }

  /** Waits until the stream has taken the chunk. Throws the stream's error. A cancelled write may still be done. */
  write(chunk: T): CoroutineObject<void>;
  *write(chunk: T): Coroutine<void> {
    yield* promiseFuture(this.writer.write(chunk), this);
  }

  /** Waits until all chunks are written, and closes the stream. */
  close(): CoroutineObject<void>;
  *close(): Coroutine<void> {
    yield* this.end(this.writer.close());
  }

  /** Ends the stream with an error; chunks that are not written are dropped. */
  abort(reason?: unknown): CoroutineObject<void>;
  *abort(reason?: unknown): Coroutine<void> {
    yield* this.end(this.writer.abort(reason));
  }

  private *end(ended: Promise<void>): Coroutine<void> {
    try {
      yield* promiseFuture(ended, this);
    } finally {
      this.writer.releaseLock();
    }
  }

  aenter(): ContextMethod<this>;
  *aenter(): Coroutine<this> | ContextMethod<this> {
    return this;
  }

  aexit(error: unknown): ContextMethod<void>;
  *aexit(error: unknown): Coroutine<void> | ContextMethod<void> {
    if (error === null || error === undefined) yield* this.close();
    else yield* this.abort(error);
  }

  /** For `await using`: closes the stream, which in a module that is not compiled happens after an error too. */
  [ASYNC_DISPOSE](): PromiseLike<void> {
    return this.close();
  }

  describeWait(): string {
    return "a WritableStream";
  }
}
