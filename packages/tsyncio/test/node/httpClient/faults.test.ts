/** Servers that do what no server should, by raw sockets; and very many requests. */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { asyncFor, asyncWith, type Coroutine, createTask, fromPromise, isCancelled, sleep, wait } from "tsyncio";
import {
  ClientConnectionError,
  ClientError,
  ClientPayloadError,
  ClientSession,
  ServerDisconnectedError,
  ServerTimeoutError,
} from "tsyncio/http-client";
import { describe, expect, test } from "vitest";
import { serving, until } from "../../io/httpServers.ts";
import { errorOf } from "../../support.ts";
import { nodeOptions } from "../children.ts";
import { clean } from "../subprocess/support.ts";

/** A server that does `act` when a request has begun to come; afterwards no connection to it is open. */
function* raw(act: (socket: Socket, request: string) => void, body: (url: string) => Coroutine<void>): Coroutine<void> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => {}).on("close", () => open.delete(socket));
    socket.on("data", (data) => act(socket, String(data)));
  });
  yield* fromPromise(once(server.listen(0, "127.0.0.1"), "listening"));
  try {
    yield* body(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    yield* until(() => open.size === 0); // the client has closed them
  } finally {
    for (const socket of open) socket.destroy();
    server.close();
  }
}

const head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
type Reads = (session: ClientSession, url: string) => Coroutine<unknown>;
const get: Reads = (session, url) => session.get(url);
const text: Reads = function* (session, url) {
  return yield* (yield* session.get(url)).text();
};
const lines: Reads = function* (session, url) {
  yield* asyncFor((yield* session.get(url)).lines(), function* () {});
};

const faults: [
  name: string,
  act: (socket: Socket) => void,
  read: Reads,
  error: abstract new (...args: never[]) => Error,
][] = [
  ["closes at once", (socket) => void socket.end(), get, ServerDisconnectedError],
  ["resets at once", (socket) => void socket.resetAndDestroy(), get, ServerDisconnectedError],
  ["answers what is no HTTP", (socket) => void socket.end("220 smtp.example ESMTP\r\n"), get, ClientConnectionError],
  ["closes inside the headers", (socket) => void socket.end("HTTP/1.1 200 OK\r\nX-A: "), get, ServerDisconnectedError],
  [
    "has headers without an end",
    (socket) => void socket.end(`${head}X: ${"x".repeat(100_000)}`),
    get,
    ClientConnectionError,
  ],
  ["says nothing", () => {}, get, ServerTimeoutError],
  ["stops inside the headers", (socket) => void socket.write(head), get, ServerTimeoutError],
  [
    "stops inside the body",
    (socket) => void socket.write(`${head}Content-Length: 9\r\n\r\nx`),
    text,
    ServerTimeoutError,
  ],
  [
    "stops inside a line",
    (socket) => void socket.write(`${head}Content-Length: 9\r\n\r\na\nb`),
    lines,
    ServerTimeoutError,
  ],
  [
    "closes inside the body",
    (socket) => void socket.end(`${head}Content-Length: 9\r\n\r\nx`),
    text,
    ClientPayloadError,
  ],
  [
    "resets inside the body",
    (socket) =>
      void socket.write(`${head}Content-Length: 9\r\n\r\nx`, () => setTimeout(() => socket.resetAndDestroy(), 5)),
    text,
    ClientPayloadError,
  ],
  [
    "closes inside a chunk",
    (socket) => void socket.end(`${head}Transfer-Encoding: chunked\r\n\r\n9\r\nx`),
    text,
    ClientPayloadError,
  ],
  [
    "sends a chunk without a size",
    (socket) => void socket.end(`${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`),
    text,
    ClientPayloadError,
  ],
  [
    "sends what is no gzip",
    (socket) => void socket.end(`${head}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nxxxx`),
    text,
    ClientPayloadError,
  ],
];

describe("a server that", () => {
  test.each(faults)("%s", async (_name, act, read, cls) => {
    await clean(() =>
      raw(act, (url) =>
        asyncWith(new ClientSession({ timeout: cls === ServerTimeoutError ? 0.3 : 50 }), function* (session) {
          const error = yield* errorOf(read(session, `${url}?key=secret`));
          expect(error).toBeInstanceOf(cls);
          expect(error).toBeInstanceOf(ClientError);
          expect((error as Error).message).toContain(`GET ${url}?…`);
          expect(String(session)).toContain("0 of 100 under way");
        }),
      ),
    );
  });

  test("leaves in the middle of an upload", () =>
    clean(() =>
      raw(
        (socket) => void socket.resetAndDestroy(),
        (url) =>
          asyncWith(new ClientSession(), function* (session) {
            const error = yield* errorOf(session.post(url, { data: new Uint8Array(50_000_000) }));
            expect(error).toBeInstanceOf(ClientConnectionError);
          }),
      ),
    ));

  test("sends little that becomes much", () =>
    clean(() => {
      const bomb = gzipSync(new Uint8Array(50_000_000));
      return serving(
        (_request, response) => {
          response.setHeader("content-encoding", "gzip");
          response.end(bomb);
        },
        (site) =>
          asyncWith(new ClientSession({ maxBody: 1_000_000 }), function* (session) {
            expect(bomb.byteLength).toBeLessThan(100_000);
            const error = yield* errorOf(text(session, site.url));
            expect(error).toBeInstanceOf(ClientPayloadError);
            expect((error as Error).message).toContain("larger than maxBody, 1000000 bytes");
          }),
      );
    }));
});

test.each([undefined, null, 0, ""])("a body that fails with %s fails its reading, and stays so", (value) =>
  clean(() => {
    const body = () => new ReadableStream({ pull: (controller) => controller.error(value) });
    const fetch = async () => ({ status: 200, body: body() });
    return asyncWith(new ClientSession({ base: "http://server/", fetch }), function* (session) {
      const response = yield* session.get("x");
      for (let i = 0; i < 2; i++) expect(yield* errorOf(response.text())).toBeInstanceOf(TypeError);
      expect(yield* errorOf(lines(session, "y"))).toBeInstanceOf(TypeError);
    });
  }),
);

test("of 2,000 requests at once a third is cancelled: the others all have their answers, nothing is left", () =>
  clean(() =>
    serving(
      (request, response) => void setTimeout(() => response.end(request.url), Number(request.url?.slice(1)) % 5),
      (site) =>
        asyncWith(new ClientSession({ base: site.url, limit: 50 }), function* (session) {
          const tasks = Array.from({ length: 2000 }, (_, i) => createTask(text(session, String(i))));
          const cancelled = tasks.filter((_, i) => i % 3 === 0);
          // Some of them have begun, some wait for their place; at several moments.
          for (const [i, task] of cancelled.entries()) {
            if (i % 100 === 99) yield* sleep(0.01);
            task.cancel();
          }
          yield* wait(tasks);
          for (const [i, task] of tasks.entries()) {
            if (i % 3 !== 0) expect(task.result()).toBe(`/${i}`);
            else if (!task.cancelled()) expect(task.result()).toBe(`/${i}`); // it was done before
          }
          expect(cancelled.filter((task) => task.cancelled()).length).toBeGreaterThan(100);
          expect(cancelled.every((task) => !task.cancelled() || isCancelled(errorIn(task)))).toBe(true);
          expect(site.mostOpen).toBeLessThanOrEqual(60); // those that the server has not seen leave yet
          expect(String(session)).toContain("0 of 50 under way");
          yield* until(() => site.open === 0);
        }),
    ),
  ));

function errorIn(task: { result(): unknown }): unknown {
  try {
    return task.result();
  } catch (error) {
    return error;
  }
}

test("a program that leaves a body unread, and its session open, ends", async () => {
  const program = `
    import { createServer } from "node:http";
    import { run } from "tsyncio";
    import { ClientSession } from "tsyncio/http-client";
    const server = createServer((request, response) => void response.write("the beginning"));
    server.listen(0, "127.0.0.1", async () => {
      const session = new ClientSession({ base: "http://127.0.0.1:" + server.address().port, timeout: null });
      const response = await run(session.get(""));
      console.log(response.status);
      server.close();
    });`;
  const args = [...nodeOptions, "--input-type=module", "-e", program];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 });
  expect([stdout, stderr]).toEqual(["200\n", ""]);
});
