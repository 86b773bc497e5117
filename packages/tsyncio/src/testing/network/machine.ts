/** A simulated machine: its address, its ports, and what is open on it. */

import type { Bound } from "./addresses.ts";
import type { Incarnation } from "./incarnation.ts";

/** What a machine knows of the sockets that are open on it. */
export interface OpenSocket {
  readonly bound: Bound | null;
  /** The program is dead: it is told nothing. */
  crash(): void;
}

export interface OpenConnection extends OpenSocket {
  /** Closes it without telling the peer either. */
  discard(): void;
}

export interface OpenListener {
  readonly bound: Bound | null;
  accept(socket: OpenConnection): void;
}

export interface OpenDatagramSocket extends OpenSocket {
  receive(data: Uint8Array, from: readonly [address: string, port: number]): void;
}

const FIRST_PORT = 49_152;
const LAST_PORT = 65_535;

export class Machine {
  readonly name: string;
  readonly address: string;
  /** Null from a crash to the restart, and for the host of the test's own code. */
  incarnation: Incarnation | null = null;
  readonly connections = new Set<OpenConnection>();
  readonly listeners = new Set<OpenListener>();
  readonly datagramSockets = new Set<OpenDatagramSocket>();
  private nextPort = FIRST_PORT;

  constructor(name: string, address: string) {
    this.name = name;
    this.address = address;
  }

  /** A port for which `taken` is false. */
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
    for (const connection of [...this.connections]) connection.crash();
  }

  /** At the end of the simulation: the peers are not told. The host of the test's own code stays. */
  switchOff(): void {
    if (this.incarnation === null) return;
    this.die();
    for (const connection of this.connections) connection.discard();
    this.connections.clear();
  }

  private die(): void {
    if (this.incarnation !== null) this.incarnation.alive = false;
    this.incarnation = null;
    this.listeners.clear();
    for (const socket of [...this.datagramSockets]) socket.crash();
  }
}
