/** What a StreamReader has received and not yet returned, and its wait for more. */

import { RuntimeError } from "../base/errors.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { ByteQueue } from "./byteQueue.ts";
import { checkBytes } from "./streamArguments.ts";

/** What a reader asks of its transport. One that has no `pauseReading` cannot be paused: all is buffered. */
export interface PausableTransport {
  pauseReading?(): void;
  resumeReading?(): void;
}

/**
 * Pauses the transport while it holds more than twice the limit. It is the queue too, not beside it: see SocketWriting.
 */
export class StreamBuffer extends ByteQueue {
  readonly limit: number;
  readonly loop: EventLoop;
  /** No more data will come. */
  eof = false;
  /** What all reads throw from now on. */
  error: { readonly exception: unknown } | null = null;
  transport: PausableTransport | null = null;
  paused = false;
  /** Of the one coroutine that waits for data. */
  waiter: Future<void> | null = null;
  private readonly owner: WaitOwner;

  constructor(limit: number, loop: EventLoop, owner: WaitOwner) {
    super();
    this.limit = limit;
    this.loop = loop;
    this.owner = owner;
  }

  feed(data: Uint8Array): void {
    checkBytes(data, "feedData");
    if (this.eof) throw new RuntimeError("feedData after feedEof");
    if (data.length === 0) return;
    this.push(data);
    this.wake();
    if (this.paused || this.transport === null || this.length <= 2 * this.limit) return;
    if (this.transport.pauseReading === undefined) {
      this.transport = null;
      return;
    }
    this.transport.pauseReading();
    this.paused = true;
  }

  feedEof(): void {
    this.eof = true;
    this.wake();
  }

  fail(exception: unknown): void {
    this.error = { exception };
    const { waiter } = this;
    this.waiter = null;
    if (waiter !== null && !waiter.cancelled()) waiter.setException(exception);
  }

  /** Throws what `fail` was given. */
  checkError(): void {
    if (this.error !== null) throw this.error.exception;
  }

  /** At most `n` bytes of those that are there. */
  override take(n: number): Uint8Array {
    const data = super.take(n);
    this.resumeIfShort();
    return data;
  }

  /** All that is there, for the next owner of the stream or for an error. */
  takeAll(): Uint8Array {
    return super.take(this.length);
  }

  resumeIfShort(): void {
    if (this.paused && this.length <= this.limit) this.resume();
  }

  *waitForData(method: string): Coroutine<void> {
    const waiter = this.beginWait(method);
    try {
      yield* waiter;
    } finally {
      this.endWait();
    }
  }

  beginWait(method: string): Future<void> {
    if (this.waiter !== null) {
      throw new RuntimeError(`${method}() called while another coroutine is already waiting for incoming data`);
    }
    // A paused transport would never send what is waited for: more than the limit, in one piece.
    if (this.paused) this.resume();
    this.waiter = createWaiter<void>(this.loop, this.owner);
    return this.waiter;
  }

  endWait(): void {
    this.waiter = null;
  }

  private wake(): void {
    const { waiter } = this;
    this.waiter = null;
    if (waiter !== null && !waiter.cancelled()) waiter.setResult();
  }

  private resume(): void {
    this.paused = false;
    this.transport?.resumeReading?.();
  }
}
