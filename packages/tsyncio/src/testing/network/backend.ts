/** What node:net, node:dgram and node:dns are in a simulation. */

import type { Network } from "../../net/network.ts";
import { type Bound, bind, familyOf, isLocal, isWildcard, receiver } from "./addresses.ts";
import { SimulatedDatagramSocket } from "./datagramSocket.ts";
import type { Fabric } from "./fabric.ts";
import { Lane } from "./lane.ts";
import { SimulatedListener } from "./listener.ts";
import type { Machine } from "./machine.ts";
import { refuseInSimulation } from "./noNetwork.ts";
import { ConnectRequest, Segment } from "./segment.ts";
import { SimulatedSocket } from "./socket.ts";
import { systemError } from "./systemError.ts";

interface ConnectOptions {
  readonly host?: string;
  readonly port: number;
  readonly localAddress?: string;
  readonly localPort?: number;
}

/** The sockets here have as much of Node's as the transports use. */
export function backendOf(fabric: Fabric): Network {
  const backend = {
    connect: (options: ConnectOptions) => connect(fabric, options),
    createServer: (connected: (socket: SimulatedSocket) => void) =>
      new SimulatedListener(fabric.environment.loop, fabric.here(), connected),
    createSocket: ({ type }: { type: string }) =>
      new SimulatedDatagramSocket(fabric, fabric.here(), type === "udp6" ? 6 : 4),
    lookup: (host: string, { family }: { family: number }, callback: (error: Error | null, found: Found[]) => void) => {
      const found = addressesOf(fabric, host).filter((one) => family === 0 || one.family === family);
      const error = found.length > 0 ? null : unknownHost(fabric, host);
      fabric.environment.loop.callSoon(() => callback(error, found));
    },
    lookupService: (
      address: string,
      port: number,
      callback: (error: Error | null, name: string, service: string) => void,
    ) => {
      const machine = fabric.machineAt(address, fabric.here());
      const name = isLocal(address) ? "localhost" : (machine?.name ?? "");
      const error = machine === null ? systemError("getnameinfo", "ENOTFOUND", { address }) : null;
      fabric.environment.loop.callSoon(() => callback(error, name, String(port)));
    },
    refuse: refuseInSimulation,
  };
  // They are no sockets of Node: the types of `Network` are.
  return backend as unknown as Network;
}

interface Found {
  readonly address: string;
  readonly family: 4 | 6;
}

function addressesOf(fabric: Fabric, host: string): Found[] {
  if (host === "localhost") {
    return [
      { address: "127.0.0.1", family: 4 },
      { address: "::1", family: 6 },
    ];
  }
  const address = fabric.machines.get(host)?.address;
  return address === undefined ? [] : [{ address, family: 4 }];
}

function unknownHost(fabric: Fabric, host: string): Error {
  const hint = `the simulated hosts are ${[...fabric.machines.keys()].join(", ")}`;
  return systemError("getaddrinfo", "ENOTFOUND", { address: host, hint });
}

function connect(fabric: Fabric, options: ConnectOptions): SimulatedSocket {
  const machine = fabric.here();
  const socket = new SimulatedSocket(fabric.environment.limits.buffer, machine);
  try {
    begin(fabric, machine, socket, options);
  } catch (error) {
    fabric.environment.loop.callSoon(() => socket.destroy(error as Error));
  }
  return socket;
}

function begin(fabric: Fabric, machine: Machine, socket: SimulatedSocket, options: ConnectOptions): void {
  const { host = "127.0.0.1", port } = options;
  const address = isWildcard(host) ? (familyOf(host) === 6 ? "::1" : "127.0.0.1") : host;
  const target = fabric.machineAt(address, machine);
  if (target === null) {
    throw systemError("connect", "ENETUNREACH", { address, port, hint: "no simulated host has this address" });
  }
  const source = isLocal(address) ? address : machine.address;
  const local = bind(
    machine,
    options.localAddress ?? source,
    options.localPort ?? 0,
    false,
    machine.connections,
    "connect",
  );
  const out = new Lane(fabric.environment, fabric.link(machine, target), true);
  const back = new Lane(fabric.environment, fabric.link(target, machine), true);
  socket.bound = local;
  socket.wire(out, [isWildcard(local.address) ? source : local.address, local.port], [address, port]);
  out.send(new ConnectRequest(port, () => answerConnect(fabric, target, socket, back)));
}

/** The host that is asked for a connection answers. */
function answerConnect(fabric: Fabric, target: Machine, client: SimulatedSocket, back: Lane): void {
  const address = client.remoteAddress as string;
  const port = client.remotePort as number;
  const listener = receiver(target.listeners, address, port);
  if (listener === null) return back.send(new Segment("reset", null, client));
  const shown = (one: string): string => shownBy(listener.bound as Bound, one);
  const server = new SimulatedSocket(fabric.environment.limits.buffer, target);
  server.wire(back, [shown(address), port], [shown(client.localAddress as string), client.localPort as number]);
  server.answer(client, () => {
    if (listener.bound === null) server.refuse();
    else listener.accept(server);
  });
}

/** A socket of IPv6 that takes IPv4 too shows such addresses so. */
function shownBy(bound: Bound, address: string): string {
  return bound.both && familyOf(address) === 4 ? `::ffff:${address}` : address;
}
