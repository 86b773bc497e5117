/** asyncio's streams: openConnection, startServer and their unix forms. */

import { ownOptions } from "../base/checks.ts";
import { thenable } from "../kernel/coroutines.ts";
import { currentLoop } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import {
  CONNECTION_OPTIONS,
  type ConnectionOptions,
  createConnection,
  createUnixConnection,
  UNIX_CONNECTION_OPTIONS,
  type UnixConnectionOptions,
} from "./connection.ts";
import {
  createServer,
  createUnixServer,
  SERVER_OPTIONS,
  type ServerOptions,
  UNIX_SERVER_OPTIONS,
  type UnixServerOptions,
} from "./createServer.ts";
import type { Server } from "./server.ts";
import { type ClientConnected, checkClientConnected, StreamReaderProtocol } from "./streamProtocol.ts";
import { StreamReader } from "./streamReader.ts";
import { StreamWriter } from "./streamWriter.ts";

interface Limit {
  /**
   * In bytes: the longest line, and half of what a reader buffers before its transport is paused. 64 KiB without it.
   */
  limit?: number;
}

/**
 * Connects, and returns `[reader, writer]`: `asyncio.open_connection`. Options and errors as for `createConnection`.
 *
 *     const [reader, writer] = yield* openConnection("example.org", 443, { ssl: true });
 */
export const openConnection = /* @__PURE__ */ thenable(function* openConnection(
  host: string | null = null,
  port: number | string | null = null,
  options: ConnectionOptions & Limit = {},
): Coroutine<[StreamReader, StreamWriter]> {
  const loop = currentLoop();
  const { limit, ...others } = ownOptions("openConnection", options, { ...CONNECTION_OPTIONS, limit: true });
  const { reader, protocol } = makeStreams(loop, limit, null);
  const [transport] = yield* createConnection(() => protocol, host, port, others);
  return [reader, new StreamWriter(transport, protocol, reader, loop)];
});

/** The same over a unix socket: `asyncio.open_unix_connection`. */
export const openUnixConnection = /* @__PURE__ */ thenable(function* openUnixConnection(
  path: string | null = null,
  options: UnixConnectionOptions & Limit = {},
): Coroutine<[StreamReader, StreamWriter]> {
  const loop = currentLoop();
  const { limit, ...others } = ownOptions("openUnixConnection", options, { ...UNIX_CONNECTION_OPTIONS, limit: true });
  const { reader, protocol } = makeStreams(loop, limit, null);
  const [transport] = yield* createUnixConnection(() => protocol, path, others);
  return [reader, new StreamWriter(transport, protocol, reader, loop)];
});

/**
 * A TCP server that calls `clientConnected(reader, writer)` for each connection: `asyncio.start_server`. A coroutine
 * that it returns runs as a task; one that fails is reported, and its connection closed. Options and errors as for
 * `createServer`: without a host it listens on the loopback only.
 *
 *     const server = yield* startServer(handle, "127.0.0.1", 8888);
 *     yield* server.serveForever();
 */
export const startServer = /* @__PURE__ */ thenable(function* startServer(
  clientConnected: ClientConnected,
  host: string | readonly string[] | null = null,
  port: number | string | null = null,
  options: ServerOptions & Limit = {},
): Coroutine<Server> {
  const loop = currentLoop();
  const { limit, ...others } = ownOptions("startServer", options, { ...SERVER_OPTIONS, limit: true });
  const factory = streamsFactory(loop, limit, clientConnected);
  return yield* createServer(factory, host, port, others);
});

/** The same on a unix socket: `asyncio.start_unix_server`. */
export const startUnixServer = /* @__PURE__ */ thenable(function* startUnixServer(
  clientConnected: ClientConnected,
  path: string,
  options: UnixServerOptions & Limit = {},
): Coroutine<Server> {
  const loop = currentLoop();
  const { limit, ...others } = ownOptions("startUnixServer", options, { ...UNIX_SERVER_OPTIONS, limit: true });
  const factory = streamsFactory(loop, limit, clientConnected);
  return yield* createUnixServer(factory, path, others);
});

function streamsFactory(
  loop: EventLoop,
  limit: number | undefined,
  clientConnected: ClientConnected,
): () => StreamReaderProtocol {
  checkClientConnected(clientConnected);
  const factory = (): StreamReaderProtocol => makeStreams(loop, limit, clientConnected).protocol;
  factory(); // throws now for what would else fail at each connection
  return factory;
}

function makeStreams(
  loop: EventLoop,
  limit: number | undefined,
  clientConnected: ClientConnected | null,
): { reader: StreamReader; protocol: StreamReaderProtocol } {
  const reader = new StreamReader(limit === undefined ? { loop } : { limit, loop });
  return { reader, protocol: new StreamReaderProtocol(reader, clientConnected, { loop }) };
}
