/** What a socket's transport is made with, and what it gives away. */

import type { Socket } from "node:net";
import type { LazyContext } from "../kernel/context.ts";
import type { Future } from "../kernel/future.ts";
import type { SocketTransport } from "./socketTransport.ts";

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
  /** Given for TLS: how long, in seconds, the end may take. */
  shutdownTimeout?: number | null;
  /**
   * The run of the loop in whose `AsyncLocalStorage` context the socket's events come: the one in which it, or the server
   * that has accepted it, was made. Null where that is unknown.
   */
  run?: object | null;
  /** The context of the protocol's callbacks, if it is not the one of the code that makes the transport. */
  scope?: LazyContext;
  /** The transport that had the connection before `startTls`: the protocol has had its `connectionMade`. */
  replaces?: SocketTransport | null;
}

export interface ReleasedSocket {
  readonly socket: Socket;
  /** What was read and not delivered. */
  readonly unread: Uint8Array[];
  readonly server: TransportOwner | null;
  readonly run: object | null;
  readonly scope: LazyContext;
}
