/** Names and addresses: getaddrinfo and getnameinfo. */

import { ADDRCONFIG, type LookupAddress, lookup, lookupService } from "node:dns";
import { isIP } from "node:net";
import { type OptionNames, ownOptions, withoutPrototype } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import { thenable } from "../kernel/coroutines.ts";
import { currentLoop } from "../kernel/future.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { Deferred } from "./deferred.ts";
import { networkOf } from "./network.ts";

/** 4 or 6; 0 is both. */
export type Family = 0 | 4 | 6;

/** Options of `getaddrinfo`. */
export interface AddrInfoOptions {
  family?: Family;
  type?: "stream" | "dgram";
  /** Only families that this machine has an address of. */
  addrConfig?: boolean;
}

const OPTIONS: OptionNames<AddrInfoOptions> = { family: true, type: true, addrConfig: true };

/** One of the addresses of a name. */
export interface AddrInfo {
  readonly family: 4 | 6;
  readonly type: "stream" | "dgram";
  readonly sockaddr: readonly [host: string, port: number];
}

/**
 * The addresses of a host, in the order of the system: `loop.getaddrinfo`. A `null` host is this machine's loopback.
 * Throws `gaierror` if there are none. When cancelled, the system's own search goes on, and its result is dropped.
 */
export const getaddrinfo = /* @__PURE__ */ thenable(function* getaddrinfo(
  host: string | null,
  port: number | string | null,
  options: AddrInfoOptions = {},
): Coroutine<AddrInfo[]> {
  const { family = 0, type = "stream", addrConfig = false } = ownOptions("getaddrinfo", options, OPTIONS);
  const number = checkPort(port);
  if (host !== null) checkHost(host);
  const found = yield* addressesOf(host, family, addrConfig);
  return found.map((one) => ({ family: one.family as 4 | 6, type, sockaddr: [one.address, number] }));
});

/**
 * The host's name and the service's: `loop.getnameinfo`. Throws `gaierror` if there is none, `ValueError` if the host
 * is not an IP address.
 */
export const getnameinfo = /* @__PURE__ */ thenable(function* getnameinfo(
  address: readonly [host: string, port: number],
): Coroutine<[host: string, service: string]> {
  const [host, port] = address;
  if (isIP(host) === 0) throw new ValueError(`getnameinfo expects an IP address, got ${JSON.stringify(host)}`);
  const loop = currentLoop();
  const found = new Deferred<[string, string]>(loop, `the name of ${host}`);
  const settled = (error: Error | null, name: string, service: string): void => found.settle(error, [name, service]);
  const network = networkOf(loop);
  if (network === null) lookupService(host, checkPort(port), settled);
  else network.lookupService(host, checkPort(port), settled);
  return yield* found.future;
});

function* addressesOf(host: string | null, family: Family, addrConfig: boolean): Coroutine<LookupAddress[]> {
  if (host === null) {
    const both = [
      { address: "127.0.0.1", family: 4 },
      { address: "::1", family: 6 },
    ];
    return both.filter((one) => family === 0 || one.family === family);
  }
  const literal = isIP(host.replace(/%.*$/, ""));
  if (literal !== 0 && (family === 0 || family === literal)) return [{ address: host, family: literal }];
  const loop = currentLoop();
  const found = new Deferred<LookupAddress[]>(loop, `the addresses of ${host}`);
  const options = withoutPrototype({ all: true, family, verbatim: true, hints: addrConfig ? ADDRCONFIG : 0 } as const);
  const settled = (error: Error | null, addresses: LookupAddress[]): void => found.settle(error, addresses);
  const network = networkOf(loop);
  if (network === null) lookup(host, options, settled);
  else network.lookup(host, options, settled);
  return yield* found.future;
}

/**
 * Throws `TypeError` unless it is text, `ValueError` for text that is no name, which the system would cut or refuse.
 */
function checkHost(host: unknown): void {
  if (typeof host !== "string") throw new TypeError(`a host is a string or null, got ${describe(host)}`);
  if (host === "" || host.includes("\0")) throw new ValueError(`${describe(host)} is no name of a host`);
}

/** Throws unless it is a number from 0 to 65535, or the text of one. */
export function checkPort(port: unknown): number {
  if (port === null || port === undefined) return 0;
  const number = typeof port === "string" && /^\d+$/.test(port) ? Number(port) : port;
  if (typeof number !== "number") throw new TypeError(`a port is a number, got ${describe(port)}`);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    throw new ValueError(`a port is a whole number from 0 to 65535, got ${number}`);
  }
  return number;
}
