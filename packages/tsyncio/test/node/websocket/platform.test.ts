/** The entry for browsers, over the WebSocket that Node has too: what a platform's lacks, and what is made of it. */

import { type Coroutine, createTask, isCancelled, sleep, TimeoutError } from "tsyncio";
import type { Connection } from "tsyncio/websocket";
import { describe, expect, test } from "vitest";
import { ConnectionClosedError, ConnectionClosedOK, connect } from "../../../src/websocket/index.ts";
import { errorOf } from "../../support.ts";
import { real, until } from "../net/support.ts";
import { serving } from "./support.ts";

function* echo(connection: Connection): Coroutine<void> {
  for (;;) yield* connection.send(yield* connection.recv());
}

describe.skipIf(globalThis.WebSocket === undefined)("over the platform's WebSocket", () => {
  test("text and bytes, the subprotocol, and the end in good order", () =>
    real(() =>
      serving(
        echo,
        function* ({ url }) {
          const connection = yield* connect(url, { subprotocols: ["v1"] });
          expect(connection.subprotocol).toBe("v1");
          for (const message of ["é", Uint8Array.of(1, 2), "", "x".repeat(1_000_000)]) {
            yield* connection.send(message);
            expect(yield* connection.recv()).toEqual(message);
          }
          expect(String(yield* errorOf(connection.ping()))).toContain("cannot send pings");
          yield* connection.close(4001, "bye");
          expect([connection.closeCode, connection.closeReason]).toEqual([4001, "bye"]);
        },
        { subprotocols: ["v1"] },
      ),
    ));

  test("codes that a page may not send become others", () =>
    real(function* () {
      const codes: unknown[] = [];
      yield* serving(
        function* (connection) {
          yield* connection.waitClosed();
          codes.push(connection.closeCode);
        },
        function* ({ url, sockets }) {
          for (const code of [1000, 1001, 1011, 3000]) {
            const connection = yield* connect(url);
            yield* connection.close(code);
          }
          yield* until(() => sockets.connections.size === 0);
        },
      );
      expect(codes).toEqual([1000, 1000, 4011, 3000]);
    }));

  test("what the server closes with is told", () =>
    real(() =>
      serving(
        (connection) => connection.close(connection.request.url === "/ok" ? 1001 : 1011, "why"),
        function* ({ url }) {
          const ok = (yield* errorOf((yield* connect(`${url}ok`)).recv())) as ConnectionClosedOK;
          expect(ok).toBeInstanceOf(ConnectionClosedOK);
          expect(ok.rcvd).toMatchObject({ code: 1001, reason: "why" });
          expect(yield* errorOf((yield* connect(url)).recv())).toBeInstanceOf(ConnectionClosedError);
        },
      ),
    ));

  test("more than maxQueue messages close the connection; those that have come are delivered", () =>
    real(function* () {
      let code: number | null = null;
      yield* serving(
        function* (connection) {
          for (let i = 0; i < 50; i++) yield* connection.send(`${i}`);
          yield* connection.waitClosed();
          code = connection.closeCode;
        },
        function* ({ url }) {
          const connection = yield* connect(url, { maxQueue: 20 });
          yield* connection.waitClosed();
          for (let i = 0; i < 20; i++) expect(yield* connection.recv()).toBe(`${i}`);
          let error: unknown = null;
          while (error === null) {
            try {
              yield* connection.recv();
            } catch (e) {
              error = e;
            }
          }
          expect(String(error)).toContain("4008 (private use) messages come faster than they are taken");
          yield* until(() => code !== null);
        },
      );
      expect(code).toBe(4008);
    }));

  test("a server that does not read makes send() wait", () =>
    real(() =>
      serving(
        (connection) => connection.waitClosed(),
        function* ({ url, sockets }) {
          const connection = yield* connect(url);
          yield* until(() => sockets.connections.size === 1);
          for (const { request } of sockets.connections) request.socket.pause();
          const message = "x".repeat(500_000);
          let sent = 0;
          const sender = createTask(
            (function* () {
              for (;;) {
                yield* connection.send(message);
                sent++;
              }
            })(),
          );
          let before = -1;
          while (before !== sent) {
            before = sent;
            yield* sleep(0.1);
          }
          expect(sent).toBeLessThan(40);
          for (const { request } of sockets.connections) request.socket.resume();
          yield* until(() => sent > before);
          sender.cancel();
          expect(isCancelled(yield* errorOf(sender))).toBe(true);
          yield* connection.close();
        },
        { maxPayload: 2 ** 20 },
      ),
    ));

  test("connect that fails, is refused or is cancelled", () =>
    real(() =>
      serving(
        echo,
        function* ({ url }) {
          expect(String(yield* errorOf(connect("ws://u:password@127.0.0.1:1/x?token=secret")))).toBe(
            "InvalidHandshake: no WebSocket connection to ws://127.0.0.1:1/x",
          );
          expect(yield* errorOf(connect(`${url}missing`))).toMatchObject({ name: "InvalidHandshake" });
          const task = createTask(connect(`${url}slow`));
          yield* sleep(0.02);
          task.cancel();
          expect(isCancelled(yield* errorOf(task))).toBe(true);
          expect(yield* errorOf(connect(`${url}slow`, { openTimeout: 0.05 }))).toBeInstanceOf(TimeoutError);
          expect(String(yield* errorOf(connect(url, { headers: {} } as never)))).toContain('no option "headers"');
        },
        {
          *processRequest({ url }) {
            if (url === "/slow") yield* sleep(0.2);
            return url === "/missing" ? new Response(null, { status: 404 }) : null;
          },
        },
      ),
    ));

  test("a server that is gone, and one that does not answer a close frame", () =>
    real(() =>
      serving(
        (connection) => connection.waitClosed(),
        function* ({ url, sockets }) {
          const connection = yield* connect(url);
          yield* until(() => sockets.connections.size === 1);
          const receiving = createTask(connection.recv());
          for (const { request } of sockets.connections) request.socket.destroy();
          expect(yield* errorOf(receiving)).toBeInstanceOf(ConnectionClosedError);
          expect(connection.closeCode).toBe(1006);

          const silent = yield* connect(url, { closeTimeout: 0.05 });
          yield* until(() => sockets.connections.size === 1);
          for (const { request } of sockets.connections) request.socket.pause();
          yield* silent.close();
          expect(silent.closeCode).toBe(1006);
          for (const { request } of sockets.connections) request.socket.destroy();
        },
        { closeTimeout: 0.2 },
      ),
    ));
});
