/** asyncio's protocols: what a transport calls. */

import type { BaseTransport, DatagramTransport, Transport } from "./transports.ts";

const NOTHING = new Uint8Array(0);

/** `[host, port]`; the path for a unix socket. */
export type Address = readonly [host: string, port: number] | string;

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
  /** Some bytes: as many as there were. Node's own `Buffer`, which nobody else keeps. */
  dataReceived(_data: Uint8Array): void {}
  /** The peer has ended its side. True keeps ours open, so that we can still write; else the transport closes. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a method without a return gives void
  eofReceived(): boolean | null | undefined | void {}
}

/** For a stream of bytes that is read into the protocol's own memory: `asyncio.BufferedProtocol`. */
export class BufferedProtocol extends BaseProtocol {
  override connectionMade(_transport: Transport): void {}
  /** Where the next bytes go; not empty. `sizeHint` is how many there are, -1 if nobody knows. */
  getBuffer(_sizeHint: number): Uint8Array {
    return NOTHING;
  }
  /** The first `_count` bytes of the buffer are new. */
  bufferUpdated(_count: number): void {}
  // biome-ignore lint/suspicious/noConfusingVoidType: a method without a return gives void
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
