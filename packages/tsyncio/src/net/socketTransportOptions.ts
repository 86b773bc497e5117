/** What a socket's transport is made with, and what it hands over. */

import type { Socket } from "node:net";
import type { LazyContext } from "../kernel/context.ts";
import type { Future } from "../kernel/future.ts";

/** A transport, for the server that has accepted its connection. */
export interface OwnedTransport {
  close(): void;
  abort(): void;
  loopClosed(): void;
}

/** A server, for the transports of its connections: closes them with the loop. */
export interface TransportOwner {
  attach(transport: OwnedTransport): void;
  detach(transport: OwnedTransport): void;
}

export interface SocketTransportOptions {
  server?: TransportOwner | null;
  /** What `getExtraInfo` knows beside what the socket tells. */
  extra?: Readonly<Record<string, unknown>> | null;
  /** Completed when `connectionMade` was called. */
  connected?: Future<void> | null;
  /** Given for TLS: how long, in seconds, the end may take. */
  shutdownTimeout?: number | null;
  /**
   * The run of the loop in whose `AsyncLocalStorage` context the socket's events come: the one in which it, or the
   * server that has accepted it, was made. Null where that is unknown.
   */
  run?: object | null;
  /** The context of the protocol's callbacks, if it is not the one of the code that makes the transport. */
  context?: LazyContext;
  /** The transport that had the connection before `startTls`: the protocol has had its `connectionMade`. */
  replaces?: { leave(): void } | null;
}

export interface ReleasedSocket {
  readonly socket: Socket;
  /** What was read and not delivered. */
  readonly unread: Uint8Array[];
  readonly server: TransportOwner | null;
  readonly run: object | null;
  readonly context: LazyContext;
}
