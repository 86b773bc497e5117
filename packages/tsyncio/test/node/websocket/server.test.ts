/** What `acceptWebSockets` accepts and refuses, what it runs, and how it ends. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import {
  asyncFor,
  asyncWith,
  type CancelledError,
  ContextVar,
  type Coroutine,
  createTask,
  currentTask,
  type ExceptionContext,
  fromPromise,
  gather,
  sleep,
} from "tsyncio";
import { serve } from "tsyncio/http-server";
import {
  type AcceptOptions,
  acceptWebSockets,
  broadcast,
  type Connection,
  ConnectionClosedOK,
  connect,
  type ServerConnection,
} from "tsyncio/websocket";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { errorOf } from "../../support.ts";
import { type Certificates, makeCertificates } from "../net/certificates.ts";
import { real, until } from "../net/support.ts";
import { frame, listening, OPCODES, RawClient, serving, statusOf, textsOf } from "./support.ts";

function* echo(connection: Connection): Coroutine<void> {
  yield* asyncFor(connection, (message) => connection.send(message));
}

describe("the origin", () => {
  const own = (port: number) => ({ host: `localhost:${port}` });
  const rows: [string, (port: number) => Record<string, string>, AcceptOptions, number][] = [
    ["no origin: no browser", own, {}, 101],
    ["a page of the same host", (port) => ({ ...own(port), origin: `http://localhost:${port}` }), {}, 101],
    [
      "a page of the same host by https, behind a proxy",
      () => ({ host: "a.example", origin: "https://a.example" }),
      {},
      101,
    ],
    ["another port", (port) => ({ ...own(port), origin: "http://localhost:1" }), {}, 403],
    ["another host", (port) => ({ ...own(port), origin: `http://evil.example:${port}` }), {}, 403],
    ["a host that begins like ours", () => ({ host: "a.example", origin: "http://a.example.evil" }), {}, 403],
    ["a page without an origin", (port) => ({ ...own(port), origin: "null" }), {}, 403],
    ["no URL", (port) => ({ ...own(port), origin: "localhost" }), {}, 403],
    [
      "one of the list",
      (port) => ({ ...own(port), origin: "https://b.example" }),
      { origins: ["https://b.example"] },
      101,
    ],
    [
      "the same host where there is a list",
      (port) => ({ ...own(port), origin: `http://localhost:${port}` }),
      { origins: ["https://b.example"] },
      403,
    ],
    [
      "one that an expression matches",
      () => ({ origin: "https://x.example" }),
      { origins: [/https:\/\/\w+\.example/g] },
      101,
    ],
    [
      "one that it matches in part",
      () => ({ origin: "https://x.example.evil" }),
      { origins: [/https:\/\/\w+\.example/g] },
      403,
    ],
    ["any", () => ({ origin: "https://x.example" }), { origins: "*" }, 101],
  ];
  test.each(rows)("%s", (_name, headers, options, status) =>
    real(() =>
      serving(
        echo,
        function* ({ port }) {
          for (let i = 0; i < 2; i++) expect(yield* statusOf(port, headers(port))).toBe(status);
        },
        options,
      ),
    ),
  );

  test.each([
    [["b.example"], /an origin must be such as "https:\/\/example.org", without a path, got "b.example"/],
    [["https://b.example/"], /without a path, got "https:\/\/b.example\/"/],
    ["https://b.example", /origins must be an array or "\*", got "https:\/\/b.example"/],
    [[5], /got 5/],
  ])("origins: %o is refused", (origins, message) =>
    real(function* () {
      const error = yield* errorOf(serving(echo, function* () {}, { origins: origins as never }));
      expect(String(error)).toMatch(message);
    }),
  );
});

describe("a request that is no handshake is refused, and the server goes on", () => {
  test.each<[string, Record<string, string | null>, number]>([
    ["no key", { "sec-websocket-key": null }, 400],
    ["a key that is too short", { "sec-websocket-key": "abc" }, 400],
    ["an unknown version", { "sec-websocket-version": "99" }, 400],
    ["another protocol", { upgrade: "h2c" }, 400],
    ["a bad list of subprotocols", { "sec-websocket-protocol": "a b,," }, 400],
  ])("%s", (_name, headers, status) =>
    real(() =>
      serving(echo, function* ({ port, url }) {
        expect(yield* statusOf(port, headers)).toBe(status);
        const client = yield* connect(url);
        yield* client.close();
      }),
    ),
  );
});

describe("paths", () => {
  test("each has its own handler; the rest is a 404, unless one takes all", () =>
    real(() =>
      serving(
        (connection) => connection.send("chat"),
        function* ({ http, port, url, sockets }) {
          const news = yield* acceptWebSockets(http, (connection) => connection.send("news"), { path: "/news" });
          const ask = (path: string) => asyncWith(connect(`${url}${path}`), (connection) => connection.recv());
          expect(yield* gather(ask("chat"), ask("news"), ask("chat?x=/news"))).toEqual(["chat", "news", "chat"]);
          expect(yield* statusOf(port, {}, "/other")).toBe(404);
          const all = yield* acceptWebSockets(http, (connection) => connection.send(connection.request.url as string));
          expect(yield* ask("other?x=1")).toBe("/other?x=1");
          expect(yield* errorOf(acceptWebSockets(http, echo, { path: "/news" }))).toMatchObject({ name: "ValueError" });
          yield* gather(all.shutdown(), news.shutdown());
          expect(yield* statusOf(port, {}, "/news")).toBe(404);
          yield* sockets.shutdown();
          expect(http.listenerCount("upgrade")).toBe(0);
        },
        { path: "/chat" },
      ),
    ));

  test("what another listener of the server may take is left to it", () =>
    real(() =>
      serving(
        echo,
        function* ({ http, port }) {
          http.on("upgrade", (request, socket) => {
            if (request.url === "/mine") socket.end("HTTP/1.1 418 Mine\r\n\r\n");
          });
          expect(yield* statusOf(port, {}, "/mine")).toBe(418);
          http.removeAllListeners("upgrade");
        },
        { path: "/chat" },
      ),
    ));
});

describe("subprotocols", () => {
  test("the first of the server's that the client offers", () =>
    real(() =>
      serving(
        (connection) => connection.send(String(connection.subprotocol)),
        function* ({ url, port }) {
          for (const [offered, agreed] of [
            [["v1", "v2"], "v2"],
            [["v1"], "v1"],
          ] as const) {
            const client = yield* connect(url, { subprotocols: offered });
            expect([client.subprotocol, yield* client.recv()]).toEqual([agreed, agreed]);
            yield* client.close();
          }
          expect(yield* errorOf(connect(url))).toMatchObject({ name: "InvalidStatus", status: 400 });
          expect(yield* statusOf(port, { "sec-websocket-protocol": "v3" })).toBe(400);
        },
        { subprotocols: ["v2", "v1"] },
      ),
    ));

  test("a server that speaks none: a client that asks for one is told so", () =>
    real(() =>
      serving(echo, function* ({ url }) {
        expect(yield* errorOf(connect(url, { subprotocols: ["v1"] }))).toMatchObject({ name: "InvalidHandshake" });
        const client = yield* connect(url);
        expect(client.subprotocol).toBe(null);
        yield* client.close();
      }),
    ));
});

describe("the handler", () => {
  test("ends: 1000; throws: 1011 and a report; returns no coroutine: the same", async () => {
    const reports: ExceptionContext[] = [];
    await real(
      () =>
        serving(
          ((connection: ServerConnection) => {
            if (connection.request.url === "/plain") return 5;
            return (function* () {
              if (connection.request.url === "/throws") throw new Error("of the program");
            })();
          }) as never,
          function* ({ url }) {
            const codes: unknown[] = [];
            for (const path of ["ends", "throws", "plain"]) {
              const client = yield* connect(`${url}${path}`);
              yield* client.waitClosed();
              codes.push(client.closeCode);
            }
            expect(codes).toEqual([1000, 1011, 1011]);
          },
        ),
      reports,
    );
    const where = "Unhandled exception in the handler of a WebSocket connection";
    expect(textsOf(reports)).toEqual([
      `${where}: Error: of the program`,
      `${where}: TypeError: the handler of a WebSocket connection must be a coroutine function, function* or async, and returned 5`,
    ]);
  });

  test("may be a native async function, with for await and await", () =>
    real(() =>
      serving(
        async (connection) => {
          for await (const message of connection) await connection.send(`${message}!`);
        },
        function* ({ url }) {
          const client = yield* connect(url);
          yield* client.send("hi");
          expect(yield* client.recv()).toBe("hi!");
          yield* client.close();
        },
      ),
    ));

  test("is a task with its own copy of the context in which the server was made", () =>
    real(function* () {
      const name = new ContextVar("name", { default: "none" });
      name.set("server");
      const seen: unknown[] = [];
      yield* serving(
        function* (connection) {
          seen.push(name.get(), currentTask() !== null);
          name.set(String(connection.request.url));
          yield* sleep(0);
          seen.push(name.get());
        },
        function* ({ url }) {
          name.set("client");
          for (const path of ["a", "b"]) yield* (yield* connect(`${url}${path}`)).waitClosed();
        },
      );
      expect(seen).toEqual(["server", true, "/a", "server", true, "/b"]);
    }));

  test.each([
    [undefined, {}, /acceptWebSockets expects a function that handles a connection, got undefined/],
    [echo, { orgins: [] }, /has no option "orgins": did you mean origins\?/],
    [echo, { path: "chat" }, /path must be a string such as "\/chat", got "chat"/],
    [echo, { processRequest: 5 }, /processRequest must be a function, got 5/],
  ])("%o with %o is refused", (handler, options, message) =>
    real(function* () {
      const error = yield* errorOf(serving(handler as never, function* () {}, options as never));
      expect(String(error)).toMatch(message);
    }),
  );

  test.each([[{}], [null], ["http://x"], [{ node: {} }]])("acceptWebSockets(%o) is a TypeError", (server) =>
    real(function* () {
      const error = yield* errorOf(acceptWebSockets(server as never, echo));
      expect(String(error)).toMatch(
        /^TypeError: acceptWebSockets expects a server of node:http or of tsyncio\/http-server, got/,
      );
    }),
  );
});

describe("the end of a server", () => {
  test("shutdown closes all connections with 1001, and waits for their handlers", () =>
    real(function* () {
      let cleaned = 0;
      yield* serving(
        function* (connection) {
          yield* echo(connection);
          yield* sleep(0.02);
          cleaned++;
        },
        function* ({ url, sockets }) {
          const clients = yield* gather(Array.from({ length: 20 }, () => connect(url)));
          yield* until(() => sockets.connections.size === 20);
          yield* sockets.shutdown();
          expect(cleaned).toBe(20);
          expect(sockets.connections.size).toBe(0);
          expect(clients.map(({ closeCode }) => closeCode)).toEqual(new Array(20).fill(1001));
          expect(yield* errorOf(connect(url))).toMatchObject({ name: "InvalidStatus" });
        },
      );
    }));

  test("a handler that does not end is cancelled after the grace; one that will not be is left", () =>
    real(function* () {
      const log: string[] = [];
      let release = () => {};
      yield* serving(
        function* (connection) {
          try {
            yield* sleep(60);
          } catch (error) {
            log.push((error as CancelledError).message);
            if (connection.request.url !== "/stubborn") throw error;
            yield* fromPromise(
              new Promise<void>((resolve) => {
                release = resolve;
              }),
            );
          }
        },
        function* ({ url, sockets }) {
          yield* gather(connect(url), connect(`${url}stubborn`));
          yield* until(() => sockets.connections.size === 2);
          yield* sockets.shutdown({ grace: 0.02 });
          expect(log).toEqual(new Array(2).fill("the WebSocket server is shut down"));
          expect(sockets.connections.size).toBe(1);
          release();
          yield* sockets.waitClosed();
        },
      );
    }));

  test("run() that ends closes the connections with 1001", async () => {
    const closed = Promise.withResolvers<unknown[]>();
    const http = createServer();
    await real(function* () {
      const port = yield* listening(http);
      yield* acceptWebSockets(http, echo);
      const client = new WebSocket(`ws://127.0.0.1:${port}/`);
      client.on("close", (code, reason) => closed.resolve([code, String(reason)]));
      yield* fromPromise(once(client, "open"));
      http.close();
    });
    expect(await closed.promise).toEqual([1001, ""]);
  });

  test("is told by that of tsyncio/http-server, in whatever order they are closed", () =>
    real(function* () {
      for (const first of ["http", "sockets"]) {
        const http = yield* serve(() => new Response("page"), { port: 0 });
        const sockets = yield* acceptWebSockets(http, echo);
        const client = yield* connect(http.url.replace("http:", "ws:"));
        yield* client.send("hi");
        expect(yield* client.recv()).toBe("hi");
        const page = yield* fromPromise(fetch(http.url));
        expect(yield* fromPromise(page.text())).toBe("page");
        if (first === "http") yield* http.shutdown();
        else yield* sockets.shutdown();
        expect(yield* errorOf(client.recv())).toBeInstanceOf(ConnectionClosedOK);
        expect(client.closeCode).toBe(1001);
        yield* http.shutdown();
        yield* sockets.shutdown();
      }
    }));
});

describe("TLS", () => {
  let certificates: Certificates;
  beforeAll(() => {
    certificates = makeCertificates();
  });
  afterAll(() => certificates.remove());

  test("over a server of node:https; a certificate that is not known is refused", () =>
    real(function* () {
      const { good, ca } = certificates;
      const http = createHttpsServer({ cert: good.cert, key: good.key });
      const port = yield* listening(http);
      const sockets = yield* acceptWebSockets(http, echo);
      const url = `wss://localhost:${port}/`;
      const client = yield* connect(url, { ssl: { ca: readFileSync(ca.certFile) } });
      yield* client.send("secret");
      expect(yield* client.recv()).toBe("secret");
      expect(yield* errorOf(connect(url))).toMatchObject({ name: "SSLCertVerificationError" });
      yield* client.close();
      yield* sockets.shutdown();
      http.close();
    }));
});

describe("connect", () => {
  test.each([
    ["http://localhost/", "InvalidURI: the URL of a WebSocket must begin with ws: or wss:, got http:"],
    ["localhost:8080", "InvalidURI: the URL of a WebSocket must begin with ws: or wss:, got localhost:"],
    ["/chat", "InvalidURI: the URL of a WebSocket must be absolute: ws://host/path"],
    ["ws://localhost/#part", "InvalidURI: the URL of a WebSocket must have no #fragment"],
    [5, "TypeError: connect expects a URL, got 5"],
  ])("%s", (url, message) =>
    real(function* () {
      expect(String(yield* errorOf(connect(url as string)))).toBe(message);
    }),
  );

  test("unknown options, hosts and ports are errors with names", () =>
    real(function* () {
      expect(String(yield* errorOf(connect("ws://localhost/", { header: {} } as never)))).toContain(
        "did you mean headers?",
      );
      expect(yield* errorOf(connect("ws://127.0.0.1:1/"))).toMatchObject({ name: "ConnectionRefusedError" });
      expect(yield* errorOf(connect("ws://localhost:1/"))).toMatchObject({ name: "ConnectionRefusedError" });
      expect(yield* errorOf(connect("ws://no-such-host.invalid/"))).toMatchObject({ name: "gaierror" });
    }));

  test("asyncWith(connect(url), …) is `async with connect(url) as connection`", () =>
    real(() =>
      serving(echo, function* ({ url, sockets }) {
        const answer = yield* asyncWith(connect(url), function* (connection) {
          yield* connection.send("hi");
          return yield* connection.recv();
        });
        expect(answer).toBe("hi");
        yield* until(() => sockets.connections.size === 0);
      }),
    ));

  test("a coroutine of connect is awaited once", () =>
    real(() =>
      serving(echo, function* ({ url }) {
        const connecting = connect(url);
        const first = createTask(connecting);
        yield* sleep(0);
        expect(yield* errorOf(connecting)).toMatchObject({ name: "RuntimeError" });
        const connection = yield* first;
        expect(String(yield* errorOf(connecting))).toContain("cannot reuse already awaited connect()");
        yield* connection.close();
      }),
    ));

  test("what is sent as bytes comes as a Uint8Array, with JavaScript's methods and not those of Buffer", () =>
    real(() =>
      serving(echo, function* ({ url }) {
        const client = yield* connect(url);
        const bytes = Uint8Array.of(1, 2, 3);
        yield* client.send(bytes);
        const got = (yield* client.recv()) as Uint8Array;
        expect(got).toEqual(bytes);
        expect(got.constructor).toBe(Uint8Array);
        expect(bytes).toEqual(Uint8Array.of(1, 2, 3)); // masked in a copy
        yield* client.close();
      }),
    ));

  test("deflate works on both sides, and with broadcast", () =>
    real(() =>
      serving(
        echo,
        function* ({ url, sockets }) {
          const client = yield* connect(url, { compression: "deflate" });
          const large = "abc".repeat(200_000);
          yield* client.send(large);
          expect(yield* client.recv()).toBe(large);
          broadcast(sockets.connections, large);
          broadcast(sockets.connections, "small");
          expect(yield* client.recv()).toBe(large);
          expect(yield* client.recv()).toBe("small");
          yield* client.close();
        },
        { compression: "deflate" },
      ),
    ));
});

describe("broadcast", () => {
  test("to 1,000 clients: each gets each message once, in order, of every size of a frame", () =>
    real(() =>
      serving(
        (connection) => connection.waitClosed(),
        function* ({ port, sockets }) {
          const clients: RawClient[] = [];
          for (let i = 0; i < 1000; i++) clients.push(new RawClient(port));
          yield* gather(clients.map((client) => client.open()));
          yield* until(() => sockets.connections.size === 1000);
          const messages = ["é", Uint8Array.of(1, 2), "", "x".repeat(126), "y".repeat(70_000)];
          for (const message of messages) broadcast(sockets.connections, message);
          const expected = Buffer.concat(
            messages.map((message) => {
              const opcode = typeof message === "string" ? OPCODES.text : OPCODES.binary;
              return frame(opcode, message, { masked: false });
            }),
          );
          yield* until(() => clients.every(({ received }) => received.length >= expected.length));
          expect(clients.every(({ received }) => received.equals(expected))).toBe(true);
          for (const { socket } of clients) socket.destroy();
          yield* until(() => sockets.connections.size === 0);
        },
      ),
    ));

  test("refuses what is no message, and leaves out those that are closed", () =>
    real(() =>
      serving(
        (connection) => connection.waitClosed(),
        function* ({ url, sockets }) {
          const [one, other] = yield* gather(connect(url), connect(url));
          yield* until(() => sockets.connections.size === 2);
          const kept = [...sockets.connections];
          yield* one.close();
          broadcast(kept, "hi");
          expect(yield* other.recv()).toBe("hi");
          expect(() => broadcast(kept, { a: 1 } as never)).toThrow(/broadcast expects a string or a Uint8Array/);
          expect(() => broadcast(kept, "x", { limits: 1 } as never)).toThrow(/did you mean limit\?/);
          yield* other.close();
        },
      ),
    ));
});
