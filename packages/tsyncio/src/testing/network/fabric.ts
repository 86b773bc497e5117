/** The machines of a simulated network, and the links between them. */

import { isLocal } from "./addresses.ts";
import type { Environment } from "./environment.ts";
import { INCARNATION } from "./incarnation.ts";
import { Link } from "./link.ts";
import { Machine } from "./machine.ts";

export class Fabric {
  readonly environment: Environment;
  readonly machines = new Map<string, Machine>();
  /** The host of the code that belongs to no other: the test's own. */
  readonly test: Machine;
  private readonly links = new Map<Machine, Map<Machine, Link>>();

  constructor(environment: Environment) {
    this.environment = environment;
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
    const name = INCARNATION.get(null)?.host;
    return (name === undefined ? undefined : this.machines.get(name)) ?? this.test;
  }

  /** The machine that has the address, seen from `from`; null if there is none. */
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
      link = new Link(this.environment, from, to);
      row.set(to, link);
    }
    return link;
  }
}
