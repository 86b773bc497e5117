/** Coroutine functions as handlers of fastify, express, hono, node:http and what calls them with a web Request. */

import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { serve as serveHono } from "@hono/node-server";
import express from "express";
import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { type Context, Hono } from "hono";
import { allTasks, type Coroutine, currentTask, type ExceptionContext, isCancelled, sleep } from "tsyncio";
import { serve, toHandler } from "tsyncio/http-server";
import { expect, test } from "vitest";
import { real } from "../net/support.ts";
import { ask, rawClient, until } from "./support.ts";

const POST = "POST /waits HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n";
const storage = new AsyncLocalStorage<string>();

/** What each framework's handler does; what it answers is for the framework to say. */
class Work {
  readonly log: string[] = [];

  *do(path: string): Coroutine<string> {
    if (path === "/at-once") return this.answer(path);
    if (path === "/fails-at-once") throw new Error("at once");
    yield* sleep(0.002);
    if (path === "/fails") throw new Error("later");
    if (path === "/waits") {
      this.log.push("began");
      try {
        yield* sleep(1000);
      } catch (error) {
        yield* sleep(0.002);
        this.log.push(isCancelled(error) ? error.message : "failed");
        throw error;
      }
    }
    return this.answer(path);
  }

  private answer(path: string): string {
    return `${path} ${currentTask() !== null} ${storage.getStore()}`;
  }
}

interface Listening {
  readonly port: number;
  close(): unknown;
}

type Start = (work: Work, options?: { cancelOnDisconnect?: boolean }) => PromiseLike<Listening>;

async function listening(server: Server): Promise<Listening> {
  if (!server.listening) await once(server, "listening");
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

const frameworks: Record<string, Start> = {
  async fastify(work, options) {
    const app = fastify({ forceCloseConnections: true });
    app.addHook("onRequest", (_request, _reply, done) => storage.run("stored", done));
    app.setErrorHandler((error, _request, reply) => reply.code(500).send(`fastify: ${(error as Error).message}`));
    app.all(
      "/*",
      toHandler(function* (request: FastifyRequest, reply: FastifyReply) {
        reply.header("x-by", "fastify");
        return yield* work.do(request.url);
      }, options),
    );
    await app.listen({ port: 0 });
    return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
  },
  express(work, options) {
    const app = express();
    app.use((_request, _response, next) => storage.run("stored", next));
    app.all(
      "/*path",
      toHandler(function* (request: express.Request, response: express.Response) {
        response.send(yield* work.do(request.path));
      }, options),
    );
    app.use((error: Error, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      response.status(500).send(`express: ${error.message}`);
    });
    return listening(app.listen(0));
  },
  hono(work, options) {
    const app = new Hono();
    app.use((_c, next) => storage.run("stored", next));
    app.onError((error, c) => c.text(`hono: ${error.message}`, 500));
    app.all(
      "/*",
      toHandler(function* (c: Context) {
        return c.text(yield* work.do(c.req.path));
      }, options),
    );
    return listening(serveHono({ fetch: app.fetch, port: 0 }) as Server);
  },
  "node:http"(work, options) {
    const handler = toHandler(function* (request: IncomingMessage, response: ServerResponse) {
      response.end(yield* work.do(request.url ?? ""));
    }, options);
    return listening(createServer((request, response) => storage.run("stored", handler, request, response)).listen(0));
  },
  "a web Request"(work, options) {
    const handler = toHandler(function* (request: Request) {
      return new Response(yield* work.do(new URL(request.url).pathname));
    }, options);
    const answered = async (request: Request): Promise<Response> => {
      try {
        return await storage.run("stored", handler, request);
      } catch (error) {
        return new Response(`a web Request: ${(error as Error).message}`, { status: 500 });
      }
    };
    return serve(answered, { port: 0, cancelOnDisconnect: false }).then((server) => ({
      port: server.port,
      close: () => server.close(),
    }));
  },
};

function withServer(start: Start, body: (server: Listening, work: Work) => Coroutine<void>, options = {}) {
  const reports: ExceptionContext[] = [];
  const work = new Work();
  return real(function* () {
    const server = yield* waitFor(start(work, options));
    try {
      yield* body(server, work);
    } finally {
      server.close();
    }
  }, reports).then(() => reports);
}

function* waitFor<T>(promise: PromiseLike<T>): Coroutine<T> {
  let value: { value: T } | null = null;
  promise.then((result) => {
    value = { value: result };
  });
  yield* until(() => value !== null);
  return (value as unknown as { value: T }).value;
}

const all = Object.entries(frameworks);

test.each(all)("%s: each call is a task that keeps the caller's AsyncLocalStorage", async (_name, start) => {
  await withServer(start, function* (server) {
    for (const path of ["/at-once", "/later"]) {
      const { status, text } = yield* ask(server, path, { method: "POST" });
      expect([status, text]).toEqual([200, `${path} true stored`]);
    }
    expect([...allTasks()].filter((task) => task !== currentTask()).map(String)).toEqual([]);
  });
});

test.each(all.filter(([name]) => name !== "node:http"))(
  "%s: an exception goes to the framework",
  async (name, start) => {
    const reports = await withServer(start, function* (server) {
      expect(yield* ask(server, "/fails-at-once")).toMatchObject({ status: 500, text: `${name}: at once` });
      expect(yield* ask(server, "/fails")).toMatchObject({ status: 500, text: `${name}: later` });
    });
    expect(reports).toEqual([]);
  },
);

test("node:http: an exception is answered with 500 and reported, without the query", async () => {
  const reports = await withServer(frameworks["node:http"] as Start, function* (server) {
    expect(yield* ask(server, "/fails-at-once")).toMatchObject({ status: 500, text: "" });
    expect(yield* ask(server, "/fails", { method: "PUT" })).toMatchObject({ status: 500, text: "" });
    expect((yield* ask(server, "/at-once")).status).toBe(200);
  });
  expect(reports.map(({ message }) => message)).toEqual([
    "Exception in the handler of GET /fails-at-once",
    "Exception in the handler of PUT /fails",
  ]);
});

test.each(all)("%s: a GET whose client leaves is cancelled, and nothing is reported", async (_name, start) => {
  const reports = await withServer(start, function* (server, work) {
    for (const leave of ["destroy", "end", "resetAndDestroy"] as const) {
      work.log.length = 0;
      const { socket } = rawClient(server.port, "GET /waits HTTP/1.1\r\nhost: x\r\n\r\n");
      yield* until(() => work.log.length === 1);
      socket[leave]();
      yield* until(() => work.log.length === 2);
      expect(work.log).toEqual(["began", "the client has disconnected"]);
      socket.destroy();
    }
    expect((yield* ask(server, "/later")).status).toBe(200);
  });
  expect(reports).toEqual([]);
});

test.each(all)("%s: a POST whose client leaves goes on", async (_name, start) => {
  await withServer(start, function* (server, work) {
    const { socket } = rawClient(server.port, POST);
    yield* until(() => work.log.length === 1);
    socket.destroy();
    yield* sleep(0.03);
    expect(work.log).toEqual(["began"]);
    for (const task of allTasks()) if (task !== currentTask()) task.cancel("by the test");
    yield* until(() => work.log.length === 2);
    expect(work.log).toEqual(["began", "by the test"]);
  });
});

test.each(all)("%s: with cancelOnDisconnect true a POST is cancelled too", async (_name, start) => {
  const body = function* (server: Listening, work: Work): Coroutine<void> {
    const { socket } = rawClient(server.port, POST);
    yield* until(() => work.log.length === 1);
    socket.destroy();
    yield* until(() => work.log.length === 2);
    expect(work.log).toEqual(["began", "the client has disconnected"]);
  };
  await withServer(start, body, { cancelOnDisconnect: true });
});

test("fastify.inject and hono's request call it without a socket", async () => {
  const app = fastify();
  app.get(
    "/",
    toHandler(function* () {
      yield* sleep(0.001);
      return { hello: "fastify" };
    }),
  );
  expect((await app.inject("/")).json()).toEqual({ hello: "fastify" });
  const hono = new Hono().get(
    "/",
    toHandler(function* (c: Context) {
      yield* sleep(0.001);
      return c.json({ hello: "hono" });
    }),
  );
  expect(await (await hono.request("/")).json()).toEqual({ hello: "hono" });
});

test("a function that returns nothing at once is waited for as one that does so later", async () => {
  const app = fastify();
  app.get(
    "/",
    toHandler(function* (_request: FastifyRequest, reply: FastifyReply) {
      reply.send("sent");
    }),
  );
  expect((await app.inject("/")).body).toBe("sent");
});

test("it keeps name, length and this, and takes plain functions", async () => {
  const named = toHandler(function* find(this: { id: number }, a: number, _b: number) {
    yield* sleep(0);
    return this.id + a;
  });
  expect([named.name, named.length]).toEqual(["find", 2]);
  expect(await named.call({ id: 1 }, 2, 3)).toBe(3);
  expect(await toHandler(async (a: number) => a + 1)(1)).toBe(2);
  expect(await toHandler((a: number) => a + 1)(1)).toBe(2);
  // A list is an answer, not something to wait for.
  expect(await toHandler(() => [1, 2])()).toEqual([1, 2]);
  expect(await toHandler(() => new Map([[1, 2]]))()).toEqual(new Map([[1, 2]]));
  await expect(toHandler(() => Promise.reject(new Error("no")))()).rejects.toThrow("no");
});

test("wrong arguments are told", () => {
  expect(() => toHandler(1 as never)).toThrow("toHandler expects a function that answers a request, got 1");
  expect(() => toHandler(function* () {}, { cancelOnDisconnect: 1 as never })).toThrow(
    'cancelOnDisconnect must be "safe", true or false, got 1',
  );
  expect(() => toHandler(function* () {}, { cancel: true } as never)).toThrow('toHandler has no option "cancel"');
});
