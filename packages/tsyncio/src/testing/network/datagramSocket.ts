/** A simulated UDP socket: behaves as a `Socket` of node:dgram. */

import { type Bound, bind, familyOf, isLocal, isWildcard, receiver } from "./addresses.ts";
import { Emitter } from "./emitter.ts";
import type { Fabric } from "./fabric.ts";
import type { Lane, Packet } from "./lane.ts";
import type { Machine, OpenDatagramSocket } from "./machine.ts";
import { systemError } from "./systemError.ts";

/** More bytes do not fit into a datagram of IPv4. */
const LARGEST = 65_507;
const HEADER = 28;

type Sent = (error: Error | null) => void;

export class SimulatedDatagramSocket extends Emitter implements OpenDatagramSocket {
  bound: Bound | null = null;
  private readonly fabric: Fabric;
  private readonly machine: Machine;
  private readonly family: 4 | 6;
  private peer: readonly [address: string, port: number] | null = null;

  constructor(fabric: Fabric, machine: Machine, family: 4 | 6) {
    super();
    this.fabric = fabric;
    this.machine = machine;
    this.family = family;
  }

  bind({ address, port = 0 }: { address?: string; port?: number }): this {
    const { machine } = this;
    const host = address ?? (this.family === 6 ? "::" : "0.0.0.0");
    this.soon("listening", () => {
      this.bound = bind(machine, host, port, false, machine.datagramSockets, "bind");
      machine.datagramSockets.add(this);
    });
    return this;
  }

  connect(port: number, host: string): void {
    this.soon("connect", () => {
      this.peer = [host, port];
    });
  }

  address(): { address: string; port: number; family: string } {
    const { address, port } = this.bound as Bound;
    const { peer } = this;
    const shown = peer !== null && isWildcard(address) ? this.source(peer[0]) : address;
    return { address: shown, port, family: `IPv${familyOf(address)}` };
  }

  setBroadcast(): void {}

  send(data: Uint8Array, sent: Sent): void;
  send(data: Uint8Array, port: number, host: string, sent: Sent): void;
  send(data: Uint8Array, ...rest: [Sent] | [number, string, Sent]): void {
    const sent = rest.at(-1) as Sent;
    const [host, port] = rest.length === 3 ? [rest[1], rest[0]] : (this.peer as readonly [string, number]);
    const { fabric, machine } = this;
    const address = fabric.machines.get(host)?.address ?? (host === "localhost" ? "127.0.0.1" : host);
    const target = fabric.machineAt(address, machine);
    const about = { address, port };
    if (data.length > LARGEST) return sent(systemError("send", "EMSGSIZE", about));
    if (target === null) return sent(systemError("send", "ENETUNREACH", { ...about, hint: "no simulated host" }));
    const from = [this.source(address), (this.bound as Bound).port] as const;
    const to = [isWildcard(address) ? "127.0.0.1" : address, port] as const;
    this.post(new Datagram(data.slice(), from, to, target, this));
    sent(null);
  }

  close(): this {
    this.machine.datagramSockets.delete(this);
    this.bound = null;
    return this;
  }

  crash(): void {
    this.removeAllListeners();
    this.on("error", () => {});
    this.close();
  }

  receive(data: Uint8Array, [address, port]: readonly [address: string, port: number]): void {
    if (this.peer !== null && (this.peer[0] !== address || this.peer[1] !== port)) return;
    this.emit("message", data, { address, port, family: `IPv${this.family}`, size: data.length });
  }

  /** The answer to a datagram for which there was no socket. Only a socket that has one peer is told. */
  refused(): void {
    if (this.bound !== null && this.peer !== null) this.emit("error", systemError("recvmsg", "ECONNREFUSED"));
  }

  /** On `target` there is no socket for a datagram that was sent here. */
  bounce(target: Machine): void {
    this.fabric.link(target, this.machine).datagrams.send(new Unreachable(this));
  }

  private post(datagram: Datagram): void {
    const { fabric, machine } = this;
    const { target } = datagram;
    const link = fabric.link(machine, target);
    const lane: Lane = link.datagrams;
    const { limits } = fabric.environment;
    const { reorder, duplicate, loss } = limits;
    const way = `${machine.name} → ${target.name}`;
    if (loss > 0 && link.loses()) return fabric.environment.note("lost", machine, target, datagram);
    // Whatever is sent until this one has come overtakes it.
    if (link.happens(reorder, `reorder ${way}`)) lane.sendLoose(datagram, link.latency[1]);
    else lane.send(datagram);
    if (link.happens(duplicate, `duplicate ${way}`)) lane.sendLoose(datagram, 0);
  }

  private source(to: string): string {
    const bound = this.bound as Bound;
    if (!isWildcard(bound.address)) return bound.address;
    if (this.family === 6) return "::1";
    return isLocal(to) ? "127.0.0.1" : this.machine.address;
  }

  private soon(event: string, action: () => void): void {
    this.fabric.environment.loop.callSoon(() => {
      try {
        action();
      } catch (error) {
        return this.emit("error", error);
      }
      this.emit(event);
    });
  }
}

class Datagram implements Packet {
  readonly insists = false;
  readonly data: Uint8Array;
  readonly from: readonly [address: string, port: number];
  readonly target: Machine;
  private readonly to: readonly [address: string, port: number];
  private readonly sender: SimulatedDatagramSocket;

  constructor(
    data: Uint8Array,
    from: readonly [string, number],
    to: readonly [string, number],
    target: Machine,
    sender: SimulatedDatagramSocket,
  ) {
    this.data = data;
    this.from = from;
    this.to = to;
    this.target = target;
    this.sender = sender;
  }

  get bytes(): number {
    return HEADER + this.data.length;
  }

  arrive(): void {
    const socket = receiver(this.target.datagramSockets, ...this.to);
    if (socket === null) this.sender.bounce(this.target);
    else socket.receive(this.data, this.from);
  }

  toString(): string {
    return `datagram of ${this.data.length} bytes to port ${this.to[1]}`;
  }
}

class Unreachable implements Packet {
  readonly bytes = HEADER;
  readonly insists = false;
  private readonly sender: SimulatedDatagramSocket;

  constructor(sender: SimulatedDatagramSocket) {
    this.sender = sender;
  }

  arrive(): void {
    this.sender.refused();
  }

  toString(): string {
    return "port unreachable";
  }
}
