/** A transport over a socket of node:net or node:tls. */

import type { Socket } from "node:net";
import { RuntimeError, TimeoutError } from "../base/errors.ts";
import { type HasContext, type LazyContext, snapshot } from "../kernel/context.ts";
import type { Future } from "../kernel/future.ts";
import type { TimerHandle } from "../kernel/handle.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Runnable } from "../kernel/queues/ready.ts";
import { kernel } from "../kernel/state.ts";
import { callLater } from "../tasks/sleep.ts";
import { extraInfo, rememberAddresses } from "./extraInfo.ts";
import { report } from "./flowControl.ts";
import { type Leftover, leftoversOf } from "./leftovers.ts";
import { type Address, type StreamProtocol, Transport, type WriteBufferLimits } from "./protocols.ts";
import { listen, type SocketListener, unlisten } from "./socketEvents.ts";
import { SocketReading } from "./socketReading.ts";
import type { ReleasedSocket, SocketTransportOptions, TransportOwner } from "./socketTransportOptions.ts";
import { SocketWriting } from "./socketWriting.ts";
import { fromSystemError } from "./systemErrors.ts";

/**
 * The life of a connection, from a socket that is connected, paused, and stays open for writing when the peer has ended
 * its side, to `connectionLost()`. What is read and what is written is the subject of its two halves.
 */
export class SocketTransport extends Transport implements Runnable, HasContext, Leftover, SocketListener {
  readonly loop: EventLoop;
  readonly socket: Socket;
  protocol: StreamProtocol;
  readonly reading: SocketReading;
  readonly writing: SocketWriting;
  /** `connectionMade()` was called. */
  begun = false;
  closing = false;
  /** The socket is gone. The protocol is told when that is decided: see `mustTell`. */
  over = false;
  /** @internal The context of the protocol's callbacks. */ _context: LazyContext;
  /** What `getExtraInfo` knows beside what the socket tells. */
  private readonly extra: Readonly<Record<string, unknown>> | null;
  private readonly sockname: Address | undefined;
  private server: TransportOwner | null;
  private readonly shutdownTimeout: number | null;
  private shutdownTimer: TimerHandle | null = null;
  private connected: Future<void> | null;
  private readonly upgraded: boolean;
  private readonly run: object | null;
  /** In the ready queue. */
  private scheduled = false;
  private lostTold = false;
  /** The socket is in a handshake of TLS: what comes of it decides over the connection. */
  private released = false;
  private error: Error | null = null;

  constructor(loop: EventLoop, socket: Socket, protocol: StreamProtocol, options: SocketTransportOptions = {}) {
    super();
    this.loop = loop;
    this.socket = socket;
    this.protocol = protocol;
    this._context = options.context ?? snapshot();
    this.extra = options.extra ?? null;
    this.sockname = rememberAddresses(socket, this.extra);
    this.server = options.server ?? null;
    this.connected = options.connected ?? null;
    this.shutdownTimeout = options.shutdownTimeout ?? null;
    this.upgraded = options.replaces != null;
    this.run = options.run === undefined ? loop._running : options.run;
    this.reading = new SocketReading(this, socket);
    this.writing = new SocketWriting(this, socket);
    listen(socket, this);
    leftoversOf(loop).add(this);
    this.server?.attach(this);
    options.replaces?.leave();
    // What has happened before anything listened: Node tells the end of a paused socket that has no data.
    if (socket.readableEnded) this.socketEnded();
    if (socket.errored) this.socketFailed(socket.errored);
    else if (socket.destroyed) this.over = true;
    this.schedule();
  }

  /** False over TLS: the connection ends as a whole. */
  get halfCloses(): boolean {
    return this.shutdownTimeout === null;
  }

  // ------------------------------------------------------------------ for the program

  getExtraInfo<T = unknown>(name: string, fallback?: T): T {
    // Over TLS a connection that is lost has no socket any more, as in asyncio.
    if (name === "socket" && this.lostTold && !this.halfCloses) return fallback as T;
    const known = extraInfo(this.socket, this.extra, name) ?? (name === "sockname" ? this.sockname : undefined);
    return (known ?? fallback) as T;
  }

  setProtocol(protocol: StreamProtocol): void {
    this.protocol = protocol;
    this.reading.protocolChanged();
  }

  getProtocol(): StreamProtocol {
    return this.protocol;
  }

  isClosing(): boolean {
    return this.closing;
  }

  isReading(): boolean {
    return this.reading.isReading();
  }

  pauseReading(): void {
    this.reading.pause();
  }

  resumeReading(): void {
    this.reading.resume();
  }

  write(data: Uint8Array): void {
    this.writing.write(data);
  }

  writelines(list: Iterable<Uint8Array>): void {
    this.writing.writelines(list);
  }

  writeEof(): void {
    this.writing.writeEof();
  }

  canWriteEof(): boolean {
    return this.halfCloses;
  }

  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    this.writing.setLimits(limits);
  }

  getWriteBufferLimits(): [low: number, high: number] {
    return this.writing.limits();
  }

  getWriteBufferSize(): number {
    return this.writing.size;
  }

  close(): void {
    if (this.closing) return this.dropHandshake();
    this.stopReading();
    if (this.over) return this.schedule();
    if (this.shutdownTimeout !== null) {
      const timedOut = (): void => this.forceClose(new TimeoutError("SSL shutdown timed out"));
      this.shutdownTimer = callLater(this.loop, this.shutdownTimeout, timedOut);
      // To the peer's end, as asyncio: a socket that is closed with unread bytes, be it only tickets of TLS 1.3, resets the
      // connection, and what the peer has not read yet is lost.
      this.socket.resume();
    }
    if (this.writing.size === 0) this.allSent();
    else this.writing.callWhenSent();
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

  // ------------------------------------------------------------------ from the socket

  socketRead(data: Uint8Array | string): void {
    this.reading.received(data);
  }

  socketEnded(): void {
    this.reading.peerEnded();
  }

  socketFlushed(): void {
    this.writing.sent();
  }

  /** Node leaves a socket open whose TLS has failed. */
  socketFailed(error: Error): void {
    if (this.over) return;
    this.error ??= fromSystemError(error);
    this.closing = true;
    this.finish();
  }

  socketClosed(): void {
    if (this.over) return;
    this.over = true;
    this.schedule();
  }

  // ------------------------------------------------------------------ from startTls

  /** The socket is given away: paused, with what was read and not delivered. Null if it is closing. */
  release(): ReleasedSocket | null {
    if (this.closing || this.over) return null;
    const unread = this.reading.undelivered();
    const { socket, server, run, _context: context } = this;
    this.stopReading();
    unlisten(socket);
    this.over = this.lostTold = this.released = true;
    // What waits is the next owner's; nothing else would tell the protocol that it may go on.
    this.writing.resumeProtocol();
    return { socket, unread, server, run, context };
  }

  /** The handshake has failed, by an error or a cancellation: the connection is gone. */
  upgradeFailed(error: Error | null): void {
    this.released = this.lostTold = false;
    this.error = error;
    this.schedule();
  }

  /** The loop and the server have another transport for the connection. */
  leave(): void {
    this.shutdownTimer?.cancel();
    this.shutdownTimer = null;
    leftoversOf(this.loop).delete(this);
    this.server?.detach(this);
    this.server = null;
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

  /** @internal */
  _loopClosed(): void {
    this.closing = this.over = this.lostTold = true;
    this.socket.destroy();
  }

  private callProtocol(): void {
    if (!this.begun) this.begin();
    // A protocol that has paused gets nothing more from a connection that has failed; else what was read comes first.
    this.reading.deliver();
    this.writing.checkSent();
    if (this.over && this.mustTell()) this.tellLost();
  }

  schedule(): void {
    if (this.scheduled || this.lostTold) return;
    this.scheduled = true;
    this.loop._enqueue(this);
  }

  /** The same from an event of the platform, outside of all coroutines: runs at once. */
  scheduleNow(): void {
    if (this.scheduled || this.lostTold) return;
    this.scheduled = true;
    const { loop } = this;
    loop._ready.push(this);
    if (loop._host.called?.(this.run !== null && this.run === loop._running) !== true) loop._wake();
  }

  private begin(): void {
    this.begun = true;
    if (!this.upgraded) {
      try {
        this.protocol.connectionMade(this);
      } catch (error) {
        report(this.loop, "Exception in callback protocol.connectionMade()", error, this, this.protocol);
      }
    }
    const { connected } = this;
    this.connected = null;
    if (connected !== null && !connected.done()) connected.setResult();
    if (this.isReading()) this.socket.resume();
  }

  // ------------------------------------------------------------------ the end

  /** A method of the protocol has thrown. */
  fail(error: unknown, message: string): void {
    report(this.loop, message, error, this, this.protocol);
    this.forceClose(error instanceof Error ? error : new RuntimeError(message, { cause: error }));
  }

  /** Drops what is buffered. */
  forceClose(error: Error | null): void {
    if (this.over && this.closing) return this.dropHandshake();
    this.stopReading();
    this.error ??= error;
    this.finish();
  }

  /** `close()` has nothing left to wait for but, over TLS, that both sides say that this is the end. */
  allSent(): void {
    if (this.halfCloses) this.finish();
    else if (!this.socket.writableEnded) this.socket.end();
  }

  private stopReading(): void {
    this.closing = true;
    this.reading.stop();
  }

  private dropHandshake(): void {
    if (this.released) this.socket.destroy();
  }

  private finish(): void {
    this.over = true;
    this.socket.destroy();
    this.schedule();
  }

  /**
   * The socket is gone: is the connection? One that was closed, aborted, or has failed is. Else what was read comes first;
   * and one whose both sides have ended in good order is open until `close()`, as in asyncio.
   */
  private mustTell(): boolean {
    if (this.closing) return true;
    return !this.reading.hasUndelivered() && !(this.writing.eofWritten && this.reading.endTold);
  }

  private tellLost(): void {
    this.closing = this.lostTold = true;
    this.reading.forget();
    try {
      this.protocol.connectionLost(this.error);
    } catch (error) {
      report(this.loop, "Exception in callback protocol.connectionLost()", error, this, this.protocol);
    } finally {
      this.leave();
    }
  }
}
