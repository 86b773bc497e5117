/** Connections on their way to a protocol. */

import type { Server as NodeServer, Socket } from "node:net";
import type { Runnable } from "../kernel/queues/ready.ts";
import { addressOf } from "./extraInfo.ts";
import { listenToClose, unlistenToClose } from "./socketEvents.ts";
import type { SocketTransportOptions } from "./socketTransportOptions.ts";

/** A server, for what arrives at it. */
interface ArrivalOwner {
  /** @internal In the loop: the connection gets its protocol. */
  _connect(socket: Socket, options: SocketTransportOptions): void;
  /** @internal It has got it, or has ended before. */
  _left(arrival: Arrival): void;
}

/** A connection that has no protocol yet. */
export class Arrival implements Runnable {
  declare readonly raw: Socket;
  /** The same, or TLS over it. */
  declare socket: Socket | null;
  declare options: SocketTransportOptions | null;
  declare private readonly server: ArrivalOwner;

  constructor(server: ArrivalOwner, raw: Socket) {
    this.server = server;
    this.raw = raw;
    this.socket = null;
    this.options = null;
    listenToClose(raw, this);
  }

  socketClosed(): void {
    this.server._left(this);
  }

  /** @internal In the loop. */
  _run(): void {
    const { server, raw, socket, options } = this;
    unlistenToClose(raw);
    if (socket !== null && options !== null && !raw.destroyed && !socket.destroyed) server._connect(socket, options);
    server._left(this);
  }

  toString(): string {
    return `<a connection for ${this.server}>`;
  }
}

/** A server that listens on one address knows which one its connections have: asking each costs memory in each. */
export function withName(
  extra: SocketTransportOptions["extra"],
  listener: NodeServer,
): Readonly<Record<string, unknown>> | null {
  const name = addressOf(listener.address());
  const everywhere = name?.[0] === "0.0.0.0" || name?.[0] === "::";
  return name === undefined || everywhere ? (extra ?? null) : { sockname: name, ...extra };
}
