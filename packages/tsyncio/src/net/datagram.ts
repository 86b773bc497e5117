/** UDP: createDatagramEndpoint. */

import { createSocket, type Socket, type SocketOptions } from "node:dgram";
import { lookup } from "node:dns";
import { isIP } from "node:net";
import { type OptionNames, ownOptions, withoutPrototype } from "../base/checks.ts";
import { ValueError } from "../base/errors.ts";
import { thenable } from "../kernel/coroutines.ts";
import { currentLoop } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter } from "../kernel/waiter.ts";
import { DatagramSocketTransport } from "./datagramTransport.ts";
import { Deferred } from "./deferred.ts";
import { type AddrInfo, type Family, getaddrinfo } from "./dns.ts";
import { checkReusePort } from "./listen.ts";
import { networkOf } from "./network.ts";
import { checkFactory, makeProtocol } from "./protocolFactory.ts";
import type { DatagramProtocol, DatagramTransport } from "./protocols.ts";
import { ignoreError } from "./socketEvents.ts";

type HostAndPort = readonly [host: string, port: number | string];

/** Options of `createDatagramEndpoint`. */
export interface DatagramOptions {
  /** Where to receive. */
  localAddr?: HostAndPort | null;
  /** Where all goes, and the only address from which something is received. */
  remoteAddr?: HostAndPort | null;
  /** Needed if neither address is given. */
  family?: Family;
  reusePort?: boolean;
  allowBroadcast?: boolean;
}

const OPTIONS: OptionNames<DatagramOptions> = {
  localAddr: true,
  remoteAddr: true,
  family: true,
  reusePort: true,
  allowBroadcast: true,
};

/**
 * A UDP socket: `loop.create_datagram_endpoint`. Returns `[transport, protocol]`. Throws `OSError` if it cannot be
 * bound, `gaierror` for an unknown host. Cancelled, leaves nothing behind.
 */
export const createDatagramEndpoint = /* @__PURE__ */ thenable(function* createDatagramEndpoint<
  P extends DatagramProtocol,
>(protocolFactory: () => P, options: DatagramOptions = {}): Coroutine<[DatagramTransport, P]> {
  const loop = currentLoop();
  const own = ownOptions("createDatagramEndpoint", options, OPTIONS);
  checkFactory(protocolFactory, "createDatagramEndpoint");
  const { localAddr = null, remoteAddr = null, family = 0 } = own;
  if (localAddr === null && remoteAddr === null && family === 0) throw new ValueError("unexpected address family");
  const local = localAddr === null ? null : yield* resolve(localAddr, family);
  const remote = remoteAddr === null ? null : yield* resolve(remoteAddr, family);
  const chosen = (local ?? remote)?.find(
    (info) => local === null || remote === null || remote.some((other) => other.family === info.family),
  )?.family;
  if (chosen === undefined && (local !== null || remote !== null)) {
    throw new ValueError("can not get address information: no family has both addresses");
  }
  const version = chosen ?? (family === 6 ? 6 : 4);
  const settings: SocketOptions & { reusePort?: boolean } = {
    type: version === 6 ? "udp6" : "udp4",
    lookup: lookupNow,
  };
  if (version === 6) settings.ipv6Only = true;
  if (own.reusePort) settings.reusePort = checkReusePort();
  const socket = networkOf(loop)?.createSocket(settings) ?? createSocket(withoutPrototype(settings));
  let done = false;
  try {
    yield* bind(loop, socket, addressIn(local, version));
    const peer = addressIn(remote, version);
    if (peer !== null) yield* connect(loop, socket, peer);
    if (own.allowBroadcast) socket.setBroadcast(true);
    const protocol = makeProtocol(protocolFactory);
    const waiter = createWaiter<void>(loop, { describeWait: () => "connectionMade() of a protocol" });
    const transport = new DatagramSocketTransport(loop, socket, protocol, peer, waiter);
    done = true;
    try {
      yield* waiter;
    } catch (error) {
      transport.abort();
      throw error;
    }
    return [transport, protocol];
  } finally {
    if (!done) {
      socket.on("error", ignoreError);
      socket.close();
    }
  }
});

/** Addresses need no search: Node would take a tick for each datagram to find them. */
const lookupNow: NonNullable<SocketOptions["lookup"]> = (host, options, callback) => {
  const family = isIP(host);
  if (family === 0) lookup(host, options, callback);
  else callback(null, host, family);
};

function* resolve([host, port]: HostAndPort, family: Family): Coroutine<AddrInfo[]> {
  return yield* getaddrinfo(host, port, { family, type: "dgram" });
}

function addressIn(infos: readonly AddrInfo[] | null, family: 4 | 6): readonly [string, number] | null {
  return infos?.find((info) => info.family === family)?.sockaddr ?? null;
}

function* bind(loop: EventLoop, socket: Socket, address: readonly [string, number] | null): Coroutine<void> {
  const [host, port] = address ?? [undefined, 0];
  yield* event(loop, socket, "listening", `binding of ${host ?? "*"}:${port}`, () => {
    socket.bind(
      withoutPrototype(host === undefined ? { port, exclusive: true } : { address: host, port, exclusive: true }),
    );
  });
}

function* connect(loop: EventLoop, socket: Socket, [host, port]: readonly [string, number]): Coroutine<void> {
  yield* event(loop, socket, "connect", `connection to ${host}:${port}`, () => socket.connect(port, host));
}

function* event(loop: EventLoop, socket: Socket, name: string, what: string, begin: () => void): Coroutine<void> {
  const { future, resolve, reject } = new Deferred(loop, `the ${what}`);
  socket.once(name, resolve);
  socket.on("error", reject);
  try {
    begin();
    yield* future;
  } finally {
    socket.off(name, resolve);
    socket.on("error", ignoreError);
    socket.off("error", reject);
  }
}
