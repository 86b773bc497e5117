/** Client connections: createConnection, createUnixConnection, startTls. */

import { type NetConnectOpts, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { describe } from "../kernel/describe.ts";
import { ValueError } from "../kernel/errors.ts";
import { currentLoop } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter } from "../kernel/waiter.ts";
import { connectRace, interleave } from "./connectRace.ts";
import { type Family, getaddrinfo } from "./dns.ts";
import { networkOf } from "./network.ts";
import type { StreamProtocol } from "./protocols.ts";
import { SocketTransport, type SocketTransportOptions } from "./socketTransport.ts";
import {
  type ClientTls,
  clientHandshake,
  HANDSHAKE_TIMEOUT,
  type ServerTls,
  SHUTDOWN_TIMEOUT,
  serverHandshake,
  type TlsTimes,
  tlsTime,
} from "./tlsHandshake.ts";
import type { Transport } from "./transports.ts";

/** RFC 8305's Connection Attempt Delay, in seconds. */
const HAPPY_EYEBALLS_DELAY = 0.25;

interface ClientOptions extends TlsTimes {
  /** TLS: `true`, or Node's options. The certificate is verified unless `rejectUnauthorized: false` is given. */
  ssl?: ClientTls | null;
  /** The name that the certificate must have; the host without it. An empty one is not checked. */
  serverHostname?: string | null;
  /** A socket of node:net that is connected, instead of an address. */
  sock?: Socket | null;
}

export interface ConnectionOptions extends ClientOptions {
  /** Only addresses of this family. */
  family?: Family;
  /** From where to connect. */
  localAddr?: readonly [host: string, port: number] | null;
  /** Seconds until the next address is tried beside the one before: 0.25 without it. `null` tries one after another. */
  happyEyeballsDelay?: number | null;
  /** So many addresses of the first family come before the families alternate: 1. 0 leaves the system's order. */
  interleave?: number | null;
  /** If no address connects: all errors in an `ExceptionGroup`. */
  allErrors?: boolean;
  /** SO_KEEPALIVE. */
  keepAlive?: boolean;
}

export interface UnixConnectionOptions extends ClientOptions {}

/**
 * Connects to a TCP server and gives `[transport, protocol]`, the protocol being made by `protocolFactory`:
 * `loop.create_connection`. Several addresses are raced. Throws `ConnectionRefusedError` and other `OSError`s,
 * `gaierror` for an unknown host, `SSLError`s, `TimeoutError` if the network gives up. Cancelled, leaves nothing behind.
 */
export function* createConnection<P extends StreamProtocol>(
  protocolFactory: () => P,
  host: string | null = null,
  port: number | string | null = null,
  options: ConnectionOptions = {},
): Coroutine<[Transport, P]> {
  const loop = currentLoop();
  const tls = tlsPlan(options, host);
  const { sock = null } = options;
  if (sock !== null) {
    if (host !== null || port !== null) {
      throw new ValueError("host/port and sock can not be specified at the same time");
    }
    takeOver(loop, sock);
    return yield* attach(loop, protocolFactory, sock, tls, FOREIGN);
  }
  if (host === null && port === null) throw new ValueError("host and port was not specified and no sock specified");
  const socket = yield* connectRace(loop, yield* tcpTargets(host, port, options), {
    delay: options.happyEyeballsDelay === undefined ? HAPPY_EYEBALLS_DELAY : options.happyEyeballsDelay,
    allErrors: options.allErrors ?? false,
  });
  return yield* attach(loop, protocolFactory, socket, tls);
}

/** The same over a unix socket, or a named pipe of Windows: `loop.create_unix_connection`. */
export function* createUnixConnection<P extends StreamProtocol>(
  protocolFactory: () => P,
  path: string | null = null,
  options: UnixConnectionOptions = {},
): Coroutine<[Transport, P]> {
  const loop = currentLoop();
  const { sock = null, ssl } = options;
  if (ssl && typeof options.serverHostname !== "string") {
    throw new ValueError("you have to pass serverHostname when using ssl");
  }
  networkOf(loop)?.refuse("a unix socket");
  const tls = tlsPlan(options, null);
  if ((path === null) === (sock === null)) {
    throw new ValueError(
      sock === null ? "no path and sock were specified" : "path and sock can not be specified at the same time",
    );
  }
  if (sock !== null) takeOver(loop, sock);
  const socket = sock ?? (yield* connectRace(loop, [{ path: path as string }], { delay: null, allErrors: false }));
  return yield* attach(loop, protocolFactory, socket, tls, path === null ? FOREIGN : { extra: { peername: path } });
}

export interface AcceptedSocketOptions extends TlsTimes {
  /** TLS, of which this is the server's side: Node's options, at least `cert` and `key`. */
  ssl?: ServerTls | null;
}

/**
 * A protocol for a connection that somebody else has accepted, such as a server of `node:net`:
 * `loop.connect_accepted_socket`. Throws as `startTls` does, and closes the connection then.
 */
export function* connectAcceptedSocket<P extends StreamProtocol>(
  protocolFactory: () => P,
  sock: Socket,
  options: AcceptedSocketOptions = {},
): Coroutine<[Transport, P]> {
  const loop = currentLoop();
  const plan = tlsPlan(options as ClientOptions, "");
  takeOver(loop, sock);
  return yield* attach(loop, protocolFactory, sock, plan, FOREIGN, true);
}

export interface StartTlsOptions extends TlsTimes {
  /** This side is the server. */
  serverSide?: boolean;
  serverHostname?: string | null;
}

/**
 * Goes on with TLS on a connection that was made without: `loop.start_tls`. Gives the transport to use from now on; the
 * old one must not be used. Throws as `createConnection` does, and closes the connection then.
 */
export function* startTls(
  transport: Transport,
  protocol: StreamProtocol,
  ssl: ClientTls | ServerTls,
  options: StartTlsOptions = {},
): Coroutine<Transport> {
  const loop = currentLoop();
  if (!(transport instanceof SocketTransport)) {
    throw new TypeError(`transport ${transport} is not supported by startTls()`);
  }
  networkOf(loop)?.refuse("TLS");
  const { serverSide = false, serverHostname = null } = options;
  const seconds = tlsTime(options.sslHandshakeTimeout, "sslHandshakeTimeout", HANDSHAKE_TIMEOUT);
  const shutdownTimeout = tlsTime(options.sslShutdownTimeout, "sslShutdownTimeout", SHUTDOWN_TIMEOUT);
  const released = transport._release();
  if (released === null) throw new ValueError(`startTls() of a transport that is closing: ${transport}`);
  const { socket, unread, server, run } = released;
  for (const chunk of unread.reverse()) socket.unshift(chunk);
  const secured = yield* handshake(loop, socket, serverSide, ssl, serverHostname ?? "", seconds);
  return yield* made(loop, secured, protocol, {
    shutdownTimeout,
    server,
    run,
    upgraded: true,
    extra: { sslcontext: ssl },
  });
}

interface TlsPlan {
  readonly ssl: ClientTls;
  readonly hostname: string;
  readonly handshakeTimeout: number;
  readonly shutdownTimeout: number;
}

function tlsPlan(options: ClientOptions, host: string | null): TlsPlan | null {
  const { ssl = null, serverHostname = null, sslHandshakeTimeout, sslShutdownTimeout } = options;
  if (ssl === null || ssl === false) {
    if (serverHostname !== null) throw new ValueError("serverHostname is only meaningful with ssl");
    if (sslHandshakeTimeout != null) throw new ValueError("sslHandshakeTimeout is only meaningful with ssl");
    if (sslShutdownTimeout != null) throw new ValueError("sslShutdownTimeout is only meaningful with ssl");
    return null;
  }
  networkOf(currentLoop())?.refuse("TLS");
  const hostname = serverHostname ?? host;
  if (hostname === null) throw new ValueError("You must set serverHostname when using ssl without a host");
  return {
    ssl,
    hostname,
    handshakeTimeout: tlsTime(sslHandshakeTimeout, "sslHandshakeTimeout", HANDSHAKE_TIMEOUT),
    shutdownTimeout: tlsTime(sslShutdownTimeout, "sslShutdownTimeout", SHUTDOWN_TIMEOUT),
  };
}

function* tcpTargets(
  host: string | null,
  port: number | string | null,
  options: ConnectionOptions,
): Coroutine<NetConnectOpts[]> {
  const { family = 0, localAddr = null, keepAlive = false } = options;
  const infos = yield* getaddrinfo(host, port, { family });
  const locals = localAddr === null ? null : yield* getaddrinfo(localAddr[0], localAddr[1], { family });
  const targets: NetConnectOpts[] = [];
  for (const info of interleave(infos, options.interleave ?? 1)) {
    const [address, number] = info.sockaddr;
    const target = { host: address, port: number, family: info.family, noDelay: true, keepAlive };
    const local = locals?.find((one) => one.family === info.family)?.sockaddr;
    if (local !== undefined) targets.push({ ...target, localAddress: local[0], localPort: local[1] });
    else if (locals === null) targets.push(target);
  }
  if (targets.length === 0) throw new ValueError(`localAddr has no address of the family of ${host}`);
  return targets;
}

/** Somebody else has made the socket. */
const FOREIGN: SocketTransportOptions = { run: null };

function* attach<P extends StreamProtocol>(
  loop: EventLoop,
  protocolFactory: () => P,
  socket: Socket,
  tls: TlsPlan | null,
  options: SocketTransportOptions = {},
  serverSide = false,
): Coroutine<[Transport, P]> {
  let protocol: P;
  try {
    protocol = protocolFactory();
  } catch (error) {
    socket.destroy();
    throw error;
  }
  if (tls === null) return [yield* made(loop, socket, protocol, options), protocol];
  const { ssl, hostname, handshakeTimeout, shutdownTimeout } = tls;
  const secured = yield* handshake(loop, socket, serverSide, ssl, hostname, handshakeTimeout);
  const extra = { ...options.extra, sslcontext: ssl };
  return [yield* made(loop, secured, protocol, { ...options, shutdownTimeout, extra }), protocol];
}

function handshake(
  loop: EventLoop,
  socket: Socket,
  serverSide: boolean,
  ssl: ClientTls | ServerTls,
  hostname: string,
  seconds: number,
): Coroutine<TLSSocket> {
  return serverSide
    ? serverHandshake(loop, socket, ssl as ServerTls, seconds)
    : clientHandshake(loop, socket, ssl as ClientTls, hostname, seconds);
}

/** Nothing is read before the protocol is there; it is the protocol that says what the peer's end means. */
function takeOver(loop: EventLoop, sock: Socket): void {
  networkOf(loop)?.refuse("a socket of node:net");
  if (!(sock instanceof Socket)) throw new TypeError(`a socket of node:net is expected, got ${describe(sock)}`);
  sock.pause();
  sock.allowHalfOpen = true;
}

/** Waits until the protocol has got its `connectionMade`. */
function* made(
  loop: EventLoop,
  socket: Socket,
  protocol: StreamProtocol,
  options: SocketTransportOptions,
): Coroutine<Transport> {
  const waiter = createWaiter<void>(loop, { describeWait: () => "connectionMade() of a protocol" });
  const transport = new SocketTransport(loop, socket, protocol, { ...options, waiter });
  let done = false;
  try {
    yield* waiter;
    done = true;
    return transport;
  } finally {
    if (!done) transport.close();
  }
}
