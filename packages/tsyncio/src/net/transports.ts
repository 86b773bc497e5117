/** asyncio's transports: what a protocol calls. */

import { hideInside } from "./inspection.ts";
import type { BaseProtocol, StreamProtocol } from "./protocols.ts";

/** What all transports share: `asyncio.BaseTransport`. */
export abstract class BaseTransport {
  static {
    hideInside(BaseTransport);
  }

  /**
   * What is known of the connection, `fallback` if nothing: `peername`, `sockname` (`[host, port]`, or a path),
   * `socket`; with TLS `sslObject`, `peercert`, `cipher`, `compression`, `sslcontext`, `alpnProtocol`.
   */
  abstract getExtraInfo<T = unknown>(name: string, fallback?: T): T;
  /** Sends what is buffered, then closes; then `connectionLost(null)` is called. Nothing is received any more. */
  abstract close(): void;
  /** True from `close()`, `abort()` or an error on. */
  abstract isClosing(): boolean;
  abstract setProtocol(protocol: BaseProtocol): void;
  abstract getProtocol(): BaseProtocol;
}

/** `asyncio.ReadTransport`. */
export interface ReadTransport extends BaseTransport {
  isReading(): boolean;
  /** The protocol gets no data until `resumeReading()`. Does nothing if it is paused or closing. */
  pauseReading(): void;
  resumeReading(): void;
}

/** `asyncio.WriteTransport`. */
export interface WriteTransport extends BaseTransport {
  /** Does not wait: what the system does not take at once is buffered. Do not change the bytes afterwards. */
  write(data: Uint8Array): void;
  writelines(list: Iterable<Uint8Array>): void;
  /** Ends our side when what is buffered is sent; the peer's side stays open. */
  writeEof(): void;
  canWriteEof(): boolean;
  /** Closes at once: what is buffered is dropped. */
  abort(): void;
  /**
   * In bytes. `pauseWriting()` is called when more than `high` wait, `resumeWriting()` when it is `low` or less. Without
   * them 64 KiB and 16 KiB. Throws `ValueError` unless `high >= low >= 0`.
   */
  setWriteBufferLimits(limits?: WriteBufferLimits): void;
  getWriteBufferLimits(): [low: number, high: number];
  /** How many bytes wait. */
  getWriteBufferSize(): number;
}

export interface WriteBufferLimits {
  high?: number | null;
  low?: number | null;
}

/** Both directions: `asyncio.Transport`. */
export abstract class Transport extends BaseTransport implements ReadTransport, WriteTransport {
  abstract isReading(): boolean;
  abstract pauseReading(): void;
  abstract resumeReading(): void;
  abstract write(data: Uint8Array): void;
  abstract writelines(list: Iterable<Uint8Array>): void;
  abstract writeEof(): void;
  abstract canWriteEof(): boolean;
  abstract abort(): void;
  abstract setWriteBufferLimits(limits?: WriteBufferLimits): void;
  abstract getWriteBufferLimits(): [low: number, high: number];
  abstract getWriteBufferSize(): number;
  abstract override setProtocol(protocol: StreamProtocol): void;
  abstract override getProtocol(): StreamProtocol;
}

/** `asyncio.DatagramTransport`. */
export abstract class DatagramTransport extends BaseTransport {
  /** To the remote address of the endpoint, if it has one; else to `address`. */
  abstract sendto(data: Uint8Array, address?: readonly [host: string, port: number] | null): void;
  /** Closes at once: what is buffered is dropped. */
  abstract abort(): void;
}
