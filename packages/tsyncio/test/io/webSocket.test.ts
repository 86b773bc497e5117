/** WebSockets on a server of node:http, on Node, Bun and Deno; the clients are the platform's on the latter two. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { asyncFor, asyncWith, type Coroutine, createTask, fromPromise, gather, sleep, wait } from "tsyncio";
import { serve } from "tsyncio/http-server";
import {
  type AcceptOptions,
  acceptWebSockets,
  broadcast,
  type Connection,
  ConnectionClosed,
  connect,
  InvalidHandshake,
  type Message,
  type ServerConnection,
  type WebSocketServer,
} from "tsyncio/websocket";
import { expect, test } from "vitest";
import { errorOf } from "../support.ts";
import { until } from "./httpServers.ts";
import { pattern, real } from "./support.ts";

const onNode = !("Bun" in globalThis || "Deno" in globalThis);

interface Place {
  readonly url: string;
  readonly sockets: WebSocketServer;
}

const serving = (
  handler: (connection: ServerConnection) => Coroutine<void>,
  body: (place: Place) => Coroutine<void>,
  options: AcceptOptions = {},
): Promise<void> =>
  real(function* () {
    const server = createServer((_request, response) => void response.end("plain HTTP"));
    yield* fromPromise(once(server.listen(0, "127.0.0.1"), "listening"));
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    try {
      const sockets = yield* acceptWebSockets(server, handler, options);
      yield* asyncWith(sockets, () => body({ url, sockets }));
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

function* ignore(): Coroutine<void> {}

function* echo(connection: Connection): Coroutine<void> {
  yield* asyncFor(connection, (message) => connection.send(message));
}

test("text and bytes come back, over several connections at once", () =>
  serving(echo, function* ({ url }) {
    const messages: Message[] = ["é", "", Uint8Array.of(0, 255), "x".repeat(300_000), pattern(70_000)];
    function* client(): Coroutine<Message[]> {
      return yield* asyncWith(connect(url), function* (connection) {
        const answers: Message[] = [];
        for (const message of messages) {
          yield* connection.send(message);
          answers.push(yield* connection.recv());
        }
        return answers;
      });
    }
    for (const answers of yield* gather(client(), client(), client())) expect(answers).toEqual(messages);
    expect(yield* fromPromise(fetch(url.replace("ws:", "http:")).then((response) => response.text()))).toBe(
      "plain HTTP",
    );
  }));

test("each side learns what the other has closed with", () => {
  const ends: unknown[] = [];
  return serving(
    function* (connection) {
      if (connection.request.url === "/closes") return yield* connection.close(4001, "why");
      ends.push(String(yield* errorOf(connection.recv())));
    },
    function* ({ url }) {
      const closed = yield* connect(`${url}closes`);
      expect(yield* errorOf(closed.recv())).toBeInstanceOf(ConnectionClosed);
      expect([closed.closeCode, closed.closeReason]).toEqual([4001, "why"]);
      const connection = yield* connect(url);
      yield* connection.close(4002, "enough");
      yield* until(() => ends.length === 1);
      expect(ends[0]).toMatch(/4002 \(private use\) enough/);
    },
  );
});

test("a client that is cancelled leaves its handler an end; shutdown() ends the others with 1001", () => {
  const log: string[] = [];
  return serving(
    function* (connection) {
      log.push("began");
      try {
        yield* asyncFor(connection, ignore);
      } finally {
        log.push("ended");
      }
    },
    function* ({ url, sockets }) {
      const listening = createTask(asyncWith(connect(url), (connection) => connection.recv()));
      yield* until(() => log.length === 1);
      listening.cancel();
      yield* wait([listening]);
      yield* until(() => log.length === 2);
      const connection = yield* connect(url);
      yield* until(() => sockets.connections.size === 1);
      yield* sockets.shutdown();
      expect(yield* errorOf(connection.recv())).toBeInstanceOf(ConnectionClosed);
      expect(connection.closeCode).toBe(1001);
      expect(log).toEqual(["began", "ended", "began", "ended"]);
    },
  );
});

test("broadcast reaches all", () =>
  serving(
    function* (connection) {
      yield* asyncFor(connection, ignore);
    },
    function* ({ url, sockets }) {
      const clients = yield* gather(...Array.from({ length: 20 }, () => connect(url)));
      yield* until(() => sockets.connections.size === 20);
      for (const message of ["to all", Uint8Array.of(1, 2, 3), "y".repeat(70_000)]) {
        broadcast(sockets.connections, message);
        for (const client of clients) expect(yield* client.recv()).toEqual(message);
      }
      yield* gather(...clients.map((client) => client.close()));
      yield* until(() => sockets.connections.size === 0);
    },
  ));

test("processRequest refuses, and lets in after a wait", () =>
  serving(
    echo,
    function* ({ url }) {
      const connection = yield* connect(`${url}in`);
      yield* connection.send("in");
      expect(yield* connection.recv()).toBe("in");
      yield* connection.close();
      expect(yield* errorOf(connect(`${url}out`))).toBeInstanceOf(InvalidHandshake);
    },
    {
      *processRequest(request) {
        yield* sleep(0.005);
        return request.url === "/in" ? null : new Response("no", { status: 401 });
      },
    },
  ));

test("a server that is not there, or answers no handshake, is an error; a wait for one can be cancelled", () =>
  real(function* () {
    const silent = createServer().on("upgrade", () => {});
    yield* fromPromise(once(silent.listen(0, "127.0.0.1"), "listening"));
    const url = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    expect(yield* errorOf(connect(url, { openTimeout: 0.05 }))).toMatchObject({ name: "TimeoutError" });
    const connecting = createTask(connect(url));
    yield* sleep(0.01);
    connecting.cancel();
    yield* wait([connecting]);
    expect(connecting.cancelled()).toBe(true);
    silent.close();
    silent.closeAllConnections();
    yield* sleep(0.01);
    expect(yield* errorOf(connect(url))).toBeInstanceOf(Error);
  }));

test("that of tsyncio/http-server takes them on Node; elsewhere it says what to do", () =>
  real(function* () {
    const server = yield* serve(() => new Response("page"), { port: 0, grace: 0 });
    yield* asyncWith(server, function* () {
      if (!onNode) {
        expect(String(yield* errorOf(acceptWebSockets(server, echo)))).toMatch(
          "make one by createServer() of node:http",
        );
        return;
      }
      yield* acceptWebSockets(server, echo);
      const connection = yield* connect(server.url.replace("http:", "ws:"));
      yield* connection.send("hello");
      expect(yield* connection.recv()).toBe("hello");
    });
  }));
