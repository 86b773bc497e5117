/** Hosts of their own on this machine: network namespaces of Linux, each with a wire to it. They need root. */

import { execFileSync } from "node:child_process";
import type { Host } from "./workers.ts";

let made = 0;

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: "pipe" });
}

export class NetworkHost implements Host {
  private readonly name: string;
  private readonly wire: string;
  /** This machine, as the host sees it. */
  readonly address: string;

  private constructor(name: string, wire: string, address: string) {
    this.name = name;
    this.wire = wire;
    this.address = address;
  }

  /** Null where this process may not make one. */
  static make(): NetworkHost | null {
    made++;
    const name = `tsyncio-${process.pid}-${made}`;
    const wire = `ts${process.pid % 100_000}-${made}`;
    // Other test files have theirs at the same time.
    const network = `10.${200 + (process.pid % 50)}.${(Math.floor(process.pid / 50) % 120) * 2 + (made % 2)}`;
    const host = new NetworkHost(name, wire, `${network}.1`);
    try {
      ip("netns", "add", name);
      ip("link", "add", wire, "type", "veth", "peer", "name", "wire", "netns", name);
      ip("address", "add", `${network}.1/24`, "dev", wire);
      ip("link", "set", wire, "up");
      ip("-n", name, "address", "add", `${network}.2/24`, "dev", "wire");
      ip("-n", name, "link", "set", "wire", "up");
      ip("-n", name, "link", "set", "lo", "up");
      return host;
    } catch {
      host.remove();
      return null;
    }
  }

  get command(): readonly string[] {
    return ["ip", "netns", "exec", this.name];
  }

  /** As if the wire were pulled out. */
  cut(): void {
    ip("link", "set", this.wire, "down");
  }

  heal(): void {
    ip("link", "set", this.wire, "up");
  }

  remove(): void {
    try {
      ip("netns", "delete", this.name); // and the wire with it
    } catch {
      // It was not made.
    }
  }
}
