/** The reading half of a socket's transport. */

import type { Socket } from "node:net";
import { RuntimeError } from "../base/errors.ts";
import type { BufferedProtocol, Protocol, StreamProtocol } from "./protocols.ts";

/** At most this many chunks are taken from a socket before the loop has delivered them: the loop may not run at all. */
const MOST_UNDELIVERED = 64;

/** What the half knows of its transport, and asks of it. */
interface ReadingTransport {
  readonly socket: Socket;
  readonly ending: Ending;
  readonly protocol: StreamProtocol;
  /** `connectionMade()` was called. */
  readonly begun: boolean;
  /** `deliver()` shall be called in a turn of the loop. */
  schedule(): void;
  /** The same from an event of the platform, outside of all coroutines. */
  scheduleNow(): void;
  /** A method of the protocol has thrown. */
  fail(error: unknown, message: string): void;
}

/** What it knows of the end of the connection. */
interface Ending {
  readonly closing: boolean;
  /** False over TLS: the connection ends as a whole. */
  readonly halfCloses: boolean;
  close(): void;
}

/**
 * Keeps what was read until the loop delivers it: a socket may be paused between the two, and what comes outside of
 * the loop's turn must wait for it.
 */
export class SocketReading {
  private readonly transport: ReadingTransport;
  /** What was read and not delivered. */
  private first: Uint8Array | null = null;
  private more: Uint8Array[] | null = null;
  paused = false;
  private throttled = false;
  /** Whether the peer has ended its side, and whether the protocol was told. */
  private end: "to come" | "seen" | "told" = "to come";

  constructor(transport: ReadingTransport) {
    this.transport = transport;
  }

  get endTold(): boolean {
    return this.end === "told";
  }

  isReading(): boolean {
    return !this.transport.ending.closing && !this.paused;
  }

  pause(): void {
    if (!this.isReading()) return;
    this.paused = true;
    this.transport.socket.pause();
  }

  resume(): void {
    const { transport } = this;
    if (transport.ending.closing || !this.paused) return;
    this.paused = false;
    if (this.hasUndelivered()) transport.schedule();
    if (!this.throttled && transport.begun) transport.socket.resume();
  }

  /** For good: the transport is closing. */
  stop(): void {
    this.forget();
    this.transport.socket.pause();
  }

  forget(): void {
    this.first = this.more = null;
    if (this.end === "seen") this.end = "to come";
  }

  /** From the socket. */
  received(data: Uint8Array | string): void {
    if (this.transport.ending.closing) return;
    // A socket that has been given an encoding returns text.
    const chunk = typeof data === "string" ? Buffer.from(data, this.transport.socket.readableEncoding ?? "utf8") : data;
    if (this.first === null) {
      this.first = chunk;
      this.transport.scheduleNow();
      return;
    }
    this.more ??= [];
    if (this.more.push(chunk) < MOST_UNDELIVERED || this.throttled) return;
    this.throttled = true;
    this.transport.socket.pause();
  }

  /** From the socket: the peer has ended its side. */
  peerEnded(): void {
    if (this.transport.ending.closing) return;
    if (this.end === "to come") this.end = "seen";
    this.transport.schedule();
  }

  /** True if there is something, the end included, that the protocol was not told. */
  hasUndelivered(): boolean {
    return this.first !== null || this.end === "seen";
  }

  /** What was read and not delivered, for the next owner of the socket. */
  undelivered(): Uint8Array[] {
    return this.first === null ? [] : [this.first, ...(this.more ?? [])];
  }

  /** In the loop. */
  deliver(): void {
    while (this.first !== null && !this.paused) {
      const chunk = this.take();
      const { protocol } = this.transport;
      if ("getBuffer" in protocol) this.fill(chunk, protocol);
      else this.receive(chunk, protocol);
    }
    if (this.throttled && this.more === null) {
      this.throttled = false;
      if (this.isReading()) this.transport.socket.resume();
    }
    if (this.end === "seen" && this.first === null && !this.paused) this.tellEnd();
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

  private receive(chunk: Uint8Array, protocol: Protocol): void {
    try {
      protocol.dataReceived(chunk);
    } catch (error) {
      this.transport.fail(error, "Fatal error: protocol.dataReceived() call failed.");
    }
  }

  private fill(chunk: Uint8Array, protocol: BufferedProtocol): void {
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
      this.transport.fail(error, `Fatal error: protocol.${method}() call failed.`);
    }
  }

  private tellEnd(): void {
    const { transport } = this;
    const { ending } = transport;
    this.end = "told";
    try {
      if (!transport.protocol.eofReceived() || !ending.halfCloses) ending.close();
    } catch (error) {
      transport.fail(error, "Fatal error: protocol.eofReceived() call failed.");
    }
  }
}
