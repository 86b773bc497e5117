/** The awaits of WebSockets. */

import { createServer } from "node:http";
import { type Awaitable, asyncWith, type Coroutine, sleep } from "tsyncio";
import { acceptWebSockets, type Connection, connect, type WebSocketServer } from "tsyncio/websocket";
import type { Awaits, Every } from "../awaits/every.ts";
import { greeter, inSilence } from "../awaits/places.ts";
import { listening } from "./support.ts";

/** A server for all attempts. */
const serving = (body: (url: string, sockets: WebSocketServer) => Coroutine<void>) =>
  function* (): Coroutine<void> {
    const http = createServer();
    const port = yield* listening(http);
    const sockets = yield* acceptWebSockets(http, (connection) => connection.waitClosed());
    yield* body(`ws://127.0.0.1:${port}/`, sockets);
    yield* sockets.shutdown({ grace: 0.1 });
    http.close();
  };

/** A connection to a peer that says and reads nothing, for each attempt; where it ends, after `closeTimeout`. */
const silent = (wait: (connection: Connection) => Awaitable<unknown>, closeTimeout = 60) =>
  function* (every: Every): Coroutine<void> {
    const endless = closeTimeout === 60;
    yield* serving(function* (url, sockets) {
      yield* every(endless ? "endless" : "ends late", function* () {
        const connection = yield* connect(url, { closeTimeout, pingInterval: null });
        while (sockets.connections.size === 0) yield* sleep(0);
        const [peer] = sockets.connections;
        peer?.request.socket.pause();
        return { wait: wait(connection), after: () => ended(peer?.request.socket, sockets) };
      });
    })();
  };

function* ended(socket: { destroy(): unknown } | undefined, sockets: WebSocketServer): Coroutine<void> {
  socket?.destroy();
  while (sockets.connections.size > 0) yield* sleep(0);
}

/** A server of its own with a client that does not read, for each attempt. */
const ofServer = (wait: (sockets: WebSocketServer) => Awaitable<unknown>, kind: "ends late" | "endless") =>
  function* (every: Every): Coroutine<void> {
    yield* every(kind, function* () {
      const http = createServer();
      const port = yield* listening(http);
      const sockets = yield* acceptWebSockets(http, () => sleep(60));
      const client = yield* connect(`ws://127.0.0.1:${port}/`);
      while (sockets.connections.size === 0) yield* sleep(0);
      return {
        wait: wait(sockets),
        *after() {
          yield* sockets.shutdown({ grace: 0.001 });
          yield* client.waitClosed();
          http.close();
        },
      };
    });
  };

const PART = new Uint8Array(2 ** 19);
/** Until the network takes no more. */
function* sendMuch(connection: Connection): Coroutine<void> {
  for (;;) yield* connection.send(PART);
}

export const websockets: Awaits = {
  connect: function* (every) {
    yield* serving(function* (url) {
      yield* every("ends", function* () {
        return { wait: connect(url), after: (made) => (made as Connection | undefined)?.close() as Coroutine<void> };
      });
    })();
  },
  "connect to a peer that says nothing": (every) =>
    every(
      "endless",
      inSilence(({ port }) => connect(`ws://127.0.0.1:${port}/`)),
    ),
  "connect to a server that speaks no HTTP": (every) =>
    greeter({}, function* (port) {
      yield* every("ends", function* () {
        return { wait: failing(connect(`ws://127.0.0.1:${port}/`)) };
      });
    }),
  "connect by asyncWith": function* (every) {
    yield* serving(function* (url, sockets) {
      yield* every("ends", function* () {
        return {
          wait: asyncWith(connect(url), (connection) => connection.ping()),
          *after() {
            while (sockets.connections.size > 0) yield* sleep(0);
          },
        };
      });
    })();
  },
  acceptWebSockets: function* (every) {
    yield* every("ends", function* () {
      const http = createServer();
      yield* listening(http);
      function* accepting(): Coroutine<WebSocketServer> {
        yield* sleep(0); // the library is there from the first time on: nothing else to wait for
        return yield* acceptWebSockets(http, (connection) => connection.waitClosed());
      }
      function* after(made: unknown): Coroutine<void> {
        if (made !== undefined) yield* (made as WebSocketServer).shutdown();
        http.close();
      }
      return { wait: accepting(), after };
    });
  },
  "Connection.recv": silent((connection) => connection.recv()),
  "Connection.anext": silent((connection) => connection.anext()),
  "Connection.send": silent(sendMuch),
  "Connection.ping": silent((connection) => connection.ping()),
  "Connection.waitClosed": silent((connection) => connection.waitClosed()),
  "Connection.close": silent((connection) => connection.close()),
  "Connection.close of a peer that does not answer": silent((connection) => connection.close(), 0.003),
  "Connection.aexit": silent((connection) => connection.aexit()),
  "WebSocketServer.waitClosed": ofServer((sockets) => sockets.waitClosed(), "endless"),
  "WebSocketServer.shutdown": ofServer((sockets) => sockets.shutdown({ grace: 0.003 }), "ends late"),
  "WebSocketServer.aexit": ofServer((sockets) => sockets.aexit(), "endless"),
};

/** It fails unless it is cancelled. */
function* failing(wait: Awaitable<unknown>): Coroutine<void> {
  try {
    yield* wait;
  } catch (error) {
    if ((error as Error).name !== "InvalidHandshake") throw error;
  }
}
