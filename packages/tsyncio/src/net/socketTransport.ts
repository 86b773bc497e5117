/** A transport over a socket of node:net or node:tls. */

import type { Socket } from "node:net";
import { RuntimeError } from "../base/errors.ts";
import { type HasContext, type LazyContext, snapshot } from "../kernel/context.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Runnable } from "../kernel/queues/ready.ts";
import { kernel } from "../kernel/state.ts";
import { extraInfo, rememberAddresses } from "./extraInfo.ts";
import { report } from "./flowControl.ts";
import { type Leftover, leftoversOf } from "./leftovers.ts";
import { type Address, type StreamProtocol, Transport, type WriteBufferLimits } from "./protocols.ts";
import { SocketEnding } from "./socketEnding.ts";
import { listen, type SocketListener, unlisten } from "./socketEvents.ts";
import { SocketReading } from "./socketReading.ts";
import type { ReleasedSocket, SocketTransportOptions, TransportOwner } from "./socketTransportOptions.ts";
import { SocketWriting } from "./socketWriting.ts";

/**
 * The life of a connection, from a socket that is connected, paused, and stays open for writing when the peer has ended
 * its side, to `connectionLost()`. What is read, what is written, and how it ends are the subjects of its three
 * collaborators.
 */
export class SocketTransport extends Transport implements Runnable, HasContext, Leftover, SocketListener {
  readonly loop: EventLoop;
  readonly socket: Socket;
  protocol: StreamProtocol;
  readonly ending: SocketEnding;
  readonly reading: SocketReading;
  readonly writing: SocketWriting;
  /** Whether `connectionMade()` was called; an upgraded connection begins without it. */
  private stage: "new" | "upgraded" | "begun";
  /** @internal The context of the protocol's callbacks. */ _context: LazyContext;
  /** What `getExtraInfo` knows beside what the socket tells. */
  private readonly extra: Readonly<Record<string, unknown>> | null;
  private readonly sockname: Address | undefined;
  private server: TransportOwner | null;
  private connected: Future<void> | null;
  private readonly run: object | null;
  /** In the ready queue. */
  private scheduled = false;

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
    this.stage = options.replaces == null ? "new" : "upgraded";
    this.run = options.run === undefined ? loop._running : options.run;
    this.ending = new SocketEnding(this, options.shutdownTimeout ?? null);
    this.reading = new SocketReading(this);
    this.writing = new SocketWriting(this);
    listen(socket, this);
    if (this.server === null) leftoversOf(loop).add(this);
    else this.server.attach(this);
    options.replaces?.leave();
    // What has happened before anything listened: Node tells the end of a paused socket that has no data.
    if (socket.readableEnded) this.socketEnded();
    if (socket.errored) this.socketFailed(socket.errored);
    else if (socket.destroyed) this.ending.over = true;
    this.schedule();
  }

  get begun(): boolean {
    return this.stage === "begun";
  }

  // ------------------------------------------------------------------ for the program

  getExtraInfo<T = unknown>(name: string, fallback?: T): T {
    // Over TLS a connection that is lost has no socket any more, as in asyncio.
    if (name === "socket" && this.ending.lostTold && !this.ending.halfCloses) return fallback as T;
    const known = extraInfo(this.socket, this.extra, name) ?? (name === "sockname" ? this.sockname : undefined);
    return (known ?? fallback) as T;
  }

  setProtocol(protocol: StreamProtocol): void {
    this.protocol = protocol;
  }

  getProtocol(): StreamProtocol {
    return this.protocol;
  }

  isClosing(): boolean {
    return this.ending.closing;
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
    return this.ending.halfCloses;
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
    this.ending.close();
  }

  abort(): void {
    this.ending.forceClose(null);
  }

  override toString(): string {
    const { lostTold, closing } = this.ending;
    const state = lostTold ? "closed" : closing ? "closing" : "open";
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

  socketFailed(error: Error): void {
    this.ending.socketFailed(error);
  }

  socketClosed(): void {
    this.ending.socketClosed();
  }

  // ------------------------------------------------------------------ from startTls

  /** The socket is given away: paused, with what was read and not delivered. Null if it is closing. */
  release(): ReleasedSocket | null {
    const { ending } = this;
    if (ending.closing || ending.over) return null;
    const unread = this.reading.undelivered();
    const { socket, server, run, _context: context } = this;
    ending.release();
    unlisten(socket);
    // What waits is the next owner's; nothing else would tell the protocol that it may go on.
    this.writing.resumeProtocol();
    return { socket, unread, server, run, context };
  }

  /** The connection is gone, or another transport has it: the loop and the server forget this one. */
  leave(): void {
    this.ending.cancelTimer();
    if (this.server === null) leftoversOf(this.loop).delete(this);
    else this.server.detach(this);
    this.server = null;
  }

  // ------------------------------------------------------------------ in the loop

  /** @internal */
  _run(): void {
    this.scheduled = false;
    if (this.ending.lostTold) return;
    kernel.context = this._context;
    this.callProtocol();
    // One context for all: what `connectionMade` sets, `dataReceived` sees.
    this._context = kernel.context;
  }

  loopClosed(): void {
    this.ending.loopClosed();
  }

  /** @internal */
  _loopClosed(): void {
    this.loopClosed();
  }

  private callProtocol(): void {
    if (!this.begun) this.begin();
    // A protocol that has paused gets nothing more from a connection that has failed; else what was read comes first.
    this.reading.deliver();
    this.writing.checkSent();
    this.ending.tellLostIfOver();
  }

  schedule(): void {
    if (this.scheduled || this.ending.lostTold) return;
    this.scheduled = true;
    this.loop._enqueue(this);
  }

  /** The same from an event of the platform, outside of all coroutines: runs at once. */
  scheduleNow(): void {
    if (this.scheduled || this.ending.lostTold) return;
    this.scheduled = true;
    const { loop } = this;
    loop._ready.push(this);
    if (loop._host.called?.(this.run !== null && this.run === loop._running) !== true) loop._wake();
  }

  private begin(): void {
    const { stage } = this;
    this.stage = "begun";
    if (stage === "new") {
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

  /** A method of the protocol has thrown. */
  fail(error: unknown, message: string): void {
    report(this.loop, message, error, this, this.protocol);
    this.ending.forceClose(error instanceof Error ? error : new RuntimeError(message, { cause: error }));
  }
}
