/** The awaits that make connections and servers. */

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { type AddressInfo, connect, createServer as createSocketServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Coroutine, fromPromise } from "tsyncio";
import {
  connectAcceptedSocket,
  createConnection,
  createDatagramEndpoint,
  createServer,
  createUnixConnection,
  createUnixServer,
  DatagramProtocol,
  getaddrinfo,
  getnameinfo,
  openConnection,
  openUnixConnection,
  type Server,
  type StreamWriter,
  sendfile,
  startServer,
  startTls,
  startUnixServer,
  type Transport,
} from "tsyncio/net";
import { Notes } from "../net/support.ts";
import type { Awaits, Every } from "./every.ts";
import { clientTls, greeter, inSilence, serverTls, silence, stop, unixGreeter } from "./places.ts";

/** Whatever was made is closed. */
function* closed(result: unknown): Coroutine<void> {
  const made = (Array.isArray(result) ? result : [result]) as (Partial<Transport> & Partial<StreamWriter>)[];
  for (const one of made) one?.close?.();
}

/** Connections to a server that is there for all attempts. */
const to =
  <W>(server: (body: (where: W) => Coroutine<void>) => Coroutine<void>) =>
  (make: (where: W) => Coroutine<unknown>) =>
  (every: Every): Coroutine<void> =>
    server(function* (where) {
      yield* every("ends", function* () {
        return { wait: make(where), after: closed };
      });
    });

const plain = to<number>((body) => greeter({}, body));
const tls = to<number>((body) => greeter(serverTls(), body));
const unix = to<string>((body) => unixGreeter({}, body));
const unixTls = to<string>((body) => unixGreeter(serverTls(), body));

/** A server is made, and closed if it was. */
const serving = (make: (path: string) => Coroutine<Server>) =>
  function* (every: Every) {
    const folder = mkdtempSync(join(tmpdir(), "tsyncio-awaits-"));
    yield* every("ends", function* () {
      return {
        wait: make(join(folder, "s")),
        after: (server) => (server === undefined ? undefined : stop(server as Server)),
      };
    });
    rmSync(folder, { recursive: true });
  };

/** A lookup: nothing to close. */
const lookup = (make: () => Coroutine<unknown>) =>
  function* (every: Every) {
    yield* every("ends", function* () {
      return { wait: make() };
    });
  };

/** TLS on connections that are there already. */
const upgrade = (make: (writer: StreamWriter) => Coroutine<unknown>) => (every: Every) =>
  greeter(serverTls(), function* (port) {
    yield* every("ends", function* () {
      const [, writer] = yield* openConnection("127.0.0.1", port);
      return { wait: make(writer), after: () => writer.transport.abort() };
    });
  });

/** A socket that node:net has accepted, for each attempt. */
const accepted = (tls: boolean) =>
  function* (every: Every) {
    const server = createSocketServer({ pauseOnConnect: true });
    yield* fromPromise(new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
    const { port } = server.address() as AddressInfo;
    yield* every(tls ? "endless" : "ends", function* () {
      const arrived = once(server, "connection");
      const client = connect(port, "127.0.0.1").on("error", () => {});
      const [socket] = (yield* fromPromise(arrived)) as [Socket];
      // A client that says nothing.
      const wait = connectAcceptedSocket(notes, socket, tls ? serverTls() : {});
      return { wait, after: () => void [client.destroy(), socket.destroy()] };
    });
    server.close();
  };

const notes = (): Notes => new Notes();
const never = { rejectUnauthorized: false };

export const connections: Awaits = {
  createConnection: plain((port) => createConnection(notes, "localhost", port)),
  "createConnection with TLS": tls((port) => createConnection(notes, "localhost", port, clientTls())),
  "createConnection, TLS to a peer that says nothing": (every) =>
    every(
      "endless",
      inSilence(({ port }) => createConnection(notes, "127.0.0.1", port, { ssl: true })),
    ),
  openConnection: plain((port) => openConnection("localhost", port)),
  "openConnection with TLS": tls((port) => openConnection("localhost", port, clientTls())),
  createUnixConnection: unix((path) => createUnixConnection(notes, path)),
  openUnixConnection: unix((path) => openUnixConnection(path)),
  "openUnixConnection with TLS": unixTls((path) => openUnixConnection(path, clientTls())),
  connectAcceptedSocket: accepted(false),
  "connectAcceptedSocket, TLS with a peer that says nothing": accepted(true),
  sendfile: function* (every) {
    const file = yield* fromPromise(open("/dev/zero"));
    yield* every(
      "endless",
      inSilence(({ writer }) => sendfile(writer.transport as Transport, file)),
    );
    yield* fromPromise(file.close());
  },
  createServer: serving(() => createServer(notes, null, 0)),
  startServer: serving(() => startServer(() => {}, ["127.0.0.1", "::1"], 0)),
  createUnixServer: serving((path) => createUnixServer(notes, path)),
  startUnixServer: serving((path) => startUnixServer(() => {}, path)),
  createDatagramEndpoint: lookup(function* () {
    const remoteAddr = ["localhost", 9] as const;
    const [transport] = yield* createDatagramEndpoint(() => new DatagramProtocol(), { remoteAddr });
    transport.close();
  }),
  startTls: upgrade((writer) =>
    startTls(writer.transport as Transport, notes(), { ca: clientTls().ssl.ca }, { serverHostname: "localhost" }),
  ),
  "StreamWriter.startTls": upgrade((writer) =>
    writer.startTls({ ca: clientTls().ssl.ca }, { serverHostname: "localhost" }),
  ),
  "StreamWriter.startTls, to a peer that says nothing": (every) =>
    every(
      "endless",
      inSilence(({ writer }) => writer.startTls(never)),
    ),
  "Server.startServing": function* (every) {
    yield* every("ends", function* () {
      const server = yield* createServer(notes, "localhost", 0, { startServing: false });
      return { wait: server.startServing(), after: () => stop(server) };
    });
  },
  "Server.serveForever": function* (every) {
    yield* every("endless", function* () {
      const server = yield* createServer(notes, "localhost", 0);
      return { wait: server.serveForever(), after: () => stop(server) };
    });
  },
  "Server.waitClosed": (every) =>
    every(
      "endless",
      inSilence(({ server }) => {
        server.close();
        return server.waitClosed();
      }),
    ),
  "Server.aexit": (every) =>
    every(
      "endless",
      inSilence(({ server }) => server.aexit()),
    ),
  "Server.shutdown": function* (every) {
    yield* every(
      "endless",
      inSilence(({ server }) => server.shutdown({ grace: 60 })),
    );
    yield* every("ends", function* () {
      const { server, writer } = yield* silence();
      return { wait: server.shutdown({ grace: 0.002 }), after: () => writer.transport.abort() };
    });
  },
  getaddrinfo: lookup(() => getaddrinfo("localhost", 80)),
  getnameinfo: lookup(() => getnameinfo(["127.0.0.1", 80])),
};
