/** A server: requests as tasks, answers, limits. */

import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import {
  allTasks,
  asyncWith,
  ContextVar,
  currentTask,
  type ExceptionContext,
  fromPromise,
  run,
  sleep,
  toPromise,
} from "tsyncio";
import { HttpServer, serve } from "tsyncio/http-server";
import { expect, test } from "vitest";
import { ask, rawClient, served, until } from "./support.ts";

test("a coroutine function answers: at once, or when it has waited", () =>
  served(
    function* (request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/slow") yield* sleep(0.01);
      return new Response(`hello ${pathname}`, { status: 201, headers: { "x-of": "mine" } });
    },
    function* (server) {
      for (const path of ["/at-once", "/slow"]) {
        const { status, text, headers } = yield* ask(server, path);
        expect([status, text, headers["x-of"]]).toEqual([201, `hello ${path}`, "mine"]);
      }
    },
  ));

test("a plain function answers, with a response, a promise, a coroutine or a task", () =>
  served(
    (request) => {
      const response = new Response(request.url);
      if (request.url.endsWith("promise")) return Promise.resolve(response);
      if (request.url.endsWith("coroutine")) return sleep(0.001, response);
      return response;
    },
    function* (server) {
      for (const path of ["plain", "promise", "coroutine"]) {
        expect((yield* ask(server, `/${path}`)).text).toBe(`${server.url}${path}`);
      }
    },
  ));

test("each request is a task of the server's loop, with its own copy of the caller's context", () =>
  served(
    function* () {
      const before = user.get("nobody");
      user.set("changed");
      yield* sleep(0.001);
      return Response.json([before, user.get(), currentTask()?.getLoop() === loop, currentTask() !== caller]);
    },
    function* (server) {
      loop = server.getLoop();
      caller = currentTask();
      for (let i = 0; i < 2; i++) {
        expect(JSON.parse((yield* ask(server, "/")).text)).toEqual(["nobody", "changed", true, true]);
      }
      user.set("caller");
      const other = yield* serve(() => Response.json(user.get("nobody")), { port: 0 });
      user.set("later");
      yield* asyncWith(other, function* () {
        expect((yield* ask(other, "/")).text).toBe('"caller"');
      });
    },
  ));
const user = new ContextVar<string>("user");
let loop: unknown;
let caller: unknown;

test("a request keeps the AsyncLocalStorage of the server's caller, and its own across awaits", async () => {
  const storage = new AsyncLocalStorage<string>();
  await storage.run("caller", () =>
    served(
      function* (request) {
        const before = storage.getStore();
        return yield* fromPromise(
          storage.run(request.url, () =>
            toPromise(
              (function* () {
                yield* sleep(0.002);
                return Response.json([before, storage.getStore()]);
              })(),
            ),
          ),
        );
      },
      function* (server) {
        const one = yield* ask(server, "/1");
        expect(JSON.parse(one.text)).toEqual(["caller", `${server.url}1`]);
      },
    ),
  );
});

test("an exception is answered with 500 and nothing of it, and reported with method and path, without the query", async () => {
  const reports: ExceptionContext[] = [];
  const boom = new Error("secret");
  await served(
    function* (request) {
      if (request.url.includes("later")) yield* sleep(0.001);
      throw boom;
    },
    function* (server) {
      for (const path of ["/now?token=secret", "/later"]) {
        const { status, text } = yield* ask(server, path, { method: "POST" });
        expect([status, text]).toEqual([500, "Internal Server Error\n"]);
      }
    },
    { reports },
  );
  expect(reports.map(({ message, exception }) => [message, exception])).toEqual([
    ["Exception in the handler of POST /now", boom],
    ["Exception in the handler of POST /later", boom],
  ]);
});

test("a handler that returns no response is told so", async () => {
  const reports: ExceptionContext[] = [];
  await served(
    (() => ({ hello: 1 })) as never,
    function* (server) {
      expect((yield* ask(server, "/")).status).toBe(500);
    },
    { reports },
  );
  expect(String(reports[0]?.exception)).toMatch("the handler of serve must return a Response, got");
});

test("a body above maxBodySize is refused with 413: by its length before the handler runs, else where it is read", async () => {
  let calls = 0;
  await served(
    function* (request) {
      calls++;
      return new Response(String((yield* fromPromise(request.text())).length));
    },
    function* (server) {
      expect((yield* ask(server, "/", { method: "POST", body: "x".repeat(1000) })).text).toBe("1000");
      expect((yield* ask(server, "/", { method: "POST", body: "x".repeat(1001) })).status).toBe(413);
      expect(calls).toBe(1);
      const chunked = { method: "PUT", body: "x".repeat(1001), headers: { "transfer-encoding": "chunked" } };
      expect((yield* ask(server, "/", chunked)).status).toBe(413);
      expect(calls).toBe(2);
    },
    { maxBodySize: 1000 },
  );
});

test("a client that asks whether to send its body is told before it sends", () =>
  served(
    function* (request) {
      return new Response(yield* fromPromise(request.text()));
    },
    function* (server) {
      const head = "POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length:";
      const refused = rawClient(server.port, `${head} 11\r\n\r\n`);
      yield* until(() => refused.heard() !== "");
      expect(refused.heard()).toMatch(/^HTTP\/1.1 413 /);
      refused.socket.destroy();
      const asked = rawClient(server.port, `${head} 5\r\n\r\n`);
      yield* until(() => asked.heard() === "HTTP/1.1 100 Continue\r\n\r\n");
      asked.socket.write("hello");
      yield* until(() => asked.heard().includes("hello"));
      asked.socket.destroy();
    },
    { maxBodySize: 10 },
  ));

test("headers above maxHeaderSize are refused with 431", () =>
  served(
    () => new Response("never"),
    function* (server) {
      expect((yield* ask(server, "/", { headers: { "x-long": "x".repeat(2000) } })).status).toBe(431);
    },
    { maxHeaderSize: 1024 },
  ));

test("headers that do not come in time are refused with 408, and a body that does not come ends its connection", () =>
  served(
    () => new Response("never"),
    function* (server) {
      const slow = rawClient(server.port, "GET / HTTP/1.1\r\nhost: x\r\n");
      yield* fromPromise(slow.closed);
      expect(slow.heard()).toMatch(/^HTTP\/1.1 408 /);
      const upload = rawClient(server.port, "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n");
      yield* until(() => upload.heard() !== "");
      yield* fromPromise(upload.closed);
    },
    { headersTimeout: 0.1, requestTimeout: 0.3 },
  ));

test("listens on 127.0.0.1 unless told otherwise, and node is the server of node:http", () =>
  served(
    () => new Response("ok"),
    function* (server) {
      expect(server).toBeInstanceOf(HttpServer);
      expect(server.url).toBe(`http://127.0.0.1:${server.port}/`);
      expect((server.node as Server).address()).toMatchObject({ address: "127.0.0.1", port: server.port });
      expect(String(server)).toBe(`<HttpServer ${server.url} requests=0>`);
      expect(server.isServing()).toBe(true);
    },
  ));

test("a port that is taken is an error of the caller's", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  await expect(run(serve(() => new Response(), { port }))).rejects.toMatchObject({ code: "EADDRINUSE" });
  taken.close();
});

test("wrong arguments are told", async () => {
  const ok = () => new Response();
  const calls: [unknown, unknown, RegExp][] = [
    [1, {}, /serve expects a function that answers a request, got 1/],
    [ok, { Port: 1 }, /serve has no option "Port": did you mean port\?/],
    [ok, { port: "80" }, /port must be a number, got "80"/],
    [ok, { port: 65536 }, /port must be a whole number from 0 to 65535, got 65536/],
    [ok, { hostname: 1 }, /hostname must be a string, got 1/],
    [ok, { cancelOnDisconnect: "GET" }, /cancelOnDisconnect must be "safe", true or false, got "GET"/],
    [ok, { maxBodySize: -1 }, /maxBodySize must be 0 bytes or more, got -1/],
    [ok, { headersTimeout: "1" }, /headersTimeout expects seconds or null, got "1"/],
    [ok, { tls: {} }, /tls must be \{ cert, key \}/],
  ];
  for (const [handler, options, message] of calls) {
    await expect(run(serve(handler as never, options as never))).rejects.toThrow(message);
  }
});

test("requests that are over leave no task", () =>
  served(
    function* () {
      yield* sleep(0.001);
      return new Response("ok");
    },
    function* (server) {
      for (let i = 0; i < 20; i++) yield* ask(server, "/");
      expect(allTasks().size).toBe(1);
    },
  ));
