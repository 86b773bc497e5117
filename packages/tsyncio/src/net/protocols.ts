/** asyncio's two halves of a connection: transports, which a protocol calls, and protocols, which a transport calls. */

import { hideInside } from "../base/inspection.ts";

const NOTHING = new Uint8Array(0);

/** `[host, port]`; the path for a unix socket. */
export type Address = readonly [host: string, port: number] | string;

// ------------------------------------------------------------------ transports

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
   * In bytes. `pauseWriting()` is called when more than `high` wait, `resumeWriting()` when it is `low` or less.
   * Without them 64 KiB and 16 KiB. Throws `ValueError` unless `high >= low >= 0`.
   */
  setWriteBufferLimits(limits?: WriteBufferLimits): void;
  getWriteBufferLimits(): [low: number, high: number];
  /** How many bytes wait. */
  getWriteBufferSize(): number;
}

/** Between which sizes of its buffer a transport pauses and resumes writing, in bytes. */
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

// ------------------------------------------------------------------ protocols

/** What all protocols share: `asyncio.BaseProtocol`. Extend one of the classes below and override what you need. */
export class BaseProtocol {
  /** Called once, before anything else. */
  connectionMade(_transport: BaseTransport): void {}
  /** Called once, after everything else. `null` if the connection was closed or aborted here, or ended by the peer. */
  connectionLost(_error: Error | null): void {}
  /** Called by `write()` itself when more bytes wait than the high mark: stop writing. */
  pauseWriting(): void {}
  /** No more bytes wait than the low mark: go on. */
  resumeWriting(): void {}
}

/** For a stream of bytes: `asyncio.Protocol`. */
export class Protocol extends BaseProtocol {
  override connectionMade(_transport: Transport): void {}
  /** Some bytes: as many as there were. Node's own `Buffer`, of which nothing else keeps a reference. */
  dataReceived(_data: Uint8Array): void {}
  /** The peer has ended its side. True keeps ours open, so that we can still write; else the transport closes. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a method without a return returns void
  eofReceived(): boolean | null | undefined | void {}
}

/** For a stream of bytes that is read into the protocol's own memory: `asyncio.BufferedProtocol`. */
export class BufferedProtocol extends BaseProtocol {
  override connectionMade(_transport: Transport): void {}
  /** Where the next bytes go; not empty. `sizeHint` is how many there are, -1 if that is unknown. */
  getBuffer(_sizeHint: number): Uint8Array {
    return NOTHING;
  }
  /** The first `_count` bytes of the buffer are new. */
  bufferUpdated(_count: number): void {}
  // biome-ignore lint/suspicious/noConfusingVoidType: a method without a return returns void
  eofReceived(): boolean | null | undefined | void {}
}

/** What a stream transport can have as its protocol. */
export type StreamProtocol = Protocol | BufferedProtocol;

/** For UDP: `asyncio.DatagramProtocol`. */
export class DatagramProtocol extends BaseProtocol {
  override connectionMade(_transport: DatagramTransport): void {}
  datagramReceived(_data: Uint8Array, _address: Address): void {}
  /** A datagram could not be sent or received. The transport goes on. */
  errorReceived(_error: Error): void {}
}
