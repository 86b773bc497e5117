/** Binding: which addresses a host has, and which of them are taken. */

import { systemError } from "./systemError.ts";

/** What a socket is bound to. `both`: `::` that takes IPv4 too. */
export interface Bound {
  readonly address: string;
  readonly port: number;
  readonly both: boolean;
}

/** What a machine has for what is bound on it. */
interface Ports {
  readonly address: string;
  freePort(taken: (port: number) => boolean): number;
}

/** A host's own loopback, or "all of my addresses" as a destination. */
export function isLocal(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || isWildcard(address);
}

export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

export function familyOf(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

/** Throws `EADDRNOTAVAIL` or `EADDRINUSE`. Port 0 is one that is free. */
export function bind(
  machine: Ports,
  address: string,
  port: number,
  both: boolean,
  others: Iterable<{ readonly bound: Bound | null }>,
  syscall: string,
): Bound {
  if (!has(machine, address)) throw systemError(syscall, "EADDRNOTAVAIL", { address, port });
  const taken = (candidate: number): boolean => {
    for (const { bound } of others) if (bound?.port === candidate && collide(bound, { address, both })) return true;
    return false;
  };
  if (port === 0) return { address, port: machine.freePort(taken), both };
  if (taken(port)) throw systemError(syscall, "EADDRINUSE", { address, port });
  return { address, port, both };
}

/** The one that gets what is sent to the address and port: a narrower one comes first. */
export function receiver<S extends { readonly bound: Bound | null }>(
  sockets: Iterable<S>,
  address: string,
  port: number,
): S | null {
  let wide: S | null = null;
  for (const socket of sockets) {
    const { bound } = socket;
    if (bound?.port !== port) continue;
    if (bound.address === address) return socket;
    if (isWildcard(bound.address) && (bound.both || familyOf(bound.address) === familyOf(address))) wide ??= socket;
  }
  return wide;
}

function has(machine: Ports, address: string): boolean {
  return address === machine.address || isLocal(address);
}

function collide(bound: Bound, other: { address: string; both: boolean }): boolean {
  const sameFamily = familyOf(bound.address) === familyOf(other.address);
  if (!sameFamily) return bound.both || other.both;
  return bound.address === other.address || isWildcard(bound.address) || isWildcard(other.address);
}
