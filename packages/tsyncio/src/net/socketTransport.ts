/** A transport over a socket of node:net or node:tls. */

import type { Socket } from "node:net";
import { type Scope, snapshot } from "../kernel/context.ts";
import { describe } from "../kernel/describe.ts";
import { RuntimeError, TimeoutError } from "../kernel/errors.ts";
import type { Future } from "../kernel/future.ts";
import type { Runnable, TimerHandle } from "../kernel/handle.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { kernel } from "../kernel/state.ts";
import { extraInfo, rememberAddresses } from "./extraInfo.ts";
import { FlowControl, report } from "./flowControl.ts";
import { type Leftover, leftoversOf } from "./leftovers.ts";
import { fromSystemError } from "./osErrors.ts";
import type { BufferedProtocol, Protocol, StreamProtocol } from "./protocols.ts";
import { hear, silence } from "./socketEvents.ts";
import { Transport, type WriteBufferLimits } from "./transports.ts";

/** So many chunks are taken from a socket before the loop has delivered them: the loop may not run at all. */
const MOST_UNDELIVERED = 64;
/** After so many writes to a connection that is lost there is a warning. */
const WARN_AT_WRITES = 5;

/** What counts the transports of a server. */
export interface TransportOwner {
  /** @internal */ _attach(transport: SocketTransport): void;
  /** @internal */ _detach(transport: SocketTransport): void;
}

export interface SocketTransportOptions {
  server?: TransportOwner | null;
  /** What `getExtraInfo` knows beside what the socket tells. */
  extra?: Readonly<Record<string, unknown>> | null;
  /** Completed when `connectionMade` was called. */
  waiter?: Future<void> | null;
  /** For TLS: how long, in seconds, the end may take. */
  shutdownTimeout?: number | null;
  /** The protocol was made on another transport before: `startTls`. */
  upgraded?: boolean;
}

/** Made for a socket that is connected, paused, and half-open at the end of what it reads. */
export class SocketTransport extends Transport implements Runnable, Leftover {
  /** @internal */ readonly _loop: EventLoop;
  /** @internal */ readonly _socket: Socket;
  /** @internal */ _scope: Scope;
  private protocol: StreamProtocol;
  private buffered = false;
  private readonly flow = new FlowControl();
  private server: TransportOwner | null;
  private readonly extra: Readonly<Record<string, unknown>> | null;
  private readonly shutdownTimeout: number | null;
  private shutdownTimer: TimerHandle | null = null;
  private waiter: Future<void> | null;
  private begun = false;
  private upgraded: boolean;
  /** In the ready queue. */
  private scheduled = false;

  /** What was read and not delivered. */
  private first: Uint8Array | null = null;
  private more: Uint8Array[] | null = null;
  private paused = false;
  private throttled = false;
  private ended = false;
  private endTold = false;

  private eofWritten = false;
  private closing = false;
  /** The socket is gone, or will be in this turn. */
  private over = false;
  private lostTold = false;
  private lostWrites = 0;
  private error: Error | null = null;

  constructor(loop: EventLoop, socket: Socket, protocol: StreamProtocol, options: SocketTransportOptions = {}) {
    super();
    this._loop = loop;
    this._socket = socket;
    this._scope = snapshot();
    this.protocol = protocol;
    this.setProtocol(protocol);
    this.server = options.server ?? null;
    this.extra = options.extra ?? null;
    this.waiter = options.waiter ?? null;
    this.shutdownTimeout = options.shutdownTimeout ?? null;
    this.upgraded = options.upgraded ?? false;
    rememberAddresses(socket);
    hear(socket, this);
    leftoversOf(loop).add(this);
    this.server?._attach(this);
    this.schedule();
  }

  getExtraInfo<T = unknown>(name: string, fallback?: T): T {
    return (extraInfo(this._socket, this.extra, name) ?? fallback) as T;
  }

  setProtocol(protocol: StreamProtocol): void {
    this.protocol = protocol;
    this.buffered = "getBuffer" in protocol;
  }

  getProtocol(): StreamProtocol {
    return this.protocol;
  }

  isClosing(): boolean {
    return this.closing;
  }

  isReading(): boolean {
    return !this.closing && !this.paused;
  }

  pauseReading(): void {
    if (!this.isReading()) return;
    this.paused = true;
    this._socket.pause();
  }

  resumeReading(): void {
    if (this.closing || !this.paused) return;
    this.paused = false;
    if (this.first !== null || this.ended) this.schedule();
    if (!this.throttled && this.begun) this._socket.resume();
  }

  write(data: Uint8Array): void {
    if (!(data instanceof Uint8Array)) throw notBytes(data);
    if (this.eofWritten) throw new RuntimeError("Cannot call write() after writeEof()");
    if (data.length === 0) return;
    if (this.closing) return this.writtenAfterClose();
    const socket = this._socket;
    const { flow } = this;
    // Node tells of itself only that all is sent, and only if its own mark was passed.
    if (flow.paused || flow.high < socket.writableHighWaterMark) socket.write(data, this.flushed);
    else socket.write(data);
    if (socket.writableLength > flow.high) flow.pause(this._loop, this, this.protocol);
  }

  writelines(list: Iterable<Uint8Array>): void {
    this._socket.cork();
    try {
      for (const data of list) this.write(data);
    } finally {
      this._socket.uncork();
    }
    // While corked all was counted; what the system has taken may allow to go on.
    if (this.flow.paused) this.schedule();
  }

  writeEof(): void {
    if (this.shutdownTimeout !== null) throw new RuntimeError("TLS cannot end one side only: use close()");
    if (this.closing || this.eofWritten) return;
    this.eofWritten = true;
    this._socket.end();
  }

  canWriteEof(): boolean {
    return this.shutdownTimeout === null;
  }

  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    const { flow } = this;
    flow.setLimits(limits);
    if (this.getWriteBufferSize() > flow.high) flow.pause(this._loop, this, this.protocol);
    // Bytes that were written without a callback: an empty write says when they are through.
    if (flow.paused && !this.closing && !this.eofWritten) this._socket.write(NOTHING, this.flushed);
  }

  getWriteBufferLimits(): [low: number, high: number] {
    return [this.flow.low, this.flow.high];
  }

  getWriteBufferSize(): number {
    return this.over ? 0 : this._socket.writableLength;
  }

  close(): void {
    if (this.closing) return;
    this.stopReading();
    const socket = this._socket;
    if (this.shutdownTimeout !== null) {
      this.shutdownTimer = this._loop.callLater(this.shutdownTimeout, () =>
        this._forceClose(new TimeoutError("SSL shutdown timed out")),
      );
      socket.destroySoon();
    } else if (socket.writableLength > 0) socket.destroySoon();
    else this.finish();
  }

  abort(): void {
    this._forceClose(null);
  }

  toString(): string {
    const state = this.lostTold ? "closed" : this.closing ? "closing" : "open";
    const size = this.getWriteBufferSize();
    const read = this.isReading() ? "polling" : "idle";
    return `<${this.constructor.name} ${state} read=${read} write=<${size > 0 ? "polling" : "idle"}, bufsize=${size}>>`;
  }

  // ------------------------------------------------------------------ from the socket

  /** @internal */
  _received(chunk: Uint8Array): void {
    if (this.closing) return;
    if (this.first === null) this.first = chunk;
    else {
      this.more ??= [];
      if (this.more.push(chunk) >= MOST_UNDELIVERED && !this.throttled) {
        this.throttled = true;
        this._socket.pause();
      }
    }
    if (!this.scheduled) this.schedule();
  }

  /** @internal */
  _ended(): void {
    this.ended = true;
    this.schedule();
  }

  /** @internal What was written is sent, or as much of it that the protocol may go on. */
  _flushed(): void {
    if (this.flow.paused) this.schedule();
  }

  /** @internal */
  _failed(error: Error): void {
    this.error ??= fromSystemError(error);
  }

  /** @internal */
  _gone(): void {
    if (this.over) return;
    this.over = true;
    if (this.error !== null) this.closing = true;
    this.schedule();
  }

  /** @internal Drops what is buffered. */
  _forceClose(error: Error | null): void {
    if (this.over) return;
    this.stopReading();
    this.error ??= error;
    this.finish();
  }

  /** @internal An error that is not the network's is reported. */
  _fatalError(error: unknown, message: string): void {
    report(this._loop, message, error, this, this.protocol);
    this._forceClose(error instanceof Error ? error : new RuntimeError(message, { cause: error }));
  }

  /** @internal The socket is given away: gives it back, paused, with what was read and not delivered. */
  _release(): { socket: Socket; unread: Uint8Array[] } {
    const unread = this.first === null ? [] : [this.first, ...(this.more ?? [])];
    this.stopReading();
    silence(this._socket);
    this.over = this.lostTold = true;
    this.leave();
    return { socket: this._socket, unread };
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
    kernel.scope = this._scope;
    if (!this.begun) this.begin();
    if (this.first !== null) this.deliver();
    if (this.ended && !this.endTold && this.first === null && !this.paused && !this.closing) this.tellEnd();
    const { flow } = this;
    if (flow.paused && !this.over && this._socket.writableLength <= flow.low) {
      flow.resume(this._loop, this, this.protocol);
    }
    if (!this.over || this.lostTold) return;
    // A protocol that has paused gets first what was read, unless the connection has failed.
    const unread = this.first !== null || (this.ended && !this.endTold);
    if (unread && !this.closing) return;
    this.tellLost();
  }

  private schedule(): void {
    if (this.scheduled || this.lostTold) return;
    this.scheduled = true;
    this._loop._enqueue(this);
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

  private deliver(): void {
    const { more } = this;
    let next = 0;
    let chunk = this.first;
    while (chunk !== null && !this.paused) {
      this.first = null;
      const rest = this.buffered ? this.fill(chunk) : this.receive(chunk);
      if (this.lostTold || (this.closing && !this.over)) {
        this.more = null;
        return;
      }
      this.first = chunk = rest ?? more?.[next++] ?? null;
    }
    if (more !== null && this.more === more) {
      if (chunk === null) this.more = null;
      else more.splice(0, next);
    }
    if (!this.throttled || this.more !== null) return;
    this.throttled = false;
    if (this.isReading()) this._socket.resume();
  }

  private receive(chunk: Uint8Array): null {
    try {
      (this.protocol as Protocol).dataReceived(chunk);
    } catch (error) {
      this._fatalError(error, "Fatal error: protocol.dataReceived() call failed.");
    }
    return null;
  }

  /** Gives the rest, if the protocol has paused in between. */
  private fill(chunk: Uint8Array): Uint8Array | null {
    const protocol = this.protocol as BufferedProtocol;
    let method = "getBuffer";
    try {
      const buffer = protocol.getBuffer(chunk.length);
      if (buffer.length === 0) throw new RuntimeError("getBuffer() returned an empty buffer");
      const count = Math.min(buffer.length, chunk.length);
      buffer.set(count === chunk.length ? chunk : chunk.subarray(0, count));
      method = "bufferUpdated";
      protocol.bufferUpdated(count);
      return count === chunk.length ? null : chunk.subarray(count);
    } catch (error) {
      this._fatalError(error, `Fatal error: protocol.${method}() call failed.`);
      return null;
    }
  }

  private tellEnd(): void {
    this.endTold = true;
    try {
      if (!this.protocol.eofReceived() || this.shutdownTimeout !== null) this.close();
    } catch (error) {
      this._fatalError(error, "Fatal error: protocol.eofReceived() call failed.");
    }
  }

  private tellLost(): void {
    this.closing = this.lostTold = true;
    this.first = this.more = null;
    try {
      this.protocol.connectionLost(this.error);
    } catch (error) {
      report(this._loop, "Exception in callback protocol.connectionLost()", error, this, this.protocol);
    } finally {
      this.leave();
    }
  }

  private stopReading(): void {
    this.closing = true;
    this.first = this.more = null;
    this._socket.pause();
  }

  private finish(): void {
    this.over = true;
    this._socket.destroy();
    this.schedule();
  }

  private leave(): void {
    this.shutdownTimer?.cancel();
    this.shutdownTimer = null;
    leftoversOf(this._loop).delete(this);
    this.server?._detach(this);
    this.server = null;
  }

  private writtenAfterClose(): void {
    if (this.over && ++this.lostWrites === WARN_AT_WRITES) {
      this._loop._report("write() was called again and again on a connection that is lost");
    }
  }

  private readonly flushed = (): void => this._flushed();
}

const NOTHING = new Uint8Array(0);

function notBytes(data: unknown): TypeError {
  const hint = typeof data === "string" ? " Encode it: new TextEncoder().encode(text)." : "";
  return new TypeError(`write expects a Uint8Array, got ${describe(data)}.${hint}`);
}

