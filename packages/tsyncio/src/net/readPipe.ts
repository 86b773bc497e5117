/** The transport of what is read from a pipe, a terminal, or any readable stream of Node. */

import type { Readable } from "node:stream";
import { RuntimeError } from "../base/errors.ts";
import { snapshot } from "../kernel/context.ts";
import { Handle, NO_ARGS } from "../kernel/handle.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { report } from "./flowControl.ts";
import { type Leftover, leftoversOf } from "./leftovers.ts";
import { BaseTransport, type Protocol, type ReadTransport } from "./protocols.ts";
import { codeOf, fromStreamError } from "./systemErrors.ts";
import { takeUnread } from "./unread.ts";

const OPEN = 0;
/** Nothing is read any more; `connectionLost` is to be called. */
const CLOSING = 1;
const CLOSED = 2;

/** The stream is paused when more chunks wait for the loop's turn: the loop may not run at all. */
const MOST_UNDELIVERED = 64;

/** What was read of a stream that has ended, and not delivered: `unshift` does not take it any more. */
const leftBehind = new WeakMap<Readable, Uint8Array>();

/** The transports that read now: of two that listen to one stream, each would get all of it. */
const readers = new WeakMap<Readable, ReadPipeTransport>();

/** Throws `RuntimeError` while another transport reads the stream; one that is closing does not any more. */
export function checkUnread(pipe: Readable, caller: string): void {
  const reader = readers.get(pipe);
  if (reader === undefined || reader.isClosing()) return;
  const name = isStdin(pipe) ? "process.stdin" : "this stream";
  throw new RuntimeError(`${caller}: ${name} is being read already: close the reader or the transport that reads it`);
}

/** Has read stdin before, and may still have bytes that its program has not asked for. */
let lastOnStdin: Protocol | null = null;

/** asyncio's `_UnixReadPipeTransport`. Closing it closes the stream; only the process's own stdin is just let go. */
export class ReadPipeTransport extends BaseTransport implements ReadTransport, Leftover {
  private readonly loop: EventLoop;
  private readonly pipe: Readable;
  private protocol: Protocol;
  private state = OPEN;
  private paused = false;
  /** What has come and waits for the loop's turn, or for `resumeReading`. */
  private chunks: Uint8Array[] = [];
  private throttled = false;
  private ended = false;
  private error: Error | null = null;
  /** Calls the protocol in a turn of the loop, in the context in which the transport was made. */
  private readonly turn: Handle;
  private scheduled = false;

  constructor(loop: EventLoop, pipe: Readable, protocol: Protocol) {
    super();
    this.loop = loop;
    this.pipe = pipe;
    this.protocol = protocol;
    this.turn = new Handle(() => this.deliver(), NO_ARGS, loop, snapshot());
    leftoversOf(loop).add(this);
    readers.set(pipe, this);
    // So that an error before the first turn does not end the process.
    pipe.on("error", this.onError);
    loop.callSoon(() => protocol.connectionMade(this as never));
    loop.callSoon(() => this.begin());
  }

  /** `pipe`: Node's stream. */
  getExtraInfo<T = unknown>(name: string, fallback: T = null as T): T {
    return name === "pipe" ? (this.pipe as T) : fallback;
  }

  setProtocol(protocol: Protocol): void {
    this.protocol = protocol;
  }

  getProtocol(): Protocol {
    return this.protocol;
  }

  isClosing(): boolean {
    return this.state !== OPEN;
  }

  isReading(): boolean {
    return this.state === OPEN && !this.paused;
  }

  pauseReading(): void {
    if (!this.isReading()) return;
    this.paused = true;
    this.pipe.pause();
  }

  resumeReading(): void {
    if (this.state !== OPEN || !this.paused) return;
    this.paused = false;
    if (this.chunks.length > 0 || this.ended) this.schedule();
    if (!this.ended && !this.throttled) this.pipe.resume();
  }

  close(): void {
    if (this.state === OPEN) this.lose(null);
  }

  /** @internal `StreamReaderProtocol` asks whether the end of the input may leave the transport open. */
  canWriteEof(): boolean {
    return true;
  }

  /** @internal What the protocol has buffered goes back to stdin too, for the next one that reads it. */
  giveBack(): void {
    if (this.state === CLOSED || !isStdin(this.pipe)) return;
    const unread = takeUnread(this.protocol);
    if (unread.length > 0) this.chunks.unshift(unread);
  }

  /** @internal */
  _loopClosed(): void {
    this.giveBack();
    this.state = CLOSED;
    this.release();
  }

  override toString(): string {
    const state =
      this.state === OPEN ? (this.paused ? "paused" : "open") : this.state === CLOSED ? "closed" : "closing";
    return `<ReadPipeTransport ${state}>`;
  }

  private takeLeftBehind(): void {
    for (const bytes of [takeUnread(lastOnStdin), leftBehind.get(this.pipe)]) {
      if (bytes !== undefined && bytes.length > 0) this.chunks.push(bytes);
    }
    lastOnStdin = null;
    leftBehind.delete(this.pipe);
  }

  private begin(): void {
    if (this.state !== OPEN) return;
    const { pipe } = this;
    // Only now: the transport that has read it before may have ended in this turn.
    if (isStdin(pipe)) this.takeLeftBehind();
    if (this.chunks.length > 0) this.schedule();
    if (pipe.readableEnded || pipe.destroyed) return this.onEnd();
    pipe.on("data", this.onData);
    pipe.on("end", this.onEnd);
    pipe.on("close", this.onEnd);
    if (this.paused) pipe.pause();
    else pipe.resume();
  }

  private readonly onData = (chunk: Uint8Array | string): void => {
    // A stream that has been given an encoding returns text.
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, this.pipe.readableEncoding ?? "utf8") : chunk;
    if (this.chunks.push(bytes) > MOST_UNDELIVERED) this.throttled = true;
    // Node resumes the pipes of a child that exits.
    if (this.paused || this.throttled) this.pipe.pause();
    if (!this.paused) this.schedule();
  };

  private readonly onEnd = (): void => {
    if (this.ended) return;
    this.ended = true;
    if (!this.paused) this.schedule();
  };

  private readonly onError = (error: Error): void => {
    this.error = fromStreamError(error);
    this.onEnd();
  };

  private schedule(): void {
    if (this.scheduled || this.state !== OPEN) return;
    this.scheduled = true;
    this.loop._enqueue(this.turn);
  }

  /** One piece a turn, as one `read` of the system: others come in between. */
  private deliver(): void {
    this.scheduled = false;
    if (!this.isReading()) return;
    const chunk = this.chunks.shift();
    if (chunk !== undefined) {
      if (this.chunks.length > 0 || this.ended) this.schedule();
      else if (this.throttled) {
        this.throttled = false;
        this.pipe.resume();
      }
      this.protocol.dataReceived(chunk);
    } else if (this.ended) {
      const { error } = this;
      if (error === null) this.loop.callSoon(() => this.protocol.eofReceived());
      // A terminal that was hung up ends so.
      else if (codeOf(error) !== "EIO") {
        report(this.loop, "Fatal read error on pipe transport", error, this, this.protocol);
      }
      this.lose(error);
    }
  }

  private lose(error: Error | null): void {
    this.state = CLOSING;
    this.loop.callSoon(() => {
      if (this.state === CLOSED) return;
      this.state = CLOSED;
      try {
        this.protocol.connectionLost(error);
      } finally {
        this.release();
      }
    });
    this.pipe.pause();
  }

  private release(): void {
    const { pipe } = this;
    leftoversOf(this.loop).delete(this);
    if (readers.get(pipe) === this) readers.delete(pipe);
    pipe.off("data", this.onData);
    pipe.off("end", this.onEnd);
    pipe.off("close", this.onEnd);
    if (isStdin(pipe)) {
      pipe.off("error", this.onError);
      pipe.pause();
      // It may be opened again.
      lastOnStdin = this.protocol;
      if (this.chunks.length > 0) leaveBehind(pipe, Buffer.concat(this.chunks));
    } else pipe.destroy();
    this.chunks = [];
  }
}

function leaveBehind(pipe: Readable, bytes: Uint8Array): void {
  if (pipe.readableEnded || pipe.destroyed) leftBehind.set(pipe, bytes);
  else pipe.unshift(bytes);
}

function isStdin(pipe: Readable): boolean {
  return (pipe as { fd?: unknown }).fd === 0 && pipe === process.stdin;
}
