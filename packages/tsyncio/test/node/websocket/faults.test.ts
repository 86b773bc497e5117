/**
 * Peers that leave, that break the protocol, that stop reading, that send too much: what each costs, and what is said
 * of it.
 */

import { once } from "node:events";
import { createServer as createSocketServer, type Socket } from "node:net";
import {
  type Awaitable,
  asyncFor,
  asyncWith,
  type Coroutine,
  createTask,
  type ExceptionContext,
  fromPromise,
  gather,
  isCancelled,
  sleep,
  TaskGroup,
  TimeoutError,
  timeout,
} from "tsyncio";
import { broadcast, type Connection, type ConnectionClosed, ConnectionClosedError, connect } from "tsyncio/websocket";
import { describe, expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { real, until } from "../net/support.ts";
import { closeFrame, frame, OPCODES, RawClient, serving, textsOf } from "./support.ts";

/** A handler that echoes, and keeps the error by which it has ended. */
function echo(): { handler(connection: Connection): Coroutine<void>; errors: unknown[] } {
  const errors: unknown[] = [];
  return {
    errors,
    *handler(connection) {
      try {
        yield* asyncFor(connection, function* (message) {
          yield* connection.send(message);
        });
        errors.push(null);
      } catch (error) {
        errors.push(error);
        throw error;
      }
    },
  };
}

const { text, binary, ping, continuation } = OPCODES;

describe("a peer that breaks the protocol is answered with the code for it, and its handler gets an error", () => {
  test.each<[string, Uint8Array[], number]>([
    ["invalid UTF-8", [frame(text, Uint8Array.of(0xff, 0xfe))], 1007],
    ["UTF-8 that is cut off", [frame(text, Uint8Array.of(0xe2, 0x82))], 1007],
    ["a frame without a mask", [frame(text, "hi", { masked: false })], 1002],
    ["an opcode that does not exist", [frame(3, "hi")], 1002],
    ["a reserved bit", [frame(text, "hi", { rsv: 4 })], 1002],
    ["a ping that is too long", [frame(ping, "x".repeat(126))], 1002],
    ["a ping in fragments", [frame(ping, "x", { fin: false })], 1002],
    ["a continuation of nothing", [frame(continuation, "hi")], 1002],
    ["a message inside of another", [frame(text, "a", { fin: false }), frame(text, "b")], 1002],
    ["a close code that must not be sent", [closeFrame(1005)], 1002],
    ["a close frame with one byte", [frame(OPCODES.close, "x")], 1002],
    ["a message that is too big", [frame(binary, new Uint8Array(2 ** 20 + 1))], 1009],
    [
      "a message whose fragments are too big",
      [frame(text, "x".repeat(600_000), { fin: false }), frame(0, "x".repeat(600_000))],
      1009,
    ],
  ])("%s", (_name, frames, code) =>
    real(function* () {
      const { handler, errors } = echo();
      yield* serving(handler, function* ({ port }) {
        const client = new RawClient(port);
        yield* client.open();
        client.send(frame(text, "fine"));
        yield* until(() => client.received.length > 0);
        client.received = Buffer.alloc(0);
        client.send(...frames);
        expect(yield* client.end()).toBe(code);
        yield* until(() => errors.length === 1);
        expect(errors[0]).toBeInstanceOf(ConnectionClosedError);
        expect((errors[0] as ConnectionClosed).sent).toMatchObject({ code });
        expect((errors[0] as ConnectionClosed).rcvd).toBe(null);
        expect((errors[0] as ConnectionClosed).cause).toBeInstanceOf(Error);
      });
    }),
  );
});

describe("a client that leaves", () => {
  test("without a close frame is a ConnectionClosedError in its handler, and no report", () =>
    real(function* () {
      const { handler, errors } = echo();
      yield* serving(handler, function* ({ port, sockets }) {
        for (const leave of ["destroy", "end", "resetAndDestroy"] as const) {
          const client = new RawClient(port);
          yield* client.open();
          client.send(frame(text, "hi"));
          yield* until(() => client.received.length > 0);
          client.socket[leave]();
          yield* until(() => sockets.connections.size === 0);
        }
        expect(errors.map(String)).toEqual(new Array(3).fill("ConnectionClosedError: no close frame received or sent"));
      });
    }));

  test("in good order ends the iteration", () =>
    real(function* () {
      const { handler, errors } = echo();
      yield* serving(handler, function* ({ port, sockets }) {
        const client = new RawClient(port);
        yield* client.open();
        client.send(closeFrame(1000));
        yield* until(() => sockets.connections.size === 0);
        expect(errors).toEqual([null]);
        expect(yield* client.end()).toBe(1000);
      });
    }));

  test("in a group of tasks is no report either; another error in that group is", async () => {
    const reports: ExceptionContext[] = [];
    await real(function* () {
      let fails = false;
      function* handler(connection: Connection): Coroutine<void> {
        yield* asyncWith(new TaskGroup(), function* (group) {
          group.createTask(connection.recv());
          group.createTask(
            (function* () {
              yield* connection.waitClosed();
              if (fails) throw new Error("of the program");
              yield* connection.send("too late");
            })(),
          );
        });
      }
      yield* serving(handler, function* ({ port, sockets }) {
        for (fails of [false, true]) {
          const client = new RawClient(port);
          yield* client.open();
          client.socket.destroy();
          yield* until(() => sockets.connections.size === 0);
          expect(reports).toHaveLength(fails ? 1 : 0);
        }
      });
    }, reports);
    expect(String(reports[0]?.exception)).toContain("ExceptionGroup");
  });

  test("another connection's end is reported: it is this handler's fault", async () => {
    const reports: ExceptionContext[] = [];
    await real(function* () {
      yield* serving(echo().handler, function* (behind) {
        function* proxy(): Coroutine<void> {
          const other = yield* connect(behind.url);
          yield* other.close();
          yield* other.recv();
        }
        yield* serving(proxy, function* ({ url }) {
          const client = yield* connect(url);
          expect(String(yield* errorOf(client.recv()))).toMatch(
            /^ConnectionClosedError: received 1011 \(internal error\)/,
          );
        });
      });
    }, reports);
    expect(textsOf(reports)).toEqual([
      "Unhandled exception in the handler of a WebSocket connection: ConnectionClosedOK: sent 1000 (OK); then received 1000 (OK)",
    ]);
  });
});

describe("a peer that stops reading", () => {
  const CHUNK = "x".repeat(16 * 1024);

  test("makes the handler wait, with little in memory, until the keepalive ends the connection", () =>
    real(function* () {
      let sent = 0;
      let most = 0;
      let error: unknown;
      function* handler(connection: Connection): Coroutine<void> {
        try {
          for (;;) {
            yield* connection.send(CHUNK);
            sent++;
          }
        } catch (e) {
          error = e;
          throw e;
        }
      }
      const options = { pingInterval: 0.2, pingTimeout: 0.2 };
      yield* serving(
        handler,
        function* ({ http, port, sockets }) {
          http.on("upgrade", (_request, socket) => {
            const look = setInterval(() => {
              most = Math.max(most, socket.writableLength);
            }, 1);
            socket.on("close", () => clearInterval(look));
          });
          const client = new RawClient(port);
          yield* client.open();
          client.socket.pause();
          yield* until(() => sockets.connections.size === 0);
          expect(sent).toBeGreaterThan(0);
          expect(most).toBeLessThan(256 * 1024);
          expect(String(error)).toBe(
            "ConnectionClosedError: sent 1011 (internal error) keepalive ping timeout; no close frame received",
          );
          client.socket.destroy();
        },
        options,
      );
    }));

  test("and sends all the time, to an echo, ends in the same way", () =>
    real(function* () {
      const { handler, errors } = echo();
      const options = { pingInterval: 0.2, pingTimeout: 0.2 };
      yield* serving(
        handler,
        function* ({ port, sockets }) {
          const client = new RawClient(port);
          yield* client.open();
          client.socket.pause();
          const flood = frame(text, CHUNK);
          for (let i = 0; i < 2000; i++) client.send(flood);
          yield* until(() => sockets.connections.size === 0);
          expect(String(errors[0])).toContain("keepalive ping timeout");
          client.socket.destroy();
        },
        options,
      );
    }));

  test("is closed by broadcast, and the others get all of it", () =>
    real(function* () {
      yield* serving(
        (connection) => connection.waitClosed(),
        function* ({ port, url, sockets }) {
          const slow = new RawClient(port);
          yield* slow.open();
          slow.socket.pause();
          const fast = yield* connect(url);
          let received = 0;
          const reader = createTask(
            asyncFor(fast, function* (message) {
              received += message.length;
            }),
          );
          yield* until(() => sockets.connections.size === 2);
          let sent = 0;
          while (sockets.connections.size === 2) {
            broadcast(sockets.connections, CHUNK);
            sent += CHUNK.length;
            yield* sleep(0.001);
          }
          expect(sent).toBeGreaterThan(2 ** 20);
          yield* until(() => received === sent);
          yield* fast.close();
          yield* reader;
          slow.socket.destroy();
        },
      );
    }));
});

describe("a peer that sends more than is taken", () => {
  test("is read no more, until there is room", () =>
    real(function* () {
      const message = "x".repeat(64 * 1024);
      const go = Promise.withResolvers<void>();
      const got: string[] = [];
      function* handler(connection: Connection): Coroutine<void> {
        yield* fromPromise(go.promise);
        yield* asyncFor(connection, function* (one) {
          got.push(one as string);
        });
      }
      yield* serving(handler, function* ({ port, sockets }) {
        const client = new RawClient(port);
        yield* client.open();
        const count = 400; // 25 MiB
        for (let i = 0; i < count; i++) client.send(frame(text, message));
        const [connection] = sockets.connections;
        const socket = connection?.request.socket as Socket;
        yield* until(() => socket.bytesRead > 16 * message.length);
        let before = -1;
        while (before !== socket.bytesRead) {
          before = socket.bytesRead;
          yield* sleep(0.02);
        }
        expect(before).toBeLessThan(16 * message.length + 2 ** 20);
        go.resolve();
        yield* until(() => got.length === count);
        client.send(closeFrame(1000));
        yield* until(() => sockets.connections.size === 0);
      });
    }));
});

describe("a server", () => {
  /** A server of TCP for the time of the body. */
  function* tcp<T>(accept: (socket: Socket) => void, body: (port: number) => Coroutine<T>): Coroutine<T> {
    const open = new Set<Socket>();
    const server = createSocketServer((socket) => {
      open.add(
        socket
          .on("error", () => {})
          .on("close", () => open.delete(socket))
          .resume(),
      );
      accept(socket);
    });
    server.listen(0, "127.0.0.1");
    yield* fromPromise(once(server, "listening"));
    try {
      return yield* body((server.address() as { port: number }).port);
    } finally {
      yield* until(() => open.size === 0); // the client has left nothing open
      server.close();
    }
  }

  test("that never answers the handshake: TimeoutError after openTimeout, and no socket stays", () =>
    real(() =>
      tcp(
        () => {},
        function* (port) {
          const error = yield* errorOf(connect(`ws://127.0.0.1:${port}/`, { openTimeout: 0.05 }));
          expect(error).toBeInstanceOf(TimeoutError);
          expect(String(error)).toContain(`ws://127.0.0.1:${port}/`);
        },
      ),
    ));

  test("that never answers, and the task is cancelled: no socket stays", () =>
    real(() =>
      tcp(
        () => {},
        function* (port) {
          const task = createTask(connect(`ws://127.0.0.1:${port}/`));
          yield* sleep(0.02);
          task.cancel();
          expect(isCancelled(yield* errorOf(task))).toBe(true);
          expect(yield* errorOf(asyncWith(timeout(0.02), () => connect(`ws://127.0.0.1:${port}/`)))).toBeInstanceOf(
            TimeoutError,
          );
        },
      ),
    ));

  const answers: [string, string, string, RegExp][] = [
    ["a redirect", "HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n", "InvalidStatus", /HTTP 302/],
    ["a page", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "InvalidStatus", /HTTP 200/],
    [
      "an error with a body that does not end",
      "HTTP/1.1 503 No\r\nContent-Length: 99\r\n\r\nhi",
      "InvalidStatus",
      /HTTP 503/,
    ],
    ["no HTTP", "220 ready\r\n\r\n", "InvalidHandshake", /no WebSocket connection to ws:\/\/127\.0\.0\.1:\d+\/path: /],
    [
      "a key that does not fit",
      "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bm8=\r\n\r\n",
      "InvalidHandshake",
      /Invalid Sec-WebSocket-Accept header/,
    ],
  ];
  test.each(answers)("that answers with %s: an error without the secrets of the URL", (_name, answer, name, message) =>
    real(() =>
      tcp(
        (socket) => void socket.once("data", () => void socket.write(answer)),
        function* (port) {
          const error = (yield* errorOf(connect(`ws://user:password@127.0.0.1:${port}/path?token=secret`))) as Error;
          expect(error.name).toBe(name);
          expect(error.message).toMatch(message);
          expect(String(error)).not.toMatch(/password|secret/);
        },
      ),
    ),
  );

  test("that closes the socket in the middle of the handshake", () =>
    real(() =>
      tcp(
        (socket) => void socket.once("data", () => socket.destroy()),
        function* (port) {
          const error = (yield* errorOf(connect(`ws://127.0.0.1:${port}/`))) as Error;
          expect(error.name).toBe("ConnectionResetError");
        },
      ),
    ));

  test("that is gone: the client gets ConnectionClosedError at what it waits for", () =>
    real(function* () {
      yield* serving(
        (connection) => connection.waitClosed(),
        function* ({ url, sockets }) {
          const client = yield* connect(url);
          const receiving = createTask(client.recv());
          const pinging = createTask(client.ping());
          yield* until(() => sockets.connections.size === 1);
          for (const { request } of sockets.connections) request.socket.destroy();
          expect(String(yield* errorOf(receiving))).toBe("ConnectionClosedError: no close frame received or sent");
          yield* outcome(pinging);
          expect(yield* errorOf(client.send("x"))).toBeInstanceOf(ConnectionClosedError);
          expect(client.closeCode).toBe(1006);
        },
      );
    }));

  test("that answers no ping: the client ends the connection", () =>
    real(function* () {
      yield* serving(
        (connection) => connection.waitClosed(),
        function* ({ url, sockets }) {
          const client = yield* connect(url, { pingInterval: 0.05, pingTimeout: 0.05 });
          yield* until(() => sockets.connections.size === 1);
          for (const { request } of sockets.connections) request.socket.pause();
          expect(String(yield* errorOf(client.recv()))).toContain("keepalive ping timeout");
        },
        { pingInterval: null, closeTimeout: 0.2 },
      );
    }));

  test.each([Number.POSITIVE_INFINITY, 1e9])(
    "that answers a close frame late is waited for: closeTimeout %s",
    (seconds) =>
      real(() => {
        let accepted: Connection | null = null;
        return serving(
          function* (connection) {
            accepted = connection;
            yield* sleep(0);
          },
          function* ({ port }) {
            const raw = new RawClient(port);
            yield* raw.open();
            yield* until(() => raw.received.length > 0);
            yield* sleep(0.1);
            raw.send(closeFrame(1000));
            expect(yield* raw.end()).toBe(1000);
            yield* until(() => accepted?.closeCode !== null);
            expect(accepted?.closeCode).toBe(1000);
          },
          { closeTimeout: seconds },
        );
      }),
  );

  test("that takes too long to answer a close frame: closeTimeout", () =>
    real(function* () {
      yield* serving(
        (connection) => connection.waitClosed(),
        function* ({ url, sockets }) {
          const client = yield* connect(url, { closeTimeout: 0.05 });
          yield* until(() => sockets.connections.size === 1);
          for (const { request } of sockets.connections) request.socket.pause();
          yield* client.close();
          expect(client.closeCode).toBe(1006);
        },
        { closeTimeout: 0.2 },
      );
    }));
});

function* outcome(wait: Awaitable<unknown>): Coroutine<unknown> {
  try {
    return yield* wait;
  } catch (error) {
    return error;
  }
}

test("200 clients, a third of which is cancelled: all others get their answers, and nothing is left", () =>
  real(function* () {
    const { handler } = echo();
    yield* serving(handler, function* ({ url, sockets }) {
      function* ask(i: number): Coroutine<void> {
        yield* asyncWith(connect(url), function* (connection) {
          for (let n = 0; n < 5; n++) {
            yield* connection.send(`${i}.${n}`);
            expect(yield* connection.recv()).toBe(`${i}.${n}`);
          }
        });
      }
      const tasks = Array.from({ length: 200 }, (_, i) => createTask(ask(i)));
      for (let turn = 0; turn < 50; turn++) {
        for (let i = turn * 3; i < 200; i += 150) tasks[i]?.cancel();
        yield* sleep(0);
      }
      const results = yield* gather(tasks, { returnExceptions: true });
      const failed = results.filter((result) => result !== undefined && !isCancelled(result));
      expect(failed).toEqual([]);
      expect(results.filter((result) => result === undefined).length).toBeGreaterThanOrEqual(130);
      yield* until(() => sockets.connections.size === 0);
    });
  }));
