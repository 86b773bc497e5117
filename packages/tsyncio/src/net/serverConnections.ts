/** The connections of a server: those that arrive, and those that have their protocol. */

import type { Server as NodeServer, Socket } from "node:net";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import type { Runnable } from "../kernel/queues/ready.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { Latch } from "../sync/latch.ts";
import { addressOf } from "./extraInfo.ts";
import { type Leftover, leftoversOf } from "./leftovers.ts";
import { listenerOf, listenToClose, unlistenToClose } from "./socketEvents.ts";
import type { OwnedTransport, SocketTransportOptions, TransportOwner } from "./socketTransportOptions.ts";

/** Makes the transport and the protocol of a connection, in a turn of the loop. */
type Connect = (socket: Socket, options: SocketTransportOptions) => void;

export class ServerConnections implements TransportOwner, Leftover {
  private readonly loop: EventLoop;
  private readonly server: WaitOwner;
  private readonly connect: Connect;
  private readonly clients = new Set<OwnedTransport>();
  /** Connections that have no transport yet: their turn has not come, or the handshake is under way. */
  private readonly arriving = new Set<Arrival>();
  /** The server listens no more. */
  private closed = false;
  private readonly ended: Latch;

  constructor(loop: EventLoop, server: WaitOwner, connect: Connect) {
    this.loop = loop;
    this.server = server;
    this.connect = connect;
    this.ended = new Latch(loop, server);
  }

  get size(): number {
    return this.clients.size;
  }

  /** From here on the connection counts, so that none is lost between two turns; and it ends with the loop. */
  arrived(raw: Socket): void {
    leftoversOf(this.loop).add(this);
    this.arriving.add(new Arrival(this, raw));
  }

  /** It is ready for its protocol: `socket` is `raw`, or TLS over it. */
  accepted(socket: Socket, raw: Socket, options: SocketTransportOptions): void {
    const arrival = (listenerOf(raw) as Arrival | undefined) ?? new Arrival(this, raw);
    arrival.socket = socket;
    arrival.options = options;
    this.loop._enqueue(arrival);
  }

  /** The connection has got its protocol, or has ended before. */
  handled(arrival: Arrival): void {
    const { socket, options, raw } = arrival;
    if (socket !== null && options !== null && !raw.destroyed && !socket.destroyed) this.connect(socket, options);
    this.left(arrival);
  }

  left(arrival: Arrival): void {
    if (this.arriving.delete(arrival)) this.checkEnd();
  }

  attach(transport: OwnedTransport): void {
    leftoversOf(this.loop).add(this);
    this.clients.add(transport);
  }

  detach(transport: OwnedTransport): void {
    this.clients.delete(transport);
    this.checkEnd();
  }

  closeClients(): void {
    for (const transport of [...this.clients]) transport.close();
    this.dropArriving();
  }

  abortClients(): void {
    for (const transport of [...this.clients]) transport.abort();
    this.dropArriving();
  }

  private dropArriving(): void {
    for (const arrival of [...this.arriving]) arrival.raw.destroy();
  }

  /** @internal */
  _loopClosed(): void {
    for (const transport of this.clients) transport.loopClosed();
    this.dropArriving();
  }

  /** No more will come. */
  close(): void {
    this.closed = true;
    this.checkEnd();
  }

  /** Waits until no more will come, and all have ended. */
  waitEnded(): Coroutine<void> {
    return this.ended.wait();
  }

  toString(): string {
    return String(this.server);
  }

  private checkEnd(): void {
    if (!this.closed || this.clients.size > 0 || this.arriving.size > 0) return;
    leftoversOf(this.loop).delete(this);
    this.ended.open();
  }
}

/** A connection that has no protocol yet. */
class Arrival implements Runnable {
  declare readonly raw: Socket;
  /** The same, or TLS over it. */
  declare socket: Socket | null;
  declare options: SocketTransportOptions | null;
  declare private readonly connections: ServerConnections;

  constructor(connections: ServerConnections, raw: Socket) {
    this.connections = connections;
    this.raw = raw;
    this.socket = null;
    this.options = null;
    listenToClose(raw, this);
  }

  socketClosed(): void {
    this.connections.left(this);
  }

  /** @internal In the loop. */
  _run(): void {
    unlistenToClose(this.raw);
    this.connections.handled(this);
  }

  toString(): string {
    return `<a connection for ${this.connections}>`;
  }
}

/** A server that listens on one address knows which one its connections have: asking each costs memory in each. */
export function withSockname(
  extra: SocketTransportOptions["extra"],
  listener: NodeServer,
): Readonly<Record<string, unknown>> | null {
  const name = addressOf(listener.address());
  const everywhere = name?.[0] === "0.0.0.0" || name?.[0] === "::";
  return name === undefined || everywhere ? (extra ?? null) : { sockname: name, ...extra };
}
