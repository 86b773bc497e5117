/** The transport of what is written to a pipe, a terminal, or any writable stream of Node. */

import type { Writable } from "node:stream";
import { snapshot } from "../kernel/context.ts";
import { Handle, NO_ARGS } from "../kernel/handle.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { FlowControl, report } from "./flowControl.ts";
import { type Leftover, leftoversOf } from "./leftovers.ts";
import { BrokenPipeError } from "./osErrors.ts";
import { type BaseProtocol, BaseTransport, type WriteBufferLimits, type WriteTransport } from "./protocols.ts";
import { checkBytes } from "./streamArguments.ts";
import { fromStreamError, isSystemError } from "./systemErrors.ts";

const OPEN = 0;
/** Ends when what is buffered is written. */
const ENDING = 1;
/** Nothing is written any more; `connectionLost` is to be called. */
const CLOSING = 2;
const CLOSED = 3;

/**
 * asyncio's `_UnixWritePipeTransport`. Closing it closes the stream; the process's own stdout and stderr are just let
 * go when all is written.
 */
export class WritePipeTransport extends BaseTransport implements WriteTransport, Leftover {
  private readonly loop: EventLoop;
  private readonly pipe: Writable;
  private protocol: BaseProtocol;
  private state = OPEN;
  private readonly flow = new FlowControl();
  /** What the stream has been given, and has not written yet. */
  private size = 0;
  private dropped = false;
  /** Looks at the size of the buffer in a turn of the loop, in the context in which the transport was made. */
  private readonly turn: Handle;
  private scheduled = false;
  private error: Error | null = null;
  private failed = false;

  constructor(loop: EventLoop, pipe: Writable, protocol: BaseProtocol) {
    super();
    this.loop = loop;
    this.pipe = pipe;
    this.protocol = protocol;
    this.turn = new Handle(() => this.look(), NO_ARGS, loop, snapshot());
    leftoversOf(loop).add(this);
    pipe.on("error", this.onError);
    pipe.on("close", this.onClose);
    loop.callSoon(() => protocol.connectionMade(this));
    if (pipe.destroyed) this.onClose();
  }

  /** `pipe`: Node's stream. */
  getExtraInfo<T = unknown>(name: string, fallback: T = null as T): T {
    return name === "pipe" ? (this.pipe as T) : fallback;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.protocol = protocol;
  }

  getProtocol(): BaseProtocol {
    return this.protocol;
  }

  isClosing(): boolean {
    return this.state !== OPEN;
  }

  write(data: Uint8Array): void {
    checkBytes(data, "write");
    if (data.length === 0 || this.state !== OPEN || this.failed) return;
    const { length } = data;
    this.size += length;
    const { pipe } = this;
    pipe.write(data, (error) => {
      this.size -= length;
      // When a socket is destroyed, Node calls this without an error for what it has not written.
      if (error == null && !pipe.destroyed) this.written();
      else this.dropped = true;
    });
    // The reader is gone: told at once, so that the `drain()` that follows throws.
    if (pipe.errored != null) return this.fail(fromStreamError(pipe.errored));
    // What the system has taken at once is not buffered, though the callback is still to come.
    if (this.getWriteBufferSize() > this.flow.high) this.flow.pause(this.loop, this, this.protocol);
  }

  writelines(list: Iterable<Uint8Array>): void {
    for (const data of list) this.write(data);
  }

  canWriteEof(): boolean {
    return true;
  }

  /** The same as `close()`. */
  writeEof(): void {
    if (this.state !== OPEN) return;
    this.state = ENDING;
    this.schedule();
  }

  close(): void {
    this.writeEof();
  }

  abort(): void {
    this.lose(null);
  }

  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    this.flow.setLimits(limits);
    if (this.getWriteBufferSize() > this.flow.high) this.flow.pause(this.loop, this, this.protocol);
  }

  getWriteBufferLimits(): [low: number, high: number] {
    return [this.flow.low, this.flow.high];
  }

  getWriteBufferSize(): number {
    // Bun's streams say that they have nothing buffered; what they call back about is right.
    return process.versions.bun === undefined ? Math.min(this.size, this.pipe.writableLength) : this.size;
  }

  /** The other end is closed, which Node does not know. */
  readerGone(): void {
    this.onClose();
  }

  /** @internal */
  _loopClosed(): void {
    this.state = CLOSED;
    this.release(this.size === 0);
  }

  override toString(): string {
    const state = this.state === OPEN ? "open" : this.state === CLOSED ? "closed" : "closing";
    return `<WritePipeTransport ${state} bufsize=${this.getWriteBufferSize()}>`;
  }

  private written(): void {
    if (this.state === ENDING ? this.size === 0 : this.flow.paused && this.size <= this.flow.low) this.schedule();
  }

  private readonly onError = (error: Error): void => {
    this.error ??= fromStreamError(error);
    this.onClose();
  };

  /** The reader is gone, a child has exited, or other code has closed the stream. */
  private readonly onClose = (): void => {
    if (this.failed || this.state >= CLOSING) return;
    this.failed = true;
    if (this.size > 0 || this.dropped) {
      this.error ??= new BrokenPipeError("the pipe was closed before all was written", {
        code: "EPIPE",
        syscall: "write",
      });
    }
    this.schedule();
  };

  private schedule(): void {
    if (this.scheduled || this.state >= CLOSING) return;
    this.scheduled = true;
    this.loop._enqueue(this.turn);
  }

  private look(): void {
    this.scheduled = false;
    if (this.state >= CLOSING) return;
    if (this.failed) return this.fail(this.error);
    if (this.getWriteBufferSize() <= this.flow.low) this.flow.resume(this.loop, this, this.protocol);
    if (this.state === ENDING && this.size === 0) this.lose(null);
  }

  /** A reader that has gone is nothing to report; what the stream's own code has thrown is. */
  private fail(error: Error | null): void {
    if (error !== null && !isSystemError(error)) {
      report(this.loop, "Fatal write error on pipe transport", error, this, this.protocol);
    }
    this.lose(error);
  }

  private lose(error: Error | null): void {
    if (this.state >= CLOSING) return;
    this.state = CLOSING;
    const flushed = this.size === 0 && error === null;
    this.loop.callSoon(() => {
      if (this.state === CLOSED) return;
      this.state = CLOSED;
      try {
        this.protocol.connectionLost(error);
      } finally {
        this.release(flushed);
      }
    });
  }

  private release(flushed: boolean): void {
    const { pipe } = this;
    leftoversOf(this.loop).delete(this);
    pipe.off("close", this.onClose);
    if (isShared(pipe)) pipe.off("error", this.onError);
    else if (flushed) pipe.end(() => pipe.destroy());
    else pipe.destroy();
  }
}

/** The program goes on to write there, by `console.log`. */
function isShared(pipe: Writable): boolean {
  const { fd } = pipe as { fd?: unknown };
  return (fd === 1 && pipe === process.stdout) || (fd === 2 && pipe === process.stderr);
}
