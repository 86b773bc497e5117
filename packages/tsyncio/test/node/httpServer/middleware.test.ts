/** `toHandler` as middleware, hook and handler of errors: an async function that is cancelled with its client. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { serve as serveHono } from "@hono/node-server";
import express from "express";
import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { type Context, Hono, type Next } from "hono";
import { type Coroutine, type ExceptionContext, fromPromise, isCancelled, sleep } from "tsyncio";
import { toHandler } from "tsyncio/http-server";
import { describe, expect, test } from "vitest";
import { real } from "../net/support.ts";
import { ask, rawClient, until } from "./support.ts";

/** Waits until it is cancelled. */
function* waits(log: string[]): Coroutine<void> {
  log.push("began");
  try {
    yield* sleep(1000);
  } catch (error) {
    log.push(isCancelled(error) ? error.message : "failed");
    throw error;
  }
}

interface Site {
  readonly port: number;
  close(): unknown;
}

async function listening(server: Server): Promise<Site> {
  if (!server.listening) await once(server, "listening");
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

function inside(start: () => PromiseLike<Site>, body: (site: Site) => Coroutine<void>): Promise<void> {
  const reports: ExceptionContext[] = [];
  return real(function* () {
    const site = yield* fromPromise(start());
    try {
      yield* body(site);
    } finally {
      site.close();
    }
    expect(reports).toEqual([]);
  }, reports);
}

/** The client leaves while the request waits in `path`. */
function* leaves(site: Site, path: string, log: string[]): Coroutine<void> {
  const { socket } = rawClient(site.port, `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  yield* until(() => log.length === 1);
  socket.destroy();
  yield* until(() => log.length === 2);
  expect(log).toEqual(["began", "the client has disconnected"]);
}

/** The task that runs for each path is cancelled when its client leaves. */
function cancelledWithClient(start: (log: string[]) => PromiseLike<Site>, ...paths: string[]): Promise<void> {
  const log: string[] = [];
  return inside(
    () => start(log),
    function* (site) {
      for (const path of paths) {
        log.length = 0;
        yield* leaves(site, path, log);
      }
    },
  );
}

describe("express", () => {
  type Request = express.Request & { user?: string };

  function start(log: string[]): Promise<Site> {
    const app = express();
    app.set("env", "test"); // prints no stack
    app.use(
      toHandler(function* (request: Request, response: express.Response, next: express.NextFunction) {
        if (request.path === "/at-once") return next();
        yield* sleep(0.001);
        if (request.path === "/answered") return void response.send("by the middleware");
        if (request.path === "/waits") yield* waits(log);
        if (request.path.startsWith("/fails")) throw request.path === "/fails" ? new Error("no user") : undefined;
        request.user = "ann";
        next();
      }),
    );
    app.get(
      "/*path",
      toHandler(function* (request: Request, response: express.Response) {
        yield* sleep(0.001);
        response.send(`user ${request.user}`);
      }),
    );
    app.use(
      toHandler(function* (
        error: Error,
        request: express.Request,
        response: express.Response,
        _next: express.NextFunction,
      ) {
        if (request.query.waits !== undefined) yield* waits(log);
        yield* sleep(0.001);
        response.status(500).send(`${error.name}: ${error.message}`);
      }),
    );
    return listening(app.listen(0));
  }

  test("goes on by next(), at once or later, or answers, or fails", () =>
    inside(
      () => start([]),
      function* (site) {
        expect((yield* ask(site, "/later")).text).toBe("user ann");
        expect((yield* ask(site, "/at-once")).text).toBe("user undefined");
        expect((yield* ask(site, "/answered")).text).toBe("by the middleware");
        expect(yield* ask(site, "/fails")).toMatchObject({ status: 500, text: "Error: no user" });
        // No error would be none: express would go on to the next handler.
        const { text } = yield* ask(site, "/fails-with-nothing");
        expect(text).toBe("TypeError: undefined was thrown");
      },
    ));

  test("a client that leaves cancels a middleware, and a handler of errors", () =>
    cancelledWithClient(start, "/waits", "/fails?waits=1"));
});

describe("fastify", () => {
  async function start(log: string[]): Promise<Site> {
    const app = fastify({ forceCloseConnections: true });
    app.addHook(
      "preHandler",
      toHandler(function* (request: FastifyRequest, reply: FastifyReply) {
        if (request.url === "/at-once") return undefined;
        // What a hook returns means nothing, unless it is the reply.
        if (request.url === "/true") return true;
        yield* sleep(0.001);
        if (request.url === "/waits") yield* waits(log);
        if (request.url === "/answered") return reply.send("by the hook");
        if (request.url.startsWith("/fails")) throw request.url === "/fails" ? new Error("no user") : undefined;
        return undefined;
      }),
    );
    app.setErrorHandler(
      toHandler(function* (error: Error, request: FastifyRequest, reply: FastifyReply) {
        if (request.url === "/fails?waits") yield* waits(log);
        yield* sleep(0.001);
        reply.code(500);
        return `${error.name}: ${error.message}`;
      }),
    );
    app.get(
      "/*",
      toHandler(function* (request: FastifyRequest) {
        yield* sleep(0.001);
        return request.url;
      }),
    );
    await app.listen({ port: 0 });
    return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
  }

  test("a hook goes on when it returns, at once or later, or answers, or fails", () =>
    inside(
      () => start([]),
      function* (site) {
        for (const path of ["/later", "/at-once", "/true"]) expect((yield* ask(site, path)).text).toBe(path);
        expect((yield* ask(site, "/answered")).text).toBe("by the hook");
        expect(yield* ask(site, "/fails")).toMatchObject({ status: 500, text: "Error: no user" });
        const { text } = yield* ask(site, "/fails-with-nothing");
        expect(text).toBe("TypeError: undefined was thrown");
      },
    ));

  test("a client that leaves cancels a hook, and a handler of errors", () =>
    cancelledWithClient(start, "/waits", "/fails?waits"));
});

describe("hono", () => {
  function app(log: string[]): Hono {
    const made = new Hono();
    made.onError((error, c) => c.text(`${error.name}: ${error.message}`, 500));
    made.use(
      toHandler(function* (c: Context, next: Next) {
        const { path } = c.req;
        if (path === "/at-once") return c.text("by the middleware");
        yield* sleep(0.001);
        if (path === "/waits") yield* waits(log);
        if (path === "/answered") return c.text("by the middleware");
        if (path.startsWith("/fails")) throw path === "/fails" ? new Error("no user") : undefined;
        yield* fromPromise(next());
        c.header("x-by", "the middleware");
        return undefined;
      }),
    );
    made.get(
      "/*",
      toHandler(function* (c: Context) {
        yield* sleep(0.001);
        return c.text(c.req.path);
      }),
    );
    return made;
  }
  const start = (log: string[]) => listening(serveHono({ fetch: app(log).fetch, port: 0 }) as Server);

  test("goes on by next() and returns nothing, or answers, or fails", () =>
    inside(
      () => start([]),
      function* (site) {
        const { text, headers } = yield* ask(site, "/later");
        expect([text, headers["x-by"]]).toEqual(["/later", "the middleware"]);
        for (const path of ["/at-once", "/answered"]) {
          expect((yield* ask(site, path)).text).toBe("by the middleware");
        }
        expect(yield* ask(site, "/fails")).toMatchObject({ status: 500, text: "Error: no user" });
        const nothing = yield* ask(site, "/fails-with-nothing");
        expect(nothing.text).toBe("TypeError: undefined was thrown");
      },
    ));

  test("a client that leaves cancels a middleware", () => cancelledWithClient(start, "/waits"));
});

describe("node:http", () => {
  test("a listener returns a promise that ends with it, and is never rejected", async () => {
    const ends: unknown[] = [];
    const listener = toHandler(function* (request: IncomingMessage, response: ServerResponse) {
      yield* sleep(0.001);
      response.end(request.url);
      if (request.url === "/fails") throw new Error("after the answer");
    });
    const reports: ExceptionContext[] = [];
    await real(function* () {
      const server = createServer((request, response) => {
        listener(request, response).then(
          () => ends.push("ended"),
          () => ends.push("rejected"),
        );
      });
      const site = yield* fromPromise(listening(server.listen(0, "127.0.0.1")));
      expect((yield* ask(site, "/")).text).toBe("/");
      // What has been sent arrives all the same.
      expect((yield* ask(site, "/fails")).text).toBe("/fails");
      yield* until(() => ends.length === 2);
      site.close();
    }, reports);
    expect(ends).toEqual(["ended", "ended"]);
    expect(reports.map(({ message }) => message)).toEqual(["Exception in the handler of GET /fails"]);
  });
});
