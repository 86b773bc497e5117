/** Client connections: createConnection, createUnixConnection; connectAcceptedSocket. */

import { type NetConnectOpts, Socket } from "node:net";
import { type OptionNames, ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import { type LazyContext, snapshot } from "../kernel/context.ts";
import { thenable } from "../kernel/coroutines.ts";
import { currentLoop } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter } from "../kernel/waiter.ts";
import { checkSeconds } from "../tasks/timeouts.ts";
import { connectRace, interleave } from "./connectRace.ts";
import { type Family, getaddrinfo } from "./dns.ts";
import { networkOf } from "./network.ts";
import { OSError } from "./osErrors.ts";
import { checkFactory, makeProtocol } from "./protocolFactory.ts";
import type { StreamProtocol, Transport } from "./protocols.ts";
import { SocketTransport } from "./socketTransport.ts";
import type { SocketTransportOptions } from "./socketTransportOptions.ts";
import { clientSide, handshake, serverSide, type TlsSide } from "./tlsHandshake.ts";
import {
  type ClientTls,
  HANDSHAKE_TIMEOUT,
  type ServerTls,
  SHUTDOWN_TIMEOUT,
  type TlsTimes,
  tlsTime,
} from "./tlsOptions.ts";
import { checkUnixPath } from "./unixPath.ts";

/** RFC 8305's Connection Attempt Delay, in seconds. */
const HAPPY_EYEBALLS_DELAY = 0.25;

interface ClientOptions extends TlsTimes {
  /** TLS: `true`, or Node's options. The certificate is verified unless `rejectUnauthorized: false` is given. */
  ssl?: ClientTls | null;
  /**
   * The name that the certificate must have; the host without it. To verify no name, pass
   * `ssl: { checkServerIdentity: () => undefined }`.
   */
  serverHostname?: string | null;
  /** A socket of node:net that is connected, instead of an address. */
  sock?: Socket | null;
}

/** Options of `createConnection` and `openConnection`. */
export interface ConnectionOptions extends ClientOptions {
  /** Only addresses of this family. */
  family?: Family;
  /** From where to connect. */
  localAddr?: readonly [host: string, port: number] | null;
  /** Seconds until the next address is tried beside the one before: 0.25 without it. `null` tries one after another. */
  happyEyeballsDelay?: number | null;
  /** How many addresses of the first family come before the families alternate: 1. 0 leaves the system's order. */
  interleave?: number | null;
  /** If no address connects: all errors in an `ExceptionGroup`. */
  allErrors?: boolean;
  /** SO_KEEPALIVE. */
  keepAlive?: boolean;
}

/** Options of `createUnixConnection` and `openUnixConnection`. */
export interface UnixConnectionOptions extends ClientOptions {}

/** */
export const UNIX_CONNECTION_OPTIONS: OptionNames<ClientOptions> = {
  ssl: true,
  serverHostname: true,
  sock: true,
  sslHandshakeTimeout: true,
  sslShutdownTimeout: true,
};
/** */
export const CONNECTION_OPTIONS: OptionNames<ConnectionOptions> = {
  ...UNIX_CONNECTION_OPTIONS,
  family: true,
  localAddr: true,
  happyEyeballsDelay: true,
  interleave: true,
  allErrors: true,
  keepAlive: true,
};

/**
 * Connects to a TCP server and returns `[transport, protocol]`, the protocol being made by `protocolFactory`:
 * `loop.create_connection`. Several addresses are raced. Throws `ConnectionRefusedError` and other `OSError`s,
 * `gaierror` for an unknown host, `SSLError`s, `TimeoutError` if the network gives up. Cancelled, leaves nothing
 * behind.
 */
export const createConnection = /* @__PURE__ */ thenable(function* createConnection<P extends StreamProtocol>(
  protocolFactory: () => P,
  host: string | null = null,
  port: number | string | null = null,
  options: ConnectionOptions = {},
): Coroutine<[Transport, P]> {
  const loop = currentLoop();
  const own = ownOptions("createConnection", options, CONNECTION_OPTIONS);
  checkFactory(protocolFactory, "createConnection");
  const tls = tlsPlan(own, host);
  const { sock = null, happyEyeballsDelay = HAPPY_EYEBALLS_DELAY } = own;
  checkSeconds(happyEyeballsDelay, "happyEyeballsDelay");
  if (sock !== null) {
    if (host !== null || port !== null) {
      throw new ValueError("host/port and sock can not be specified at the same time");
    }
    takeOver(loop, sock);
    return yield* attach(loop, protocolFactory, sock, tls, FOREIGN);
  }
  if (host === null && port === null) throw new ValueError("host and port was not specified and no sock specified");
  const socket = yield* connectRace(loop, yield* tcpTargets(host, port, own), {
    delay: happyEyeballsDelay,
    allErrors: own.allErrors ?? false,
  });
  return yield* attach(loop, protocolFactory, socket, tls);
});

/**
 * The same over a unix socket, or a named pipe of Windows: `loop.create_unix_connection`.
 *
 * @throws ValueError unless there is either `path` or `sock`; or for `ssl` without `serverHostname`.
 */
export const createUnixConnection = /* @__PURE__ */ thenable(function* createUnixConnection<P extends StreamProtocol>(
  protocolFactory: () => P,
  path: string | null = null,
  options: UnixConnectionOptions = {},
): Coroutine<[Transport, P]> {
  const loop = currentLoop();
  const own = ownOptions("createUnixConnection", options, UNIX_CONNECTION_OPTIONS);
  checkFactory(protocolFactory, "createUnixConnection");
  const { sock = null, ssl } = own;
  if (ssl && typeof own.serverHostname !== "string") {
    throw new ValueError("you have to pass serverHostname when using ssl");
  }
  networkOf(loop)?.refuse("a unix socket");
  const tls = tlsPlan(own, null);
  if ((path === null) === (sock === null)) {
    throw new ValueError(
      sock === null ? "no path and sock were specified" : "path and sock can not be specified at the same time",
    );
  }
  if (path !== null) checkUnixPath(path);
  if (sock !== null) {
    takeOver(loop, sock);
    if (isTcp(sock)) throw new ValueError(`A UNIX Domain Stream Socket was expected, got ${describe(sock)}`);
  }
  const socket = sock ?? (yield* connectRace(loop, [{ path: path as string }], { delay: null, allErrors: false }));
  return yield* attach(
    loop,
    protocolFactory,
    socket,
    tls,
    path === null ? FOREIGN_UNIX : { extra: { peername: path, sockname: "" } },
  );
});

/** The options of `loop.connectAcceptedSocket`. */
export interface AcceptedSocketOptions extends TlsTimes {
  /** TLS, of which this is the server's side: Node's options, at least `cert` and `key`. */
  ssl?: ServerTls | null;
}

const ACCEPTED: OptionNames<AcceptedSocketOptions> = {
  ssl: true,
  sslHandshakeTimeout: true,
  sslShutdownTimeout: true,
};

/**
 * A protocol for a connection that other code has accepted, such as a server of `node:net`:
 * `loop.connect_accepted_socket`. Throws as `startTls` does, and closes the connection then.
 */
export const connectAcceptedSocket = /* @__PURE__ */ thenable(function* connectAcceptedSocket<P extends StreamProtocol>(
  protocolFactory: () => P,
  sock: Socket,
  options: AcceptedSocketOptions = {},
): Coroutine<[Transport, P]> {
  const loop = currentLoop();
  const own = ownOptions("connectAcceptedSocket", options, ACCEPTED);
  checkFactory(protocolFactory, "connectAcceptedSocket");
  const plan = tlsPlan(own as ClientOptions, null, (seconds) => serverSide(own.ssl as ServerTls, seconds));
  takeOver(loop, sock);
  return yield* attach(loop, protocolFactory, sock, plan, FOREIGN);
});

interface TlsPlan {
  readonly ssl: ClientTls;
  readonly side: TlsSide;
  readonly handshakeTimeout: number;
  readonly shutdownTimeout: number;
}

/** Null without TLS. `makeSide` is for a server. */
function tlsPlan(
  options: ClientOptions,
  host: string | null,
  makeSide: ((seconds: number) => TlsSide) | null = null,
): TlsPlan | null {
  const { ssl = null, serverHostname = null, sslHandshakeTimeout, sslShutdownTimeout } = options;
  if (ssl === null || ssl === false) {
    if (serverHostname !== null) throw new ValueError("serverHostname is only meaningful with ssl");
    if (sslHandshakeTimeout != null) throw new ValueError("sslHandshakeTimeout is only meaningful with ssl");
    if (sslShutdownTimeout != null) throw new ValueError("sslShutdownTimeout is only meaningful with ssl");
    return null;
  }
  networkOf(currentLoop())?.refuse("TLS");
  if (makeSide === null && serverHostname === null && !host) {
    throw new ValueError("You must set serverHostname when using ssl without a host");
  }
  const handshakeTimeout = tlsTime(sslHandshakeTimeout, "sslHandshakeTimeout", HANDSHAKE_TIMEOUT);
  const shutdownTimeout = tlsTime(sslShutdownTimeout, "sslShutdownTimeout", SHUTDOWN_TIMEOUT);
  const side = makeSide?.(handshakeTimeout) ?? clientSide(ssl, serverHostname, host);
  return { ssl, side, handshakeTimeout, shutdownTimeout };
}

function* tcpTargets(
  host: string | null,
  port: number | string | null,
  options: ConnectionOptions,
): Coroutine<NetConnectOpts[]> {
  const { family = 0, localAddr = null, keepAlive = false } = options;
  const first = options.interleave ?? 1;
  if (!Number.isInteger(first)) throw new TypeError(`interleave is a whole number, got ${describe(first)}`);
  const infos = yield* getaddrinfo(host, port, { family });
  const locals = localAddr === null ? null : yield* getaddrinfo(localAddr[0], localAddr[1], { family });
  const targets: NetConnectOpts[] = [];
  for (const info of interleave(infos, first)) {
    const [address, number] = info.sockaddr;
    const target = { host: address, port: number, family: info.family, noDelay: true, keepAlive };
    const local = locals?.find((one) => one.family === info.family)?.sockaddr;
    if (local !== undefined) targets.push({ ...target, localAddress: local[0], localPort: local[1] });
    else if (locals === null) targets.push(target);
  }
  if (targets.length === 0) {
    throw new OSError(`no matching local address with family=${infos[0]?.family} found`);
  }
  return targets;
}

/** Other code has made the socket. */
const FOREIGN: SocketTransportOptions = { run: null };
const FOREIGN_UNIX: SocketTransportOptions = { run: null, extra: { sockname: "" } };

function* attach<P extends StreamProtocol>(
  loop: EventLoop,
  protocolFactory: () => P,
  socket: Socket,
  tls: TlsPlan | null,
  options: SocketTransportOptions = {},
): Coroutine<[Transport, P]> {
  const context: LazyContext = snapshot();
  let protocol: P;
  try {
    protocol = makeProtocol(protocolFactory);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  if (tls === null) return [yield* made(loop, socket, protocol, { ...options, context }), protocol];
  const { ssl, side, handshakeTimeout, shutdownTimeout } = tls;
  const secured = yield* handshake(loop, socket, side, handshakeTimeout);
  const extra = { ...options.extra, sslcontext: ssl };
  return [yield* made(loop, secured, protocol, { ...options, context, shutdownTimeout, extra }), protocol];
}

/** Nothing is read before the protocol is there; it is the protocol that says what the peer's end means. */
function takeOver(loop: EventLoop, sock: Socket): void {
  networkOf(loop)?.refuse("a socket of node:net");
  if (!(sock instanceof Socket)) throw new TypeError(`a socket of node:net is expected, got ${describe(sock)}`);
  sock.pause();
  sock.allowHalfOpen = true;
}

/** Node tells no address of a unix socket. */
function isTcp(socket: Socket): boolean {
  return socket.remoteAddress !== undefined || socket.localAddress !== undefined;
}

/** The transport of a socket that is connected. Waits until the protocol has got its `connectionMade`. */
export function* made(
  loop: EventLoop,
  socket: Socket,
  protocol: StreamProtocol,
  options: SocketTransportOptions,
): Coroutine<Transport> {
  const waiter = createWaiter<void>(loop, { describeWait: () => "connectionMade() of a protocol" });
  const transport = new SocketTransport(loop, socket, protocol, { ...options, connected: waiter });
  let done = false;
  try {
    yield* waiter;
    done = true;
    return transport;
  } finally {
    if (!done) transport.close();
  }
}
