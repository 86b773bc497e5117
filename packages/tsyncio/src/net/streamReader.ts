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
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { ByteQueue } from "./byteQueue.ts";
import { checkBytes, checkCount, separatorsOf } from "./streamArguments.ts";
import { Read } from "./streamRead.ts";

/** 64 KiB. */
export const DEFAULT_LIMIT = 2 ** 16;

const NEWLINE = Uint8Array.of(10);
const NOTHING = new Uint8Array(0);

export interface StreamReaderOptions {
  /** In bytes: the longest line, and half of what is buffered before the transport is paused. 64 KiB without it. */
  limit?: number;
  loop?: EventLoop;
}

const OPTIONS: OptionNames<StreamReaderOptions> = { limit: true, loop: true };

/** What a reader asks of its transport. One that has no `pauseReading` cannot be paused: all is buffered. */
export interface PausableTransport {
  pauseReading?(): void;
  resumeReading?(): void;
}

/**
 * Reads what a transport, or a test, feeds: `asyncio.StreamReader`. Only one coroutine can read at a time. Iterated
 * by `asyncFor`, gives the lines.
 */
export class StreamReader
  implements WaitOwner, AsyncioIterable<Uint8Array>, AsyncioIterator<Uint8Array>, AsyncIterable<Uint8Array>
{
  private readonly limit: number;
  private readonly loop: EventLoop;
  private readonly buffer = new ByteQueue();
  private eof = false;
  private waiter: Future<void> | null = null;
  private error: { exception: unknown } | null = null;
  private transport: PausableTransport | null = null;
  private paused = false;

  /** Throws `ValueError` if the limit is not positive. */
  constructor(options: StreamReaderOptions = {}) {
    const { limit = DEFAULT_LIMIT, loop } = ownOptions("StreamReader", options, OPTIONS);
    if (typeof limit !== "number") throw new TypeError(`limit must be a number of bytes, got ${describe(limit)}`);
    if (!(limit > 0)) throw new ValueError("Limit cannot be <= 0");
    this.limit = limit;
    this.loop = loop ?? getEventLoop();
  }

  /** What `setException` has set, or null. */
  exception(): unknown {
    return this.error === null ? null : this.error.exception;
  }

  /** All reads from now on, and the one that waits, throw `exception`. */
  setException(exception: unknown): void {
    this.error = { exception };
    const { waiter } = this;
    this.waiter = null;
    if (waiter !== null && !waiter.cancelled()) waiter.setException(exception);
  }

  /** The transport is paused while more than twice the limit is buffered. */
  setTransport(transport: PausableTransport): void {
    if (this.transport !== null) throw new RuntimeError("Transport already set");
    this.transport = transport;
  }

  /** No more data will come. */
  feedEof(): void {
    this.eof = true;
    this.wakeWaiter();
  }

  /** True if the buffer is empty and `feedEof` was called. */
  atEof(): boolean {
    return this.eof && this.buffer.length === 0;
  }

  /**
   * Data have arrived. The reader keeps the array: do not change it afterwards. Throws `TypeError` for anything but
   * a `Uint8Array`, `RuntimeError` after `feedEof`.
   */
  feedData(data: Uint8Array): void {
    checkBytes(data, "feedData");
    if (this.eof) throw new RuntimeError("feedData after feedEof");
    if (data.length === 0) return;
    this.buffer.push(data);
    this.wakeWaiter();
    if (this.paused || this.transport === null || this.buffer.length <= 2 * this.limit) return;
    if (this.transport.pauseReading === undefined) {
      this.transport = null;
      return;
    }
    this.transport.pauseReading();
    this.paused = true;
  }

  /**
   * At most `n` bytes, as soon as there is one; none at the end. -1 reads to the end of the stream. Not bounded by
   * the limit.
   */
  read(n = -1): Coroutine<Uint8Array> {
    return new Read(this, n);
  }

  /** @internal What `read(n)` gives now; a future if it has to wait; a coroutine if that is a longer story. */
  _beginRead(n: number): Uint8Array | Future<void> | Coroutine<Uint8Array> {
    checkCount(n, "read");
    if (this.error !== null) throw this.error.exception;
    if (n === 0) return NOTHING;
    if (n < 0) return this.readAll();
    return this.buffer.length === 0 && !this.eof ? this.beginWait("read") : this._take(n);
  }

  /** @internal */
  _take(n: number): Uint8Array {
    const data = this.buffer.take(n);
    this.maybeResume();
    return data;
  }

  /**
   * To the next newline, which is included; at the end of the stream, what is left. Throws `ValueError` for a line
   * that is longer than the limit, and drops what is buffered of it.
   */
  *readline(): Coroutine<Uint8Array> {
    try {
      return yield* this.readUntil(NEWLINE);
    } catch (error) {
      if (error instanceof IncompleteReadError) return error.partial;
      if (!(error instanceof LimitOverrunError)) throw error;
      if (this.buffer.startsWith(NEWLINE, error.consumed)) this.buffer.skip(error.consumed + NEWLINE.length);
      else this.buffer.clear();
      this.maybeResume();
      throw new ValueError(error.message, { cause: error });
    }
  }

  /**
   * Exactly `n` bytes. Throws `IncompleteReadError`, with what there was, if the stream ends before; `ValueError` if
   * `n` is negative. Not bounded by the limit.
   */
  *readExactly(n: number): Coroutine<Uint8Array> {
    checkCount(n, "readExactly");
    if (n < 0) throw new ValueError("readExactly size can not be less than zero");
    if (this.error !== null) throw this.error.exception;
    if (n === 0) return NOTHING;
    while (this.buffer.length < n) {
      if (this.eof) throw new IncompleteReadError(this.takeAll(), n);
      yield* this.waitForData("readExactly");
    }
    const data = this.buffer.take(n);
    this.maybeResume();
    return data;
  }

  /**
   * To the next separator, which is included; of several the one that gives the shortest piece. Throws
   * `IncompleteReadError`, with what there was, if the stream ends before. Throws `LimitOverrunError` if the piece,
   * without the separator, is longer than the limit: then it stays in the buffer. Throws `ValueError` for an empty
   * separator.
   */
  *readUntil(separator: Uint8Array | readonly Uint8Array[] = NEWLINE): Coroutine<Uint8Array> {
    const separators = separatorsOf(separator);
    const shortest = (separators[0] as Uint8Array).length;
    const longest = (separators.at(-1) as Uint8Array).length;
    if (this.error !== null) throw this.error.exception;
    // Before this place no separator begins.
    let searched = 0;
    for (;;) {
      if (this.buffer.length - searched >= shortest) {
        const found = this.find(separators, searched);
        if (found !== null) return this.takeFound(found.start, found.end);
        // The last bytes may be the beginning of a separator.
        searched = Math.max(0, this.buffer.length + 1 - longest);
        if (searched > this.limit) {
          throw new LimitOverrunError("Separator is not found, and chunk exceed the limit", searched);
        }
      }
      // Only now, since the last data may have brought the separator.
      if (this.eof) throw new IncompleteReadError(this.takeAll(), null);
      yield* this.waitForData("readUntil");
    }
  }

  aiter(): this {
    return this;
  }

  /** The next line. Throws `StopAsyncIteration` at the end. */
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
    const info = [this.constructor.name];
    if (this.buffer.length > 0) info.push(`${this.buffer.length} bytes`);
    if (this.eof) info.push("eof");
    if (this.limit !== DEFAULT_LIMIT) info.push(`limit=${this.limit}`);
    if (this.waiter !== null) info.push(`waiter=${this.waiter}`);
    if (this.error !== null) info.push(`exception=${String(this.error.exception)}`);
    if (this.transport !== null) info.push(`transport=${describe(this.transport)}`);
    if (this.paused) info.push("paused");
    return `<${info.join(" ")}>`;
  }

  private *readAll(): Coroutine<Uint8Array> {
    // In pieces, so that a transport that was paused is resumed.
    const all = new ByteQueue();
    try {
      for (;;) {
        const piece = yield* this.read(this.limit);
        if (piece.length === 0) return all.take(all.length);
        all.push(piece);
      }
    } finally {
      this._unread(all.take(all.length)); // cancelled, or the stream has failed
    }
  }

  /** @internal What was read, and could not be delivered, is read again. */
  _unread(data: Uint8Array): void {
    this.buffer.unshift(data);
  }

  /** @internal All that is buffered, for the next owner of the stream. */
  _takeUnread(): Uint8Array {
    return this.takeAll();
  }

  /** The separator that ends first, of those the one that was given first. */
  private find(separators: readonly Uint8Array[], from: number): { start: number; end: number } | null {
    let found: { start: number; end: number } | null = null;
    for (const separator of separators) {
      const start = this.buffer.indexOf(separator, from);
      if (start < 0) continue;
      const end = start + separator.length;
      if (found === null || end < found.end) found = { start, end };
    }
    return found;
  }

  private takeFound(start: number, end: number): Uint8Array {
    if (start > this.limit) {
      throw new LimitOverrunError("Separator is found, but chunk is longer than limit", start);
    }
    const data = this.buffer.take(end);
    this.maybeResume();
    return data;
  }

  private takeAll(): Uint8Array {
    return this.buffer.take(this.buffer.length);
  }

  private *waitForData(method: string): Coroutine<void> {
    const waiter = this.beginWait(method);
    try {
      yield* waiter;
    } finally {
      this._endWait();
    }
  }

  private beginWait(method: string): Future<void> {
    if (this.waiter !== null) {
      throw new RuntimeError(`${method}() called while another coroutine is already waiting for incoming data`);
    }
    // A paused transport would never send what is waited for: more than the limit, in one piece.
    if (this.paused) this.resume();
    this.waiter = createWaiter<void>(this.loop, this);
    return this.waiter;
  }

  /** @internal */
  _endWait(): void {
    this.waiter = null;
  }

  private wakeWaiter(): void {
    const { waiter } = this;
    this.waiter = null;
    if (waiter !== null && !waiter.cancelled()) waiter.setResult();
  }

  private maybeResume(): void {
    if (this.paused && this.buffer.length <= this.limit) this.resume();
  }

  private resume(): void {
    this.paused = false;
    this.transport?.resumeReading?.();
  }
}
