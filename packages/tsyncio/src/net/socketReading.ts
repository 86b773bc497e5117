/** The reading half of a socket's transport. */

import type { Socket } from "node:net";
import { RuntimeError } from "../base/errors.ts";
import type { HasContext, LazyContext } from "../kernel/context.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { extraInfo, rememberAddresses } from "./extraInfo.ts";
import type { Address, BufferedProtocol, Protocol, StreamProtocol } from "./protocols.ts";
import { Transport } from "./transports.ts";

/** So many chunks are taken from a socket before the loop has delivered them: the loop may not run at all. */
const MOST_UNDELIVERED = 64;

/**
 * Keeps what was read until the loop delivers it: a socket may be paused between the two, and what comes outside of
 * the loop's turn must wait for it.
 */
export abstract class SocketReading extends Transport implements HasContext {
  /** @internal */ readonly _loop: EventLoop;
  /** @internal */ readonly _socket: Socket;
  /** @internal The context of the protocol's callbacks. */ _context: LazyContext;
  /** What `getExtraInfo` knows beside what the socket tells. */
  private readonly extra: Readonly<Record<string, unknown>> | null;
  private readonly sockname: Address | undefined;
  protected protocol: StreamProtocol;
  private buffered = false;
  protected begun = false;
  protected closing = false;

  /** What was read and not delivered. */
  private first: Uint8Array | null = null;
  private more: Uint8Array[] | null = null;
  private paused = false;
  private throttled = false;
  private ended = false;
  private endTold = false;

  constructor(
    loop: EventLoop,
    socket: Socket,
    protocol: StreamProtocol,
    scope: LazyContext,
    extra: Readonly<Record<string, unknown>> | null,
  ) {
    super();
    this._loop = loop;
    this._socket = socket;
    this._context = scope;
    this.extra = extra;
    this.sockname = rememberAddresses(socket, extra);
    this.protocol = protocol;
    this.setProtocol(protocol);
  }

  protected abstract schedule(): void;
  /** The same from an event of the socket. */
  protected abstract scheduleNow(): void;
  protected abstract fail(error: unknown, message: string): void;
  /** Over TLS a connection that is lost has no socket any more, as in asyncio. */
  protected abstract readonly socketIsGone: boolean;
  /** A connection over TLS ends as a whole. */
  protected abstract readonly halfCloses: boolean;

  getExtraInfo<T = unknown>(name: string, fallback?: T): T {
    if (name === "socket" && this.socketIsGone) return fallback as T;
    const known = extraInfo(this._socket, this.extra, name) ?? (name === "sockname" ? this.sockname : undefined);
    return (known ?? fallback) as T;
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
    if (this.unread()) this.schedule();
    if (!this.throttled && this.begun) this._socket.resume();
  }

  /** @internal */
  _received(data: Uint8Array | string): void {
    if (this.closing) return;
    // A socket that has been given an encoding returns text.
    const chunk = typeof data === "string" ? Buffer.from(data, this._socket.readableEncoding ?? "utf8") : data;
    if (this.first === null) {
      this.first = chunk;
      this.scheduleNow();
      return;
    }
    this.more ??= [];
    if (this.more.push(chunk) < MOST_UNDELIVERED || this.throttled) return;
    this.throttled = true;
    this._socket.pause();
  }

  /** @internal */
  _ended(): void {
    if (this.closing) return;
    this.ended = true;
    this.schedule();
  }

  /** True if there is something, the end included, that the protocol was not told. */
  protected unread(): boolean {
    return this.first !== null || (this.ended && !this.endTold);
  }

  /** The protocol was told that the peer has ended its side. */
  protected get endWasTold(): boolean {
    return this.endTold;
  }

  /** What was read and not delivered, for the next owner of the socket. */
  protected takeUnread(): Uint8Array[] {
    return this.first === null ? [] : [this.first, ...(this.more ?? [])];
  }

  protected stopReading(): void {
    this.closing = true;
    this.forgetUnread();
    this._socket.pause();
  }

  protected forgetUnread(): void {
    this.first = this.more = null;
    this.ended = false;
  }

  protected deliver(): void {
    while (this.first !== null && !this.paused) {
      const chunk = this.take();
      if (this.buffered) this.fill(chunk);
      else this.receive(chunk);
    }
    if (this.throttled && this.more === null) {
      this.throttled = false;
      if (this.isReading()) this._socket.resume();
    }
    if (this.ended && !this.endTold && this.first === null && !this.paused) this.tellEnd();
  }

  private take(): Uint8Array {
    const chunk = this.first as Uint8Array;
    const { more } = this;
    this.first = more?.shift() ?? null;
    if (this.first === null) this.more = null;
    return chunk;
  }

  private putBack(chunk: Uint8Array): void {
    if (this.first !== null) {
      this.more ??= [];
      this.more.unshift(this.first);
    }
    this.first = chunk;
  }

  private receive(chunk: Uint8Array): void {
    try {
      (this.protocol as Protocol).dataReceived(chunk);
    } catch (error) {
      this.fail(error, "Fatal error: protocol.dataReceived() call failed.");
    }
  }

  private fill(chunk: Uint8Array): void {
    const protocol = this.protocol as BufferedProtocol;
    let method = "getBuffer";
    try {
      const buffer = protocol.getBuffer(chunk.length);
      if (buffer.length === 0) throw new RuntimeError("getBuffer() returned an empty buffer");
      const count = Math.min(buffer.length, chunk.length);
      buffer.set(count === chunk.length ? chunk : chunk.subarray(0, count));
      // Before the call, which may close, pause, or change the protocol.
      if (count < chunk.length) this.putBack(chunk.subarray(count));
      method = "bufferUpdated";
      protocol.bufferUpdated(count);
    } catch (error) {
      this.fail(error, `Fatal error: protocol.${method}() call failed.`);
    }
  }

  private tellEnd(): void {
    this.endTold = true;
    try {
      if (!this.protocol.eofReceived() || !this.halfCloses) this.close();
    } catch (error) {
      this.fail(error, "Fatal error: protocol.eofReceived() call failed.");
    }
  }
}
