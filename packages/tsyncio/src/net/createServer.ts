/** createServer and createUnixServer. */

import { createServer as createNodeServer, type Server as NodeServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { checkType, type OptionNames, ownOptions } from "../base/checks.ts";
import { ValueError } from "../base/errors.ts";
import { thenable } from "../kernel/coroutines.ts";
import { currentLoop } from "../kernel/future.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import type { Family } from "./dns.ts";
import { type ListenPlan, tcpPlan, unixPlan } from "./listen.ts";
import { type Network, networkOf } from "./network.ts";
import { checkFactory } from "./protocolFactory.ts";
import type { StreamProtocol } from "./protocols.ts";
import { makeServer, type Server, type ServerPlan } from "./server.ts";
import { endByError } from "./socketEvents.ts";
import {
  HANDSHAKE_TIMEOUT,
  readable,
  type ServerTls,
  SHUTDOWN_TIMEOUT,
  serverOptions,
  type TlsTimes,
  tlsTime,
} from "./tlsOptions.ts";

/**
 * Connections that the system keeps until they are accepted. asyncio has 100, Node 511: fewer are refused in a rush.
 */
const BACKLOG = 511;

interface CommonServerOptions extends TlsTimes {
  /** TLS: Node's options, at least `cert` and `key`. */
  ssl?: ServerTls | null;
  /** Connections that the system keeps until they are accepted: 511. */
  backlog?: number;
  /** False: the addresses are bound, and what connects is refused until `server.startServing()` or `serveForever()`. */
  startServing?: boolean;
}

/** Options of `createUnixServer` and `startUnixServer`. */
export interface UnixServerOptions extends CommonServerOptions {
  /** False: the socket's file stays when the server is closed. One that has taken its place stays always. */
  cleanupSocket?: boolean;
}

/** Options of `createServer` and `startServer`. */
export interface ServerOptions extends CommonServerOptions {
  /** Only addresses of this family. */
  family?: Family;
  /** Several servers, in several processes too, share the port; the system spreads the connections. */
  reusePort?: boolean;
  /** SO_KEEPALIVE on the connections. */
  keepAlive?: boolean;
}

const COMMON: OptionNames<CommonServerOptions> = {
  ssl: true,
  sslHandshakeTimeout: true,
  sslShutdownTimeout: true,
  backlog: true,
  startServing: true,
};
/** */
export const UNIX_SERVER_OPTIONS: OptionNames<UnixServerOptions> = { ...COMMON, cleanupSocket: true };
/** */
export const SERVER_OPTIONS: OptionNames<ServerOptions> = { ...COMMON, family: true, reusePort: true, keepAlive: true };

/**
 * A TCP server: `loop.create_server`. Each connection gets a protocol from `protocolFactory`. Without a host it listens
 * on this machine's loopback only, IPv4 and IPv6, unlike asyncio; `""` or `"::"` and `"0.0.0.0"` are everywhere. Port 0
 * lets the system choose. Throws `OSError` (`code` EADDRINUSE, EACCES, …) if it cannot listen.
 */
export const createServer = /* @__PURE__ */ thenable(function* createServer(
  protocolFactory: () => StreamProtocol,
  host: string | readonly string[] | null = null,
  port: number | string | null = null,
  options: ServerOptions = {},
): Coroutine<Server> {
  const own = ownOptions("createServer", options, SERVER_OPTIONS);
  checkFactory(protocolFactory, "createServer");
  const { family = 0, backlog = BACKLOG, reusePort = false, keepAlive = false } = own;
  checkBacklog(backlog);
  const plan = yield* tcpPlan(host, port, { family, backlog, reusePort });
  return yield* serve(plan, protocolFactory, own, { noDelay: true, keepAlive }, null);
});

/**
 * The same on a unix socket, or a named pipe of Windows: `loop.create_unix_server`. A socket file that is there already
 * is replaced; it is removed when the server closes, unless another one has taken its place by then.
 *
 * @throws ValueError without a `path`.
 */
export const createUnixServer = /* @__PURE__ */ thenable(function* createUnixServer(
  protocolFactory: () => StreamProtocol,
  path: string,
  options: UnixServerOptions = {},
): Coroutine<Server> {
  const own = ownOptions("createUnixServer", options, UNIX_SERVER_OPTIONS);
  checkFactory(protocolFactory, "createUnixServer");
  if (path === null || path === undefined) throw new ValueError("path was not specified");
  networkOf(currentLoop())?.refuse("a unix socket");
  const { backlog = BACKLOG } = own;
  checkBacklog(backlog);
  const plan = unixPlan(path, backlog);
  return yield* serve(plan, protocolFactory, own, {}, { sockname: path, peername: "" });
});

/** Node throws some of what is none in a later turn of the platform, where nothing can catch it. */
function checkBacklog(backlog: unknown): void {
  checkType(backlog, "number", "backlog is a whole number");
  if (!Number.isInteger(backlog)) throw new ValueError(`backlog is a whole number, got ${backlog}`);
}

function* serve(
  plan: ListenPlan,
  protocolFactory: () => StreamProtocol,
  options: UnixServerOptions,
  socketOptions: { noDelay?: boolean; keepAlive?: boolean },
  extra: Record<string, unknown> | null,
): Coroutine<Server> {
  const { ssl = null, sslHandshakeTimeout, sslShutdownTimeout, startServing = true } = options;
  if (ssl === null && sslHandshakeTimeout != null) {
    throw new ValueError("sslHandshakeTimeout is only meaningful with ssl");
  }
  if (ssl === null && sslShutdownTimeout != null) {
    throw new ValueError("sslShutdownTimeout is only meaningful with ssl");
  }
  const loop = currentLoop();
  const network = networkOf(loop);
  if (ssl !== null) network?.refuse("TLS");
  const handshakeTimeout = tlsTime(sslHandshakeTimeout, "sslHandshakeTimeout", HANDSHAKE_TIMEOUT);
  const tls = ssl === null ? null : Object.assign(serverOptions(ssl, handshakeTimeout), socketOptions);
  const full: ServerPlan = {
    ...plan,
    protocolFactory,
    cleanupSocket: options.cleanupSocket ?? true,
    make: (arrived, accepted) =>
      tls === null
        ? plainServer({ ...socketOptions, allowHalfOpen: true, pauseOnConnect: true }, arrived, accepted, network)
        : tlsServer(tls, arrived, accepted),
    transport:
      ssl === null
        ? { extra }
        : {
            extra: { ...extra, sslcontext: ssl },
            shutdownTimeout: tlsTime(sslShutdownTimeout, "sslShutdownTimeout", SHUTDOWN_TIMEOUT),
          },
  };
  return yield* makeServer(loop, full, startServing);
}

type Arrived = (socket: Socket) => void;
type Accepted = (socket: Socket, raw: Socket) => void;

function plainServer(
  options: NonNullable<Parameters<typeof createNodeServer>[0]> & object,
  arrived: Arrived,
  accepted: Accepted,
  network: Network | null,
): NodeServer {
  const connected = (socket: Socket): void => {
    arrived(socket);
    accepted(socket, socket);
  };
  return network?.createServer(connected) ?? createNodeServer(options, connected);
}

function tlsServer(options: ServerTls, arrived: Arrived, accepted: Accepted): NodeServer {
  const server = readable(() =>
    createTlsServer(options, (secured) => {
      secured.pause();
      secured.on("error", endByError);
      accepted(secured, (secured as TLSSocket & { _parent?: Socket })._parent ?? secured);
    }),
  );
  server.on("connection", arrived);
  // A client that does not get through the handshake is no error of the server; Node has destroyed its socket.
  server.on("tlsClientError", (_error, secured) => secured.destroy());
  return server;
}
