/** asyncio.StreamReader. */

import { type OptionNames, ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import {
  IncompleteReadError,
  LimitOverrunError,
  RuntimeError,
  StopAsyncIteration,
  ValueError,
} from "../base/errors.ts";
import { getEventLoop } from "../host/loops.ts";
import { NativeIterator } from "../iteration/nativeIterator.ts";
import type { AsyncioIterable, AsyncioIterator } from "../iteration/sources.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import type { ByteQueue } from "./byteQueue.ts";
import { checkCount, separatorsOf } from "./streamArguments.ts";
import { type PausableTransport, StreamBuffer } from "./streamBuffer.ts";
import { Read } from "./streamRead.ts";

/** 64 KiB. */
export const DEFAULT_LIMIT = 2 ** 16;

const NEWLINE = Uint8Array.of(10);
const NOTHING = new Uint8Array(0);

/** Options of a `StreamReader`. */
export interface StreamReaderOptions {
  /** In bytes: the longest line, and half of what is buffered before the transport is paused. 64 KiB without it. */
  limit?: number;
  loop?: EventLoop;
}

const OPTIONS: OptionNames<StreamReaderOptions> = { limit: true, loop: true };

/** The buffer of a reader, for the code of this package that reads or puts back beside the reader's own methods. */
export let bufferOf: (reader: StreamReader) => StreamBuffer;

/**
 * Reads what a transport, or a test, feeds: `asyncio.StreamReader`. Only one coroutine can read at a time. Iterated
 * by `asyncFor`, yields the lines.
 */
export class StreamReader
  implements WaitOwner, AsyncioIterable<Uint8Array>, AsyncioIterator<Uint8Array>, AsyncIterable<Uint8Array>
{
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(StreamReader);
  static {
    bufferOf = (reader) => reader.#buffer;
  }

  readonly #buffer: StreamBuffer;

  /** Throws `ValueError` if the limit is not positive. */
  constructor(options: StreamReaderOptions = {}) {
    const { limit = DEFAULT_LIMIT, loop } = ownOptions("StreamReader", options, OPTIONS);
    if (typeof limit !== "number") throw new TypeError(`limit must be a number of bytes, got ${describe(limit)}`);
    if (!(limit > 0)) throw new ValueError("Limit cannot be <= 0");
    this.#buffer = new StreamBuffer(limit, loop ?? getEventLoop(), this);
  }

  /** What `setException` has set, or null. */
  exception(): unknown {
    const { error } = this.#buffer;
    return error === null ? null : error.exception;
  }

  /** All reads from now on, and the one that waits, throw `exception`. */
  setException(exception: unknown): void {
    this.#buffer.fail(exception);
  }

  /** The transport is paused while more than twice the limit is buffered. */
  setTransport(transport: PausableTransport): void {
    const buffer = this.#buffer;
    if (buffer.transport !== null) throw new RuntimeError("Transport already set");
    buffer.transport = transport;
  }

  /** No more data will come. */
  feedEof(): void {
    this.#buffer.feedEof();
  }

  /** True if the buffer is empty and `feedEof` was called. */
  atEof(): boolean {
    const { eof, length } = this.#buffer;
    return eof && length === 0;
  }

  /**
   * Data have arrived. The reader keeps the array: do not change it afterwards. Throws `TypeError` for anything but
   * a `Uint8Array`, `RuntimeError` after `feedEof`.
   */
  feedData(data: Uint8Array): void {
    this.#buffer.feed(data);
  }

  /**
   * At most `n` bytes, as soon as there is one; none at the end. -1 reads to the end of the stream. Not bounded by
   * the limit.
   */
  read(n = -1): CoroutineObject<Uint8Array> {
    return new Read(this.#buffer, n);
  }

  /**
   * To the next newline, which is included; at the end of the stream, what is left. Throws `ValueError` for a line
   * that is longer than the limit, and drops what is buffered of it.
   */
  readline(): CoroutineObject<Uint8Array>;
  *readline(): Coroutine<Uint8Array> {
    try {
      return yield* this.readUntil(NEWLINE);
    } catch (error) {
      if (error instanceof IncompleteReadError) return error.partial;
      if (!(error instanceof LimitOverrunError)) throw error;
      const buffer = this.#buffer;
      if (buffer.startsWith(NEWLINE, error.consumed)) buffer.skip(error.consumed + NEWLINE.length);
      else buffer.clear();
      buffer.resumeIfShort();
      throw new ValueError(error.message, { cause: error });
    }
  }

  /**
   * Exactly `n` bytes. Throws `IncompleteReadError`, with what there was, if the stream ends before; `ValueError` if
   * `n` is negative. Not bounded by the limit.
   */
  readExactly(n: number): CoroutineObject<Uint8Array>;
  *readExactly(n: number): Coroutine<Uint8Array> {
    checkCount(n, "readExactly");
    if (n < 0) throw new ValueError("readExactly size can not be less than zero");
    const buffer = this.#buffer;
    buffer.checkError();
    if (n === 0) return NOTHING;
    while (buffer.length < n) {
      if (buffer.eof) throw new IncompleteReadError(buffer.takeAll(), n);
      yield* buffer.waitForData("readExactly");
    }
    return buffer.take(n);
  }

  /**
   * To the next separator, which is included; of several the one that makes the shortest piece. Throws
   * `IncompleteReadError`, with what there was, if the stream ends before. Throws `LimitOverrunError` if the piece,
   * without the separator, is longer than the limit: then it stays in the buffer. Throws `ValueError` for an empty
   * separator.
   */
  readUntil(separator?: Uint8Array | readonly Uint8Array[]): CoroutineObject<Uint8Array>;
  *readUntil(separator: Uint8Array | readonly Uint8Array[] = NEWLINE): Coroutine<Uint8Array> {
    const separators = separatorsOf(separator);
    const shortest = (separators[0] as Uint8Array).length;
    const longest = (separators.at(-1) as Uint8Array).length;
    const buffer = this.#buffer;
    buffer.checkError();
    // Before this place no separator begins.
    let searched = 0;
    for (;;) {
      if (buffer.length - searched >= shortest) {
        const found = firstOf(separators, buffer, searched);
        if (found !== null) {
          if (found.start <= buffer.limit) return buffer.take(found.end);
          throw new LimitOverrunError("Separator is found, but chunk is longer than limit", found.start);
        }
        // The last bytes may be the beginning of a separator.
        searched = Math.max(0, buffer.length + 1 - longest);
        if (searched > buffer.limit) {
          throw new LimitOverrunError("Separator is not found, and chunk exceed the limit", searched);
        }
      }
      // Only now, since the last data may have brought the separator.
      if (buffer.eof) throw new IncompleteReadError(buffer.takeAll(), null);
      yield* buffer.waitForData("readUntil");
    }
  }

  aiter(): this {
    return this;
  }

  /** The next line. Throws `StopAsyncIteration` at the end. */
  anext(): CoroutineObject<Uint8Array>;
  *anext(): Coroutine<Uint8Array> {
    const line = yield* this.readline();
    if (line.length === 0) throw new StopAsyncIteration();
    return line;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return new NativeIterator(this);
  }

  describeWait(): string {
    return `data of ${this}`;
  }

  toString(): string {
    const { length, eof, limit, waiter, error, transport, paused } = this.#buffer;
    const info = [this.constructor.name];
    if (length > 0) info.push(`${length} bytes`);
    if (eof) info.push("eof");
    if (limit !== DEFAULT_LIMIT) info.push(`limit=${limit}`);
    if (waiter !== null) info.push(`waiter=${waiter}`);
    if (error !== null) info.push(`exception=${String(error.exception)}`);
    if (transport !== null) info.push(`transport=${describe(transport)}`);
    if (paused) info.push("paused");
    return `<${info.join(" ")}>`;
  }
}

/** The separator that ends first; of several that end there, the one that was given first. */
function firstOf(
  separators: readonly Uint8Array[],
  bytes: ByteQueue,
  from: number,
): { readonly start: number; readonly end: number } | null {
  let found: { start: number; end: number } | null = null;
  for (const separator of separators) {
    const start = bytes.indexOf(separator, from);
    if (start < 0) continue;
    const end = start + separator.length;
    if (found === null || end < found.end) found = { start, end };
  }
  return found;
}
