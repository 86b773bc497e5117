/** `StreamReader.read` as a coroutine written by hand: servers spend their time in it. */

import { reused } from "../base/errors.ts";
import { LeafCoroutine } from "../kernel/coroutines.ts";
import type { Future } from "../kernel/future.ts";
import { type Coroutine, done, type Suspend } from "../kernel/protocol.ts";
import { alreadyAwaited, answerProbe, checkTaken, PROBE, suspendOn } from "../kernel/state.ts";
import { ByteQueue } from "./byteQueue.ts";
import { checkCount } from "./streamArguments.ts";
import type { StreamBuffer } from "./streamBuffer.ts";

const NOTHING = new Uint8Array(0);

const BEFORE = 0;
const WAITING = 1;
/** The rest is the coroutine's that reads all. */
const INSIDE = 2;
const ENDED = 3;

/** At most `count` bytes, as soon as there is one; all to the end of the stream for a negative number. */
export class Read extends LeafCoroutine<Uint8Array> {
  declare private readonly buffer: StreamBuffer;
  declare private readonly count: number;
  declare private state: number;
  /** What it waits for, or the other coroutine. */
  declare private inner: Future<unknown> | Coroutine<Uint8Array> | null;

  constructor(buffer: StreamBuffer, count: number) {
    super();
    this.buffer = buffer;
    this.count = count;
    this.state = BEFORE;
    this.inner = null;
  }

  next(value?: unknown): IteratorResult<Suspend, Uint8Array> {
    if (this.state === WAITING) return this.resume(value);
    if (this.state === INSIDE) return (this.inner as Coroutine<Uint8Array>).next(value);
    if (this.state === ENDED) throw reused("read()");
    this.state = ENDED;
    const { buffer, count } = this;
    checkCount(count, "read");
    buffer.checkError();
    if (count > 0 && (buffer.length > 0 || buffer.eof)) return { done: true, value: buffer.take(count) };
    if (count === 0) return { done: true, value: NOTHING };
    if (count < 0) {
      this.state = INSIDE;
      const all = readAll(buffer);
      this.inner = all;
      return all.next();
    }
    const waiter = buffer.beginWait("read") as Future<unknown>;
    this.inner = waiter;
    this.state = WAITING;
    return suspendOn(waiter);
  }

  override throw(error: unknown): IteratorResult<Suspend, Uint8Array> {
    if (this.state === INSIDE) return (this.inner as Coroutine<Uint8Array>).throw(error);
    this.leave();
    throw error;
  }

  override return(value: Uint8Array): IteratorResult<Suspend, Uint8Array> {
    if (this.state === INSIDE) return (this.inner as Coroutine<Uint8Array>).return(value);
    const waiting = this.state === WAITING;
    this.leave();
    if (waiting) checkTaken(this.inner);
    return done(value);
  }

  private resume(value: unknown): IteratorResult<Suspend, Uint8Array> {
    if (value === PROBE) return answerProbe();
    if (value === undefined) return alreadyAwaited(this, this.inner as Future<unknown>);
    this.leave();
    return { done: true, value: this.buffer.take(this.count) };
  }

  private leave(): void {
    if (this.state === WAITING) this.buffer.endWait();
    this.state = ENDED;
  }
}

/** In pieces, so that a transport that was paused is resumed. */
function* readAll(buffer: StreamBuffer): Coroutine<Uint8Array> {
  const all = new ByteQueue();
  try {
    for (;;) {
      const piece = yield* new Read(buffer, buffer.limit);
      if (piece.length === 0) return all.take(all.length);
      all.push(piece);
    }
  } finally {
    buffer.unshift(all.take(all.length)); // cancelled, or the stream has failed
  }
}
