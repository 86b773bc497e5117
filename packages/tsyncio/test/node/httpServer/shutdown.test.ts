/** The end of a server: in good order, at once, with its loop. */

import type { Server } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import {
  allTasks,
  asyncWith,
  type Coroutine,
  createTask,
  fromPromise,
  getRunningLoop,
  isCancelled,
  newEventLoop,
  RuntimeError,
  run,
  sleep,
  TimeoutError,
  timeout,
} from "tsyncio";
import { serve } from "tsyncio/http-server";
import { expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { real } from "../net/support.ts";
import { type Answer, answer, ask, rawClient, served, until } from "./support.ts";

/** Answers when it is told, and notes what becomes of each request. */
class Slow {
  readonly log: string[] = [];
  private open = false;

  readonly handler = (request: Request): Coroutine<Response> => this.handle(request);

  *handle(request: Request): Coroutine<Response> {
    this.log.push("began");
    try {
      while (!this.open) yield* sleep(0.001);
      this.log.push("answered");
      return new Response(request.method);
    } catch (error) {
      yield* sleep(0.002);
      this.log.push(isCancelled(error) ? error.message : "failed");
      throw error;
    }
  }

  readonly go = (): void => {
    this.open = true;
  };
}

test("shutdown() refuses connections, lets requests end, and is over with the last of them", () =>
  real(function* () {
    const slow = new Slow();
    const server = yield* serve(slow.handler, { port: 0 });
    const asked = createTask(ask(server, "/"));
    yield* until(() => slow.log.length === 1);
    const down = createTask(server.shutdown({ grace: 100 }));
    yield* sleep(0);
    expect(server.isServing()).toBe(false);
    expect(yield* errorOf(ask(server, "/"))).toMatchObject({ code: "ECONNREFUSED" });
    expect(down.done()).toBe(false);
    slow.go();
    const { status, headers } = yield* asked;
    expect([status, headers.connection]).toEqual([200, "close"]);
    yield* down;
    expect(slow.log).toEqual(["began", "answered"]);
  }));

test("after the grace requests are cancelled, clean up, and are answered with 503", () =>
  real(function* () {
    const slow = new Slow();
    const server = yield* serve(slow.handler, { port: 0 });
    const asked = ["GET", "POST"].map((method) => createTask(ask(server, "/", { method })));
    yield* until(() => slow.log.length === 2);
    yield* server.shutdown({ grace: 0.01 });
    for (const task of asked) {
      const { status, headers } = yield* task;
      expect([status, headers.connection]).toEqual([503, "close"]);
    }
    expect(slow.log).toEqual(["began", "began", "the server shuts down", "the server shuts down"]);
  }));

test("connections that are kept, and those on which nothing has come, do not keep the server", () =>
  real(function* () {
    const server = yield* serve(() => new Response("ok"), { port: 0 });
    const kept = rawClient(server.port, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    const fresh = connect(server.port, "127.0.0.1");
    yield* until(() => kept.heard() !== "" && fresh.readyState === "open");
    yield* sleep(0.01);
    yield* asyncWith(timeout(30), () => server.shutdown({ grace: 1000 }));
    yield* fromPromise(kept.closed);
    fresh.destroy();
  }));

test("close() can be called again, ends serveForever(), and waitClosed() waits for requests", () =>
  real(function* () {
    const slow = new Slow();
    const server = yield* serve(slow.handler, { port: 0 });
    const forever = createTask(server.serveForever());
    const asked = createTask(ask(server, "/"));
    yield* until(() => slow.log.length === 1);
    const told: string[] = [];
    const forgotten = (): void => void told.push("forgotten");
    server.addCloseCallback(() => void told.push("closes"));
    server.addCloseCallback(forgotten);
    server.removeCloseCallback(forgotten);
    server.close();
    server.close();
    expect(told).toEqual(["closes"]);
    expect(isCancelled(yield* errorOf(forever))).toBe(true);
    expect(yield* errorOf(server.serveForever())).toBeInstanceOf(RuntimeError);
    const closed = createTask(server.waitClosed());
    yield* sleep(0.01);
    expect(closed.done()).toBe(false);
    slow.go();
    yield* closed;
    yield* asked;
    yield* server.waitClosed();
    yield* server.shutdown();
  }));

test("waitClosed() waits for clients no longer than their time limits, and for answers and upgraded connections", () => {
  const { handler, go } = new Slow();
  return served(
    function* (request) {
      if (request.method === "POST") yield* fromPromise(request.text());
      return yield* handler(request);
    },
    function* (server) {
      const node = server.node as Server;
      const upgraded: Duplex[] = [];
      node.on("upgrade", (_request, socket) => upgraded.push(socket));
      const begin = (head: string) => rawClient(server.port, `${head} / HTTP/1.1\r\nhost: x\r\n`);
      const slow = begin("GET");
      const upload = begin("POST");
      upload.socket.write("content-length: 5\r\n\r\npie");
      const upgrade = begin("GET");
      upgrade.socket.write("connection: upgrade\r\nupgrade: x\r\n\r\n");
      const asked = createTask(ask(server, "/"));
      yield* until(() => String(server).includes("requests=2") && upgraded.length === 1);
      node.headersTimeout = 50;
      node.requestTimeout = 100;
      server.close();
      yield* fromPromise(slow.closed);
      yield* fromPromise(upload.closed);
      go();
      expect((yield* asked).text).toBe("GET");
      expect(upgrade.socket.destroyed).toBe(false);
      upgraded[0]?.end();
      yield* server.waitClosed();
    },
  );
});

test("cancelling serveForever() inside the server's block shuts down in good order", () =>
  real(function* () {
    const slow = new Slow();
    const server = yield* serve(slow.handler, { port: 0, grace: 100 });
    const main = createTask(asyncWith(server, () => server.serveForever()));
    const asked = createTask(ask(server, "/"));
    yield* until(() => slow.log.length === 1);
    main.cancel();
    yield* sleep(0.01);
    slow.go();
    expect(isCancelled(yield* errorOf(main))).toBe(true);
    expect((yield* asked).status).toBe(200);
  }));

test("cancelling serveForever() stops listening at once, however long what is inside the server's block takes to end", () =>
  real(function* () {
    const slow = new Slow();
    const server = yield* serve(slow.handler, { port: 0, grace: 100 });
    const inside = getRunningLoop().createFuture<void>();
    const main = createTask(
      asyncWith(server, function* () {
        try {
          yield* server.serveForever();
        } finally {
          yield* inside;
        }
      }),
    );
    const asked = createTask(ask(server, "/"));
    yield* until(() => slow.log.length === 1);
    let told = false;
    server.addCloseCallback(() => {
      told = true;
    });
    main.cancel();
    yield* until(() => told);
    expect(yield* errorOf(ask(server, "/"))).toMatchObject({ code: "ECONNREFUSED" });
    slow.go();
    expect((yield* asked).status).toBe(200);
    inside.setResult();
    expect(isCancelled(yield* errorOf(main))).toBe(true);
  }));

test("cancelling shutdown() ends all at once, and what it cancels is not cancelled again", () =>
  real(function* () {
    const slow = new Slow();
    const server = yield* serve(slow.handler, { port: 0 });
    const asked = createTask(errorOf(ask(server, "/", { method: "POST" })));
    yield* until(() => slow.log.length === 1);
    expect(yield* errorOf(asyncWith(timeout(0.01), () => server.shutdown({ grace: 100 })))).toBeInstanceOf(
      TimeoutError,
    );
    yield* asked;
    yield* server.waitClosed();
    expect(slow.log).toEqual(["began", "the server shuts down"]);
  }));

test("the end of a run cancels the requests of its servers, and closes them", async () => {
  const slow = new Slow();
  let asked: Promise<Answer> | null = null;
  let port = 0;
  await real(function* () {
    const server = yield* serve(slow.handler, { port: 0 });
    port = server.port;
    asked = answer(port, "/", { method: "POST" });
    yield* until(() => slow.log.length === 1);
  });
  expect((await (asked as unknown as Promise<Answer>)).status).toBe(503);
  expect(slow.log[0]).toBe("began");
  expect(slow.log).toHaveLength(2);
  await expect(answer(port, "/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("a server ends with its loop, however that is closed", async () => {
  const loop = newEventLoop();
  const server = await loop.runUntilComplete(serve(() => new Response("ok"), { port: 0 }));
  expect((await answer(server.port, "/")).text).toBe("ok");
  loop.close();
  await expect(answer(server.port, "/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("a request whose client has left is waited for, and cancelled after the grace", () =>
  real(function* () {
    const slow = new Slow();
    const server = yield* serve(slow.handler, { port: 0 });
    const client = rawClient(server.port, "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
    yield* until(() => slow.log.length === 1);
    client.socket.destroy();
    yield* fromPromise(client.closed);
    yield* server.shutdown({ grace: 0.02 });
    expect(slow.log).toEqual(["began", "the server shuts down"]);
    expect(allTasks().size).toBe(1);
  }));

test("native code can serve without a run", async () => {
  const server = await serve(async () => new Response("native"), { port: 0 });
  expect((await answer(server.port, "/")).text).toBe("native");
  await server[Symbol.asyncDispose]();
  await run(server.waitClosed()).catch(() => {});
});
