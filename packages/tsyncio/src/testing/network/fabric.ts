/** What the hosts, links and sockets of one simulated network share. */

import type { EventLoop } from "../../kernel/loop.ts";
import { Link } from "./link.ts";
import { LIFE, Machine } from "./machine.ts";
import { type Arrival, NetworkEvent } from "./networkEvent.ts";
import type { Limits, NetworkTrace } from "./options.ts";

/** The decisions of a run, and its random numbers: its `World`. */
export interface Chances {
  /** An event of `d` seconds may take up to `d * (1 + jitter)`. */
  readonly settings: { readonly jitter: number };
  random(): number;
  chance(p: number, label: string): boolean;
}

export class Fabric {
  readonly loop: EventLoop;
  readonly chances: Chances;
  readonly limits: Limits;
  readonly machines = new Map<string, Machine>();
  /** The host of the code that belongs to no other: the test's own. */
  readonly test: Machine;
  private readonly links = new Map<Machine, Map<Machine, Link>>();
  private readonly trace: NetworkTrace | null;

  constructor(loop: EventLoop, chances: Chances, limits: Limits, trace: NetworkTrace | null) {
    this.loop = loop;
    this.chances = chances;
    this.limits = limits;
    this.trace = trace;
    this.test = this.add("test");
  }

  add(name: string): Machine {
    const number = this.machines.size + 1;
    const machine = new Machine(name, `10.0.${number >> 8}.${number & 255}`);
    this.machines.set(name, machine);
    return machine;
  }

  /** The host of the code that runs now. */
  here(): Machine {
    return LIFE.get(null)?.machine ?? this.test;
  }

  /** Whose address it is, seen from `from`; null if nobody's. */
  machineAt(address: string, from: Machine): Machine | null {
    if (isLocal(address)) return from;
    for (const machine of this.machines.values()) if (machine.address === address) return machine;
    return null;
  }

  link(from: Machine, to: Machine): Link {
    let row = this.links.get(from);
    if (row === undefined) {
      row = new Map();
      this.links.set(from, row);
    }
    let link = row.get(to);
    if (link === undefined) {
      link = new Link(this, from, to);
      row.set(to, link);
    }
    return link;
  }

  /** Something happens `delay` seconds from now: an event from outside. */
  after(delay: number, arrival: Arrival): NetworkEvent {
    return new NetworkEvent(this.loop, arrival, this.loop.time() + delay, delay);
  }

  note(what: string, from: Machine, to: Machine, subject: { toString(): string }): void {
    this.trace?.(`${this.loop.time().toFixed(6)} ${what} ${from.name} → ${to.name}: ${subject}`);
  }
}

/** A host's own loopback, or "all of my addresses" as a destination. */
export function isLocal(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || isWildcard(address);
}

export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}
