/** Clients that leave: before the answer, in the middle of it, in the middle of an upload. */

import {
  asyncGenerator,
  type Coroutine,
  type ExceptionContext,
  fromPromise,
  fromReadableStream,
  isCancelled,
  sleep,
  toArray,
  toReadableStream,
} from "tsyncio";
import { expect, test } from "vitest";
import { ask, rawClient, served, until } from "./support.ts";

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

const head = (method: string, path = "/"): string => `${method} ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;

test.each(["GET", "HEAD", "OPTIONS"])(
  "a %s whose client leaves is cancelled, however the client does it",
  async (method) => {
    const log: string[] = [];
    await served(
      () => waiting(log),
      function* (server) {
        for (const leave of ["destroy", "end", "resetAndDestroy"] as const) {
          log.length = 0;
          const { socket } = rawClient(server.port, head(method));
          yield* until(() => log.length === 1);
          socket[leave]();
          yield* until(() => log.length === 3);
          expect(log).toEqual(["began", "the client has disconnected", "cleaned up"]);
          socket.destroy();
        }
      },
    );
  },
);

test.each([
  ["safe", "POST"],
  [false, "GET"],
] as const)(
  "with cancelOnDisconnect %s a %s goes on to its end without its client",
  async (cancelOnDisconnect, method) => {
    const log: string[] = [];
    await served(
      function* () {
        log.push("began");
        yield* sleep(0.02);
        log.push("done");
        return new Response("not read");
      },
      function* (server) {
        const { socket } = rawClient(server.port, head(method));
        yield* until(() => log.length === 1);
        socket.destroy();
        yield* until(() => log.length === 2);
      },
      { cancelOnDisconnect },
    );
  },
);

test("with cancelOnDisconnect true a POST is cancelled", async () => {
  const log: string[] = [];
  await served(
    () => waiting(log),
    function* (server) {
      const { socket } = rawClient(server.port, head("POST"));
      yield* until(() => log.length === 1);
      socket.destroy();
      yield* until(() => log.length === 3);
    },
    { cancelOnDisconnect: true },
  );
});

test("requests that wait behind others on one connection are cancelled with it", async () => {
  const log: string[] = [];
  await served(
    () => waiting(log),
    function* (server) {
      const { socket } = rawClient(server.port, head("GET").repeat(3));
      yield* until(() => log.length === 3);
      socket.destroy();
      yield* until(() => log.length === 9);
    },
  );
});

const bodies = asyncGenerator(function* (log: string[], pause: number) {
  const part = new Uint8Array(65_536);
  try {
    for (;;) {
      yield part;
      log.push("sent");
      yield* sleep(pause);
    }
  } finally {
    yield* sleep(0.001);
    log.push("closed");
  }
});

test.each([
  ["an async generator", (log: string[], pause: number) => bodies(log, pause) as unknown as ReadableStream],
  ["toReadableStream", (log: string[], pause: number) => toReadableStream(bodies(log, pause))],
])("a body made of %s is closed when its client leaves, whether it waits or sends", async (_name, make) => {
  const log: string[] = [];
  await served(
    (request) => new Response(make(log, request.url.endsWith("slow") ? 1000 : 0)),
    function* (server) {
      for (const path of ["/fast", "/slow"]) {
        log.length = 0;
        const client = rawClient(server.port, head("GET", path));
        yield* until(() => client.heard() !== "");
        yield* sleep(0.01);
        client.socket.destroy();
        yield* until(() => log.at(-1) === "closed");
      }
    },
  );
});

test("a client that does not read keeps a body from being made, and leaving closes it", async () => {
  const log: string[] = [];
  await served(
    () => new Response(toReadableStream(bodies(log, 0))),
    function* (server) {
      const { socket } = rawClient(server.port, head("GET"));
      socket.pause();
      yield* until(() => log.length > 1);
      let before = -1;
      while (before !== log.length) {
        before = log.length;
        yield* sleep(0.1);
      }
      expect(log.length * 65_536).toBeLessThan(64 << 20);
      socket.destroy();
      yield* until(() => log.at(-1) === "closed");
    },
  );
});

test("an error in a body ends the connection, and is reported", async () => {
  const reports: ExceptionContext[] = [];
  const boom = new Error("in the body");
  const failing = asyncGenerator(function* () {
    yield new TextEncoder().encode("begin");
    yield* sleep(0.01);
    throw boom;
  });
  await served(
    () => new Response(toReadableStream(failing())),
    function* (server) {
      const client = rawClient(server.port, head("GET", "/rows?token=secret"));
      yield* fromPromise(client.closed);
      expect(client.heard()).toMatch("begin");
      expect(client.heard()).not.toMatch("in the body");
    },
    { reports },
  );
  expect(reports.map(({ message, exception }) => [message, exception])).toEqual([
    ["Exception in the body of the response to GET /rows", boom],
  ]);
});

test("an upload whose client leaves is an error where the body is read, and none of the server's", async () => {
  const log: string[] = [];
  await served(
    function* (request) {
      log.push("began");
      try {
        yield* request.url.endsWith("text")
          ? fromPromise(request.text())
          : toArray(fromReadableStream(request.body as ReadableStream));
      } catch (error) {
        log.push((error as Error).name);
        throw error;
      }
      return new Response();
    },
    function* (server) {
      for (const path of ["/text", "/stream"]) {
        log.length = 0;
        const { socket } = rawClient(
          server.port,
          `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nbegin`,
        );
        yield* until(() => log.length === 1);
        socket.destroy();
        yield* until(() => log.length === 2);
      }
    },
  );
});

test("a body is read as it comes", async () => {
  await served(
    function* (request) {
      let size = 0;
      const reader = (request.body as ReadableStream<Uint8Array>).getReader();
      for (;;) {
        const { done, value } = yield* fromPromise(reader.read());
        if (done) break;
        size += value.length;
        yield* sleep(0);
      }
      return new Response(String(size));
    },
    function* (server) {
      const { text } = yield* ask(server, "/", { method: "POST", body: new Uint8Array(900_000) });
      expect(text).toBe("900000");
    },
  );
});

test("a connection whose request was answered before its body came has two seconds for the rest, or ends", () =>
  served(
    () => new Response("no", { status: 401 }),
    function* (server) {
      const client = rawClient(server.port, "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nbegin");
      yield* until(() => client.heard() !== "");
      expect(client.heard()).toMatch(/^HTTP\/1.1 401 /);
      yield* fromPromise(client.closed);
    },
  ));
