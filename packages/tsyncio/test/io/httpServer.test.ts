/** The server and clients of the platform's fetch, on Node, Bun and Deno. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import {
  asyncGenerator,
  asyncWith,
  CancelledError,
  ContextVar,
  type Coroutine,
  createTask,
  currentTask,
  Event,
  type ExceptionContext,
  type Future,
  fromPromise,
  gather,
  getRunningLoop,
  isCancelled,
  sleep,
  type Task,
  TimeoutError,
  timeout,
  toReadableStream,
} from "tsyncio";
import { type Handler, type HttpServer, type HttpServerOptions, serve, toHandler } from "tsyncio/http-server";
import { describe, expect, test } from "vitest";
import { errorOf } from "../support.ts";
import { until } from "./httpServers.ts";
import { bytes, pattern, real, same } from "./support.ts";

/** A server on a port of its own while the body runs. */
const serving = (
  handler: Handler,
  body: (server: HttpServer) => Coroutine<void>,
  options: HttpServerOptions = {},
): Promise<void> =>
  real(function* () {
    const server = yield* serve(handler, { port: 0, grace: 0, ...options });
    yield* asyncWith(server, body);
  });

/** Asks on a connection of its own; a body is read to its end. */
function* ask(
  server: { readonly url: string },
  path: string,
  init: RequestInit = {},
): Coroutine<{ status: number; text: string }> {
  const headers = { connection: "close", ...init.headers };
  return yield* fromPromise(async (signal) => {
    const response = await fetch(new URL(path, server.url), { signal, ...init, headers });
    return { status: response.status, text: await response.text() };
  });
}

/** Waits forever, and notes how that ends. */
function* waiting(log: string[]): Coroutine<Response> {
  log.push("began");
  try {
    yield* sleep(1000);
  } catch (error) {
    log.push(isCancelled(error) ? error.message : String(error));
    throw error;
  } finally {
    yield* sleep(0.001);
    log.push("cleaned up");
  }
  return new Response();
}

describe("requests", () => {
  test("are answered, at once or after a wait, by coroutines and by plain functions", () =>
    serving(
      (request) => {
        const { pathname } = new URL(request.url);
        if (pathname === "/plain") return new Response("plain", { status: 201 });
        if (pathname === "/promise") return Promise.resolve(new Response("promise"));
        return (function* () {
          if (pathname === "/slow") yield* sleep(0.002);
          return new Response(pathname);
        })();
      },
      function* (server) {
        expect(server.url).toBe(`http://127.0.0.1:${server.port}/`);
        expect(yield* ask(server, "/plain")).toEqual({ status: 201, text: "plain" });
        expect(yield* ask(server, "/promise")).toEqual({ status: 200, text: "promise" });
        expect(yield* ask(server, "/slow")).toEqual({ status: 200, text: "/slow" });
        const paths = Array.from({ length: 50 }, (_, i) => `/${i}/slow`);
        const answers = yield* gather(...paths.map((path) => ask(server, path)));
        expect(answers.map(({ text }) => text)).toEqual(paths);
      },
    ));

  test("are tasks of the server's loop, with their own copy of the context", () => {
    const user = new ContextVar<string>("user");
    return serving(
      function* (request) {
        const before = user.get("none");
        user.set("changed");
        yield* sleep(0.001);
        return Response.json([before, user.get(), getRunningLoop() === currentTask()?.getLoop(), request.method]);
      },
      function* (server) {
        for (const method of ["GET", "DELETE"]) {
          const { text } = yield* ask(server, "/", { method });
          expect(JSON.parse(text)).toEqual(["none", "changed", true, method]);
        }
      },
    );
  });

  test("have bodies, which come back as they were sent", () => {
    const sent = pattern(300_000);
    return serving(
      function* (request) {
        return new Response(yield* fromPromise(request.arrayBuffer()), { headers: { "x-of": "mine" } });
      },
      function* (server) {
        const response = yield* fromPromise(fetch(server.url, { method: "POST", body: sent }));
        expect(response.headers.get("x-of")).toBe("mine");
        same(new Uint8Array(yield* fromPromise(response.arrayBuffer())), sent);
      },
    );
  });

  test("above maxBodySize are refused with 413, which is no report", () =>
    serving(
      function* (request) {
        return new Response(String((yield* fromPromise(request.text())).length));
      },
      function* (server) {
        const reports: unknown[] = [];
        server.getLoop().setExceptionHandler((_loop, { exception }) => reports.push(exception));
        expect(yield* ask(server, "/", { method: "POST", body: "x".repeat(1000) })).toEqual({
          status: 200,
          text: "1000",
        });
        expect((yield* ask(server, "/", { method: "POST", body: "x".repeat(1001) })).status).toBe(413);
        const stream = new ReadableStream({
          start(controller) {
            controller.enqueue(bytes("x".repeat(1001)));
            controller.close();
          },
        });
        const chunked = { method: "PUT", body: stream, duplex: "half" } as RequestInit;
        expect((yield* ask(server, "/", chunked)).status).toBe(413);
        expect(reports).toEqual([]);
      },
      { maxBodySize: 1000 },
    ));

  test("that fail are answered with 500 and nothing of the error, and reported", () => {
    const reports: ExceptionContext[] = [];
    const boom = new Error("secret");
    return serving(
      function* (request) {
        if (request.url.includes("later")) yield* sleep(0.001);
        throw boom;
      },
      function* (server) {
        server.getLoop().setExceptionHandler((_loop, context) => reports.push(context));
        for (const path of ["/now?token=secret", "/later"]) {
          expect(yield* ask(server, path)).toEqual({ status: 500, text: "Internal Server Error\n" });
        }
        const told = ["now", "later"].map((path) => [`Exception in the handler of GET /${path}`, boom]);
        expect(reports.map(({ message, exception }) => [message, exception])).toEqual(told);
      },
    );
  });
});

describe("streams", () => {
  const numbers = asyncGenerator(function* (log: string[], count: number, pause: number) {
    try {
      for (let i = 0; i < count; i++) {
        yield bytes(`${i} `);
        yield* sleep(pause);
      }
    } finally {
      yield* sleep(0.001);
      log.push("closed");
    }
  });

  test.each([
    ["toReadableStream", toReadableStream],
    ["an async generator", (iterable: unknown) => iterable as ReadableStream],
  ])("are sent as they come, and closed when their client leaves: %s", (_name, streamOf) => {
    const log: string[] = [];
    return serving(
      (request) => {
        const short = request.url.endsWith("short");
        return new Response(streamOf(numbers(log, short ? 3 : 1e9, short ? 0.001 : 0.005) as never));
      },
      function* (server) {
        expect((yield* ask(server, "/short")).text).toBe("0 1 2 ");
        expect(log).toEqual(["closed"]);
        const leaving = new AbortController();
        const response = yield* fromPromise(fetch(server.url, { signal: leaving.signal }));
        const reader = (response.body as ReadableStream<Uint8Array>).getReader();
        yield* fromPromise(reader.read());
        leaving.abort();
        yield* errorOf(fromPromise(reader.read()));
        yield* until(() => log.length === 2);
      },
    );
  });
});

describe("a client that leaves", () => {
  const cases: [HttpServerOptions["cancelOnDisconnect"], string, boolean][] = [
    ["safe", "GET", true],
    ["safe", "POST", false],
    [true, "POST", true],
    [false, "GET", false],
  ];
  test.each(cases)("with cancelOnDisconnect %s a %s is cancelled: %s", (cancelOnDisconnect, method, cancelled) => {
    const log: string[] = [];
    let handling: Task<unknown> | null = null;
    return serving(
      function* () {
        handling = currentTask();
        return yield* waiting(log);
      },
      function* (server) {
        const asked = createTask(ask(server, "/", { method }));
        yield* until(() => log.length === 1);
        asked.cancel();
        expect(yield* errorOf(asked)).toBeInstanceOf(CancelledError);
        if (cancelled) yield* until(() => log.length === 3);
        else yield* sleep(0.1);
        expect(log).toEqual(cancelled ? ["began", "the client has disconnected", "cleaned up"] : ["began"]);
        handling?.cancel("by the test");
        yield* until(() => log.length === 3);
      },
      { cancelOnDisconnect: cancelOnDisconnect as "safe" },
    );
  });

  test("leaves the others their answers", () => {
    const gate = new Event();
    let active = 0;
    return serving(
      function* (request) {
        active++;
        try {
          yield* gate.wait();
          return new Response(new URL(request.url).pathname);
        } finally {
          active--;
        }
      },
      function* (server) {
        const asked = Array.from({ length: 60 }, (_, i) => createTask(ask(server, `/${i}`)));
        yield* until(() => active === 60);
        for (const [i, task] of asked.entries()) if (i % 3 === 0) task.cancel();
        yield* until(() => active === 40);
        gate.set();
        for (const [i, task] of asked.entries()) {
          if (i % 3 === 0) expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
          else expect((yield* task).text).toBe(`/${i}`);
        }
        expect(active).toBe(0);
      },
    );
  });
});

describe("the end of a server", () => {
  test("shutdown lets requests end, and refuses others", () => {
    const log: string[] = [];
    return serving(
      function* () {
        log.push("began");
        yield* sleep(0.05);
        return new Response("in time");
      },
      function* (server) {
        const asked = createTask(ask(server, "/"));
        yield* until(() => log.length === 1);
        const down = createTask(server.shutdown({ grace: 20 }));
        yield* sleep(0);
        expect(server.isServing()).toBe(false);
        expect((yield* asked).text).toBe("in time");
        yield* down;
        expect(yield* errorOf(ask(server, "/"))).toBeInstanceOf(TypeError);
      },
    );
  });

  test("shutdown whose grace is over cancels requests, which clean up and are answered with 503", () => {
    const log: string[] = [];
    return serving(
      () => waiting(log),
      function* (server) {
        const asked = ["GET", "POST"].map((method) => createTask(ask(server, "/", { method })));
        yield* until(() => log.length === 2);
        yield* server.shutdown({ grace: 0.01 });
        for (const task of asked) expect((yield* task).status).toBe(503);
        const ended = "the server shuts down";
        expect(log).toEqual(["began", "began", ended, ended, "cleaned up", "cleaned up"]);
      },
    );
  });

  test("shutdown leaves a request behind that does not end when it is cancelled, and reports it", () => {
    const reports: ExceptionContext[] = [];
    const gate = new Event();
    return serving(
      function* () {
        for (;;) {
          try {
            yield* gate.wait();
            return new Response("too late");
          } catch {}
        }
      },
      function* (server) {
        server.getLoop().setExceptionHandler((_loop, context) => reports.push(context));
        const asked = createTask(errorOf(ask(server, "/stubborn?token=secret", { method: "POST" })));
        yield* until(() => String(server).includes("requests=1"));
        yield* server.shutdown({ grace: 0.01 });
        expect(yield* asked).toBeInstanceOf(TypeError); // its connection is gone
        expect(reports.map(({ message }) => message)).toEqual([
          "POST /stubborn has not ended 5 seconds after it was cancelled: its handler must not catch CancelledError",
        ]);
        const task = reports[0]?.task as Future<unknown>;
        expect(task.done()).toBe(false);
        gate.set();
        yield* until(() => task.done());
        expect(reports).toHaveLength(1);
      },
    );
  });

  test.each(["shutdown", "cancelled"])(
    "a promise of waitUntil that never settles does not keep the server: %s",
    (how) =>
      serving(
        (request) => {
          request.waitUntil?.(new Promise(() => {}));
          return new Response("ok");
        },
        function* (server) {
          expect((yield* ask(server, "/")).text).toBe("ok");
          if (how === "shutdown") yield* asyncWith(timeout(20), () => server.shutdown({ grace: 0.02 }));
          else {
            const late = asyncWith(timeout(0.02), () => server.shutdown({ grace: 100 }));
            expect(yield* errorOf(late)).toBeInstanceOf(TimeoutError);
          }
          yield* asyncWith(timeout(20), () => server.waitClosed());
        },
      ),
  );

  test("shutdown ends bodies without end", () => {
    const log: string[] = [];
    const endless = asyncGenerator(function* () {
      try {
        for (;;) {
          yield bytes("more ");
          yield* sleep(0.005);
        }
      } finally {
        log.push("closed");
      }
    });
    return serving(
      () => new Response(toReadableStream(endless())),
      function* (server) {
        const response = yield* fromPromise(fetch(server.url));
        const reader = (response.body as ReadableStream<Uint8Array>).getReader();
        yield* fromPromise(reader.read());
        yield* server.shutdown({ grace: 0.02 });
        yield* until(() => log.length === 1);
        const rest = function* () {
          while (!(yield* fromPromise(reader.read())).done);
        };
        expect(yield* errorOf(rest())).toBeInstanceOf(Error);
      },
    );
  });

  test("shutdown lets a body end that is sent in time", () => {
    const slow = asyncGenerator(function* () {
      for (let i = 0; i < 10; i++) {
        yield bytes(`${i} `);
        yield* sleep(0.01);
      }
    });
    return serving(
      () => new Response(toReadableStream(slow())),
      function* (server) {
        const response = yield* fromPromise(fetch(server.url));
        const down = createTask(server.shutdown({ grace: 20 }));
        expect(yield* fromPromise(response.text())).toBe("0 1 2 3 4 5 6 7 8 9 ");
        yield* down;
      },
    );
  });

  const requests = {
    "that has sent nothing": "",
    "that has sent half of a request": "GET / HTTP/1.1\r\nhos",
    "that is idle": "GET / HTTP/1.1\r\nhost: x\r\n\r\n",
    "that does not read": "GET /endless HTTP/1.1\r\nhost: x\r\n\r\n",
    "that has sent half of a body": "POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf",
  };
  // Deno keeps a connection whose request's body has not come to its end, Bun one on which nothing has come.
  const kept = "Deno" in globalThis ? /body/ : "Bun" in globalThis ? /nothing/ : /^$/;
  const held = Object.entries(requests).filter(([name]) => !kept.test(name));
  test.each(held)("shutdown ends the connection of a client %s", (_name, request) =>
    serving(
      function* (request) {
        const { url } = request;
        if (url.endsWith("/read")) return new Response(yield* fromPromise(request.text()));
        if (!url.endsWith("/endless")) return new Response("ok");
        return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) }));
      },
      function* (server) {
        const socket = connect(server.port, "127.0.0.1");
        let closed = false;
        socket
          .on("error", () => {})
          .on("close", () => {
            closed = true;
          });
        yield* fromPromise(once(socket, "connect"));
        socket.write(request);
        yield* sleep(0.1);
        yield* asyncWith(timeout(20), () => server.shutdown({ grace: 0.05 }));
        socket.resume();
        yield* until(() => closed);
      },
    ),
  );

  test("serveForever() ends by it, and cancelling serveForever() leaves the server's block", () =>
    serving(
      () => new Response("ok"),
      function* (server) {
        const forever = createTask(server.serveForever());
        yield* sleep(0);
        yield* server.shutdown();
        expect(yield* errorOf(forever)).toBeInstanceOf(CancelledError);
        const other = yield* serve(() => new Response("other"), { port: 0 });
        const main = createTask(asyncWith(other, () => other.serveForever()));
        yield* sleep(0.01);
        expect((yield* ask(other, "/")).text).toBe("other");
        main.cancel();
        yield* errorOf(main);
        expect(other.isServing()).toBe(false);
        yield* other.waitClosed();
      },
    ));

  test("comes with the end of its run", async () => {
    let url = "";
    await real(function* () {
      const server = yield* serve(() => new Response("ok"), { port: 0 });
      url = server.url;
      expect((yield* ask(server, "/")).text).toBe("ok");
    });
    await expect(fetch(url)).rejects.toThrow();
  });
});

test("toHandler makes a handler of node:http, whose task is cancelled when the client leaves", () =>
  real(function* () {
    const log: string[] = [];
    const handler = toHandler(function* (request: IncomingMessage, response: ServerResponse) {
      if (request.url === "/waits") yield* waiting(log);
      yield* sleep(0.001);
      response.end(`hello ${request.url}`);
    });
    const server = createServer(handler);
    yield* fromPromise(once(server.listen(0, "127.0.0.1"), "listening"));
    const place = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
    try {
      expect(yield* ask(place, "/you")).toEqual({ status: 200, text: "hello /you" });
      const asked = createTask(ask(place, "/waits"));
      yield* until(() => log.length === 1);
      asked.cancel();
      yield* errorOf(asked);
      yield* until(() => log.length === 3);
      expect(log).toEqual(["began", "the client has disconnected", "cleaned up"]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }));

test("a port that is taken is an error of the caller's", () =>
  serving(
    () => new Response("ok"),
    function* ({ port }) {
      expect(String(yield* errorOf(serve(() => new Response(), { port })))).toMatch(/EADDRINUSE|AddrInUse|in use/);
    },
  ));
