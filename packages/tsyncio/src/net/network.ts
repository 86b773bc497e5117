/** The network of a loop: the platform's, or another one, such as that of a simulation. */

import type { Socket as DatagramSocket, SocketOptions } from "node:dgram";
import type { LookupAddress } from "node:dns";
import type { NetConnectOpts, Server as NodeServer, Socket } from "node:net";
import { checkOrigin, withOrigin } from "../base/sharedRecord.ts";
import type { EventLoop } from "../kernel/loop.ts";

/**
 * The functions of node:net, node:dgram and node:dns that this package calls, so that all above them, transports and
 * servers too, is the same on another network. The types are Node's; nothing of Node is loaded here.
 */
export interface Network {
  connect(options: NetConnectOpts): Socket;
  createServer(connected: (socket: Socket) => void): NodeServer;
  createSocket(options: SocketOptions): DatagramSocket;
  lookup(
    host: string,
    options: { readonly family: number },
    callback: (error: Error | null, addresses: LookupAddress[]) => void,
  ): void;
  lookupService(
    host: string,
    port: number,
    callback: (error: Error | null, name: string, service: string) => void,
  ): void;
  /** Throws: this network has no such thing. */
  refuse(what: string): never;
}

/** The same for all copies of the package: a simulation may come from another one than the program's streams. */
const NETWORK = Symbol.for("tsyncio.network");

interface Networked {
  [NETWORK]?: Network | null;
}

/** The network that stands for the platform's on this loop; null if the platform's is used. */
export function networkOf(loop: EventLoop): Network | null {
  const network = (loop as Networked)[NETWORK] ?? null;
  if (network !== null) checkOrigin(network);
  return network;
}

/** From now on this loop's connections, servers, datagrams and names are those of `network`. */
export function setNetwork(loop: EventLoop, network: Network | null): void {
  (loop as Networked)[NETWORK] = network === null ? null : withOrigin(network);
}
