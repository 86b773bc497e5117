/** A transport over a socket of node:net or node:tls. */

import type { Socket } from "node:net";
import { RuntimeError, TimeoutError } from "../base/errors.ts";
import { snapshot } from "../kernel/context.ts";
import type { Future } from "../kernel/future.ts";
import type { TimerHandle } from "../kernel/handle.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Runnable } from "../kernel/queues/ready.ts";
import { kernel } from "../kernel/state.ts";
import { callLater } from "../tasks/sleep.ts";
import { FlowControl, report } from "./flowControl.ts";
import { type Leftover, leftoversOf } from "./leftovers.ts";
import { BrokenPipeError } from "./osErrors.ts";
import type { StreamProtocol } from "./protocols.ts";
import { hear, silence } from "./socketEvents.ts";
import { SocketReading } from "./socketReading.ts";
import type { ReleasedSocket, SocketTransportOptions, TransportOwner } from "./socketTransportOptions.ts";
import { checkBytes } from "./streamArguments.ts";
import { fromSystemError } from "./systemErrors.ts";
import type { WriteBufferLimits } from "./transports.ts";

/** After so many writes to a connection that is lost there is a warning. */
const WARN_AT_WRITES = 5;
const NOTHING = new Uint8Array(0);

/** Made for a socket that is connected, paused, and stays open for writing when the peer has ended its side. */
export class SocketTransport extends SocketReading implements Runnable, Leftover {
  private readonly flow = new FlowControl();
  private server: TransportOwner | null;
  private readonly shutdownTimeout: number | null;
  private shutdownTimer: TimerHandle | null = null;
  private waiter: Future<void> | null;
  private readonly upgraded: boolean;
  private readonly run: object | null;
  /** In the ready queue. */
  private scheduled = false;
  private eofWritten = false;
  /** Nothing may be written: after `writeEof()`, and while `sendfile` writes. */
  private barred = false;
  /** The socket is gone. The protocol is told when that is decided: see `mustTell`. */
  private over = false;
  private lostTold = false;
  /** The socket is in a handshake of TLS: what comes of it decides over the connection. */
  private released = false;
  private lostWrites = 0;
  private error: Error | null = null;
  private onFlushed: ((error?: Error | null) => void) | null = null;

  constructor(loop: EventLoop, socket: Socket, protocol: StreamProtocol, options: SocketTransportOptions = {}) {
    super(loop, socket, protocol, options.scope ?? snapshot(), options.extra ?? null);
    this.server = options.server ?? null;
    this.waiter = options.waiter ?? null;
    this.shutdownTimeout = options.shutdownTimeout ?? null;
    this.upgraded = options.replaces != null;
    this.run = options.run === undefined ? loop._running : options.run;
    hear(socket, this);
    leftoversOf(loop).add(this);
    this.server?._attach(this);
    options.replaces?.leave();
    // What has happened before there was anybody to hear it: Node tells the end of a paused socket that has no data.
    if (socket.readableEnded) this._ended();
    if (socket.errored) this._failed(socket.errored);
    else if (socket.destroyed) this.over = true;
    this.schedule();
  }

  protected get socketIsGone(): boolean {
    return this.lostTold && !this.halfCloses;
  }

  protected get halfCloses(): boolean {
    return this.shutdownTimeout === null;
  }

  write(data: Uint8Array): void {
    checkBytes(data, "write");
    if (this.barred) throw this.refusal("write");
    if (data.length === 0) return;
    if (this.closing || this.over) return this.writeAtEnd(data);
    const socket = this._socket;
    const { flow } = this;
    // Node tells of itself only that all is sent, and only if its own mark was passed.
    if (flow.paused || flow.high < socket.writableHighWaterMark) socket.write(data, this.flushed());
    else socket.write(data);
    this.written();
  }

  writelines(list: Iterable<Uint8Array>): void {
    const all = [...list];
    for (const data of all) checkBytes(data, "write");
    if (this.barred) throw this.refusal("writelines");
    if (all.length < 2 || this.closing || this.over) {
      for (const data of all) this.write(data);
      return;
    }
    const socket = this._socket;
    socket.cork();
    const last = all.length - 1;
    for (let i = 0; i < last; i++) socket.write(all[i] as Uint8Array);
    socket.write(all[last] as Uint8Array, this.flushed());
    socket.uncork();
    this.written();
  }

  writeEof(): void {
    if (!this.canWriteEof()) throw new RuntimeError("TLS cannot end one side only: use close()");
    if (this.closing || this.over || this.eofWritten) return;
    if (this.barred) throw this.refusal("writeEof");
    this.eofWritten = this.barred = true;
    this._socket.end();
  }

  canWriteEof(): boolean {
    return this.halfCloses;
  }

  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    const { flow } = this;
    flow.setLimits(limits);
    if (this.closing || this.over) return;
    if (this.getWriteBufferSize() > flow.high) flow.pause(this._loop, this, this.protocol);
    if (flow.paused) this.hearWhenSent();
  }

  getWriteBufferLimits(): [low: number, high: number] {
    return [this.flow.low, this.flow.high];
  }

  getWriteBufferSize(): number {
    return this.over ? 0 : this._socket.writableLength;
  }

  close(): void {
    if (this.closing) return this.dropHandshake();
    this.stopReading();
    if (this.over) return this.schedule();
    if (this.shutdownTimeout !== null) {
      const timedOut = (): void => this.forceClose(new TimeoutError("SSL shutdown timed out"));
      this.shutdownTimer = callLater(this._loop, this.shutdownTimeout, timedOut);
      // To the peer's end, as asyncio: a socket that is closed with unread bytes, be it only tickets of TLS 1.3, resets the
      // connection, and what the peer has not read yet is lost.
      this._socket.resume();
    }
    if (this._socket.writableLength === 0) this.allSent();
    else this.hearWhenSent();
  }

  abort(): void {
    this.forceClose(null);
  }

  override toString(): string {
    const state = this.lostTold ? "closed" : this.closing ? "closing" : "open";
    const read = this.isReading() ? "polling" : "idle";
    const size = this.getWriteBufferSize();
    const write = `<${size > 0 ? "polling" : "idle"}, bufsize=${size}>`;
    return `<${this.constructor.name} ${state} read=${read} write=${write}>`;
  }

  /** @internal Bars all other writes until `_endSendfile()`. */
  _beginSendfile(): void {
    if (this.barred) throw this.refusal("sendfile");
    this.barred = true;
  }

  /** @internal A piece of the file. */
  _writePiece(data: Uint8Array): void {
    this.barred = false;
    try {
      this.write(data);
    } finally {
      this.barred = true;
    }
  }

  /** @internal */
  _endSendfile(): void {
    this.barred = this.eofWritten;
  }

  // ------------------------------------------------------------------ from the socket

  /** @internal Something that was written is sent, or never will be. */
  _flushed(error?: Error | null): void {
    // Without `errored` the socket was destroyed, and says so by its next event.
    if (error) return this._socket.errored ? this._failed(this._socket.errored) : undefined;
    if (this.flow.paused || this.closing) this.schedule();
  }

  /** @internal Node leaves a socket open whose TLS has failed. */
  _failed(error: Error): void {
    if (this.over) return;
    this.error ??= fromSystemError(error);
    this.closing = true;
    this.finish();
  }

  /** @internal */
  _gone(): void {
    if (this.over) return;
    this.over = true;
    this.schedule();
  }

  /** @internal The socket is given away: paused, with what was read and not delivered. Null if it is closing. */
  _release(): ReleasedSocket | null {
    if (this.closing || this.over) return null;
    const unread = this.takeUnread();
    const { server, run, flow, _context: scope } = this;
    this.stopReading();
    silence(this._socket);
    this.over = this.lostTold = this.released = true;
    // What waits is the next owner's; nobody else would tell the protocol that it may go on.
    flow.resume(this._loop, this, this.protocol);
    return { socket: this._socket, unread, server, run, scope };
  }

  /** @internal The handshake has failed, by an error or a cancellation: the connection is gone. */
  _upgradeFailed(error: Error | null): void {
    this.released = this.lostTold = false;
    this.error = error;
    this.schedule();
  }

  /** @internal */
  _loopClosed(): void {
    this.closing = this.over = this.lostTold = true;
    this._socket.destroy();
  }

  // ------------------------------------------------------------------ in the loop

  /** @internal */
  _run(): void {
    this.scheduled = false;
    if (this.lostTold) return;
    kernel.context = this._context;
    this.callProtocol();
    // One context for all: what `connectionMade` sets, `dataReceived` sees.
    this._context = kernel.context;
  }

  private callProtocol(): void {
    if (!this.begun) this.begin();
    // A protocol that has paused gets nothing more from a connection that has failed; else what was read comes first.
    this.deliver();
    if (!this.over && (this.flow.paused || this.closing)) this.checkSent();
    if (this.over && this.mustTell()) this.tellLost();
  }

  protected schedule(): void {
    if (this.scheduled || this.lostTold) return;
    this.scheduled = true;
    this._loop._enqueue(this);
  }

  /** The same from an event of the platform, outside of all coroutines: runs at once. */
  protected scheduleNow(): void {
    if (this.scheduled || this.lostTold) return;
    this.scheduled = true;
    const loop = this._loop;
    loop._ready.push(this);
    if (loop._host.called?.(this.run !== null && this.run === loop._running) !== true) loop._wake();
  }

  protected fail(error: unknown, message: string): void {
    report(this._loop, message, error, this, this.protocol);
    this.forceClose(error instanceof Error ? error : new RuntimeError(message, { cause: error }));
  }

  private begin(): void {
    this.begun = true;
    if (!this.upgraded) {
      try {
        this.protocol.connectionMade(this);
      } catch (error) {
        report(this._loop, "Exception in callback protocol.connectionMade()", error, this, this.protocol);
      }
    }
    const { waiter } = this;
    this.waiter = null;
    if (waiter !== null && !waiter.done()) waiter.setResult();
    if (this.isReading()) this._socket.resume();
  }

  /**
   * Pauses the protocol if it has written too much. A socket that turns out to be broken says so by an event in a later
   * turn of the platform: a program that goes on writing would never let it come.
   */
  private written(): void {
    const { flow, _socket: socket } = this;
    if (socket.errored) this._failed(socket.errored);
    else if (socket.destroyed) this._failed(brokenPipe());
    else if (socket.writableLength > flow.high) flow.pause(this._loop, this, this.protocol);
  }

  private checkSent(): void {
    const { flow, _socket: socket } = this;
    if (socket.errored) return this._failed(socket.errored);
    if (socket.destroyed) return; // the event is on its way
    if (flow.paused && socket.writableLength <= flow.low) flow.resume(this._loop, this, this.protocol);
    // The protocol may have written, or closed.
    if (this.closing && !this.over && socket.writableLength === 0) this.allSent();
  }

  /** `close()` has nothing left to wait for but, over TLS, that both sides say that this is the end. */
  private allSent(): void {
    if (this.shutdownTimeout === null) this.finish();
    else if (!this._socket.writableEnded) this._socket.end();
  }

  /** Most bytes are written without a callback: an empty write says when they are through. After the end Node tells. */
  private hearWhenSent(): void {
    if (!this.eofWritten) this._socket.write(NOTHING, this.flushed());
  }

  /** Drops what is buffered. */
  private forceClose(error: Error | null): void {
    if (this.over && this.closing) return this.dropHandshake();
    this.stopReading();
    this.error ??= error;
    this.finish();
  }

  /**
   * The socket is gone: is the connection? One that was closed, aborted, or has failed is. Else what was read comes first;
   * and one whose both sides have ended in good order is open until `close()`, as in asyncio.
   */
  private mustTell(): boolean {
    if (this.closing) return true;
    return !this.unread() && !(this.eofWritten && this.endWasTold);
  }

  private finish(): void {
    this.over = true;
    this._socket.destroy();
    this.schedule();
  }

  private dropHandshake(): void {
    if (this.released) this._socket.destroy();
  }

  private tellLost(): void {
    this.closing = this.lostTold = true;
    this.forgetUnread();
    try {
      this.protocol.connectionLost(this.error);
    } catch (error) {
      report(this._loop, "Exception in callback protocol.connectionLost()", error, this, this.protocol);
    } finally {
      this.leave();
    }
  }

  private leave(): void {
    this.shutdownTimer?.cancel();
    this.shutdownTimer = null;
    leftoversOf(this._loop).delete(this);
    this.server?._detach(this);
    this.server = null;
  }

  private refusal(method: string): RuntimeError {
    return new RuntimeError(
      this.eofWritten ? `Cannot call ${method}() after writeEof()` : `unable to ${method}; sendfile is in progress`,
    );
  }

  private flushed(): (error?: Error | null) => void {
    this.onFlushed ??= (error) => this._flushed(error);
    return this.onFlushed;
  }

  /** After `close()` what is written is sent as long as something before it still waits. */
  private writeAtEnd(data: Uint8Array): void {
    const socket = this._socket;
    if (!this.over && socket.writableLength > 0 && !socket.writableEnded) socket.write(data, this.flushed());
    else if (!this.closing) this.forceClose(brokenPipe());
    else if (++this.lostWrites === WARN_AT_WRITES) {
      this._loop._report("write() was called again and again on a connection that is lost");
    }
  }
}

/** The socket was closed by other code, without an error of its own. */
function brokenPipe(): Error {
  return new BrokenPipeError("write() to a socket that is closed", { code: "EPIPE", syscall: "write" });
}
