/** A simulated socket that listens: behaves as a `Server` of node:net. */

import type { EventLoop } from "../../kernel/loop.ts";
import { type Bound, bind, familyOf } from "./addresses.ts";
import { Emitter } from "./emitter.ts";
import type { Machine, OpenListener } from "./machine.ts";
import type { SimulatedSocket } from "./socket.ts";

interface ListenOptions {
  readonly host?: string;
  readonly port?: number;
  readonly ipv6Only?: boolean;
}

export class SimulatedListener extends Emitter implements OpenListener {
  bound: Bound | null = null;
  private readonly loop: EventLoop;
  private readonly machine: Machine;
  private readonly connected: (socket: SimulatedSocket) => void;

  constructor(loop: EventLoop, machine: Machine, connected: (socket: SimulatedSocket) => void) {
    super();
    this.loop = loop;
    this.machine = machine;
    this.connected = connected;
  }

  listen({ host = "::", port = 0, ipv6Only = false }: ListenOptions, listening: () => void): this {
    const { machine } = this;
    try {
      this.bound = bind(machine, host, port, host === "::" && !ipv6Only, machine.listeners, "listen");
      machine.listeners.add(this);
      this.loop.callSoon(listening);
    } catch (error) {
      this.loop.callSoon(() => this.emit("error", error));
    }
    return this;
  }

  address(): { address: string; port: number; family: string } | null {
    const { bound } = this;
    return bound && { address: bound.address, port: bound.port, family: `IPv${familyOf(bound.address)}` };
  }

  close(): this {
    this.machine.listeners.delete(this);
    this.bound = null;
    return this;
  }

  accept(socket: SimulatedSocket): void {
    this.connected(socket);
  }
}
