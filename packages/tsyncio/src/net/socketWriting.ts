/** The writing half of a socket's transport. */

import type { Socket } from "node:net";
import { RuntimeError } from "../base/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { FlowControl } from "./flowControl.ts";
import { BrokenPipeError } from "./osErrors.ts";
import type { StreamProtocol, WriteBufferLimits } from "./protocols.ts";
import { checkBytes } from "./streamArguments.ts";

/** A warning is reported at this many writes to a connection that is lost. */
const WARN_AT_WRITES = 5;
const NOTHING = new Uint8Array(0);

/** What the half knows of its transport, and asks of it. */
interface WritingTransport {
  readonly loop: EventLoop;
  readonly socket: Socket;
  readonly ending: Ending;
  readonly protocol: StreamProtocol;
  /** `checkSent()` shall be called in a turn of the loop. */
  schedule(): void;
}

/** What it knows of the end of the connection. */
interface Ending {
  readonly closing: boolean;
  /** The socket is gone. */
  readonly over: boolean;
  /** False over TLS: the connection ends as a whole. */
  readonly halfCloses: boolean;
  /** The socket has failed, or has turned out to be closed. */
  socketFailed(error: Error): void;
  forceClose(error: Error): void;
  /** Nothing is buffered any more, and the connection is closing. */
  allSent(): void;
}

/** It is the flow control too, not beside it: a server has one for each of its idle connections. */
export class SocketWriting extends FlowControl {
  private readonly transport: WritingTransport;
  /** What nothing may be written after or beside. */
  private barredBy: "writeEof" | "sendfile" | null = null;
  private lostWrites = 0;
  private onFlushed: ((error?: Error | null) => void) | null = null;

  constructor(transport: WritingTransport) {
    super();
    this.transport = transport;
  }

  get eofWritten(): boolean {
    return this.barredBy === "writeEof";
  }

  /** How many bytes wait. */
  get size(): number {
    return this.transport.ending.over ? 0 : this.transport.socket.writableLength;
  }

  write(data: Uint8Array): void {
    checkBytes(data, "write");
    if (this.barredBy !== null) throw this.refusal("write");
    if (data.length === 0) return;
    const { ending, socket } = this.transport;
    if (ending.closing || ending.over) return this.writeAtEnd(data);
    // Node tells of itself only that all is sent, and only if its own mark was passed.
    if (this.paused || this.high < socket.writableHighWaterMark) socket.write(data, this.flushed());
    else socket.write(data);
    this.written();
  }

  writelines(list: Iterable<Uint8Array>): void {
    const all = [...list];
    for (const data of all) checkBytes(data, "writelines");
    if (this.barredBy !== null) throw this.refusal("writelines");
    const { ending, socket } = this.transport;
    if (all.length < 2 || ending.closing || ending.over) {
      for (const data of all) this.write(data);
      return;
    }
    socket.cork();
    const last = all.length - 1;
    for (let i = 0; i < last; i++) socket.write(all[i] as Uint8Array);
    socket.write(all[last] as Uint8Array, this.flushed());
    socket.uncork();
    this.written();
  }

  writeEof(): void {
    const { ending } = this.transport;
    if (!ending.halfCloses) throw new RuntimeError("TLS cannot end one side only: use close()");
    if (ending.closing || ending.over || this.eofWritten) return;
    if (this.barredBy !== null) throw this.refusal("writeEof");
    this.barredBy = "writeEof";
    this.transport.socket.end();
  }

  limits(): [low: number, high: number] {
    return [this.low, this.high];
  }

  override setLimits(limits: WriteBufferLimits): void {
    super.setLimits(limits);
    const { ending } = this.transport;
    if (ending.closing || ending.over) return;
    if (this.size > this.high) this.pauseProtocol();
    if (this.paused) this.callWhenSent();
  }

  /** `checkSent()` shall come when what is buffered is sent. */
  callWhenSent(): void {
    // Most bytes are written without a callback: an empty write says when they are through. After the end Node tells.
    if (!this.eofWritten) this.transport.socket.write(NOTHING, this.flushed());
  }

  /** Bars all other writes until `endSendfile()`. */
  beginSendfile(): void {
    if (this.barredBy !== null) throw this.refusal("sendfile");
    this.barredBy = "sendfile";
  }

  /** A piece of the file. */
  writePiece(data: Uint8Array): void {
    this.barredBy = null;
    try {
      this.write(data);
    } finally {
      this.barredBy = "sendfile";
    }
  }

  endSendfile(): void {
    this.barredBy = null;
  }

  /** From the socket: something that was written is sent, or never will be. */
  sent(error?: Error | null): void {
    const { transport } = this;
    const { ending, socket } = transport;
    // Without `errored` the socket was destroyed, and says so by its next event.
    if (error) return socket.errored ? ending.socketFailed(socket.errored) : undefined;
    if (this.paused || ending.closing) transport.schedule();
  }

  /** In the loop. */
  checkSent(): void {
    const { ending, socket } = this.transport;
    if (ending.over || !(this.paused || ending.closing)) return;
    if (socket.errored) return ending.socketFailed(socket.errored);
    if (socket.destroyed) return; // the event is on its way
    if (this.paused && socket.writableLength <= this.low) this.resumeProtocol();
    // The protocol may have written, or closed.
    if (ending.closing && !ending.over && socket.writableLength === 0) ending.allSent();
  }

  /** The protocol may write again, if it may not. */
  resumeProtocol(): void {
    const { transport } = this;
    this.resume(transport.loop, transport, transport.protocol);
  }

  private pauseProtocol(): void {
    const { transport } = this;
    this.pause(transport.loop, transport, transport.protocol);
  }

  /**
   * Pauses the protocol if it has written too much. A socket that turns out to be broken says so by an event in a later
   * turn of the platform: a program that goes on writing would never let it come.
   */
  private written(): void {
    const { ending, socket } = this.transport;
    if (socket.errored) ending.socketFailed(socket.errored);
    else if (socket.destroyed) ending.socketFailed(brokenPipe());
    else if (socket.writableLength > this.high) this.pauseProtocol();
  }

  /** After `close()` what is written is sent as long as something before it still waits. */
  private writeAtEnd(data: Uint8Array): void {
    const { transport } = this;
    const { ending, socket } = transport;
    if (!ending.over && socket.writableLength > 0 && !socket.writableEnded) socket.write(data, this.flushed());
    else if (!ending.closing) ending.forceClose(brokenPipe());
    else if (++this.lostWrites === WARN_AT_WRITES) {
      transport.loop._report("write() was called again and again on a connection that is lost");
    }
  }

  private flushed(): (error?: Error | null) => void {
    this.onFlushed ??= (error) => this.sent(error);
    return this.onFlushed;
  }

  private refusal(method: string): RuntimeError {
    return new RuntimeError(
      this.eofWritten ? `Cannot call ${method}() after writeEof()` : `unable to ${method}; sendfile is in progress`,
    );
  }
}

/** The socket was closed by other code, without an error of its own. */
function brokenPipe(): Error {
  return new BrokenPipeError("write() to a socket that is closed", { code: "EPIPE", syscall: "write" });
}
