/** A simulated machine: its address, its ports, and what is open on it. */

import { ContextVar } from "../../kernel/context.ts";
import type { SimulatedDatagramSocket } from "./datagramSocket.ts";
import type { SimulatedListener } from "./listener.ts";
import type { SimulatedSocket } from "./socket.ts";

/** From its start to its crash. Tasks and callbacks carry the life that they belong to. */
export interface Life {
  readonly machine: Machine;
  alive: boolean;
}

export const LIFE = new ContextVar<Life | null>("the simulated host", { default: null });

const FIRST_PORT = 49_152;
const LAST_PORT = 65_535;

export class Machine {
  readonly name: string;
  readonly address: string;
  life: Life | null = null;
  readonly sockets = new Set<SimulatedSocket>();
  readonly listeners = new Set<SimulatedListener>();
  readonly datagramSockets = new Set<SimulatedDatagramSocket>();
  private nextPort = FIRST_PORT;

  constructor(name: string, address: string) {
    this.name = name;
    this.address = address;
  }

  /** A port that nobody has: `taken` says which somebody has. */
  freePort(taken: (port: number) => boolean): number {
    for (let i = FIRST_PORT; i <= LAST_PORT; i++) {
      const port = this.nextPort;
      this.nextPort = port === LAST_PORT ? FIRST_PORT : port + 1;
      if (!taken(port)) return port;
    }
    throw new RangeError(`host ${this.name} has no free port`);
  }

  /** The program is dead; the system has forgotten all that it had open, and tells the peers. */
  crash(): void {
    this.die();
    for (const socket of [...this.sockets]) socket.crash();
  }

  /** Nobody is told, nor does it matter. The host of the test's own code stays. */
  switchOff(): void {
    if (this.life === null) return;
    this.die();
    for (const socket of this.sockets) socket.silence();
    this.sockets.clear();
  }

  private die(): void {
    if (this.life !== null) this.life.alive = false;
    this.life = null;
    this.listeners.clear();
    for (const socket of [...this.datagramSockets]) socket.crash();
  }
}
