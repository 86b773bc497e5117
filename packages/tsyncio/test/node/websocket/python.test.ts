/**
 * Python's websockets as a peer, both ways. Needs Debian's python3-websockets, which `.ci/run` installs: there nothing
 * is skipped.
 */

import { asyncFor, asyncWith, type Coroutine } from "tsyncio";
import {
  type Connection,
  type ConnectionClosed,
  connect,
  type Message,
  type ServerConnection,
} from "tsyncio/websocket";
import { describe, expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { has, output, serving as servingProgram, stop } from "../net/programs.ts";
import { real } from "../net/support.ts";
import { serving } from "./support.ts";

/** The first that has the library: the system's may not be the first in the path. */
const python = ["python3", "/usr/bin/python3"].find((path) => has(path, "-c", "import websockets")) ?? null;

const CLIENT = `
import asyncio, sys, websockets
url = sys.argv[1]
async def main():
    async with websockets.connect(url + "echo", subprotocols=["v2", "v1"], extra_headers={"authorization": "Bearer good"}) as ws:
        print(ws.subprotocol)
        for message in ["é" * 10, b"\\x00\\xff", "", b"", "x" * 1_000_000]:
            await ws.send(message)
            print(await ws.recv() == message, end=" ")
        await ws.send(["in ", "three ", "fragments"])
        print(await ws.recv())
        await asyncio.wait_for(await ws.ping(), 10)
        print("pong")
    print(ws.close_code)
    for path in sys.argv[2:]:
        async with websockets.connect(url + path, subprotocols=["v1"]) as ws:
            try:
                print("got", await ws.recv())
                await ws.recv()
            except websockets.ConnectionClosed as e:
                print(type(e).__name__, e)
    try:
        await websockets.connect(url + "echo", origin="https://evil.example", subprotocols=["v1"])
    except websockets.InvalidStatusCode as e:
        print(e.status_code)
asyncio.run(main())
`;

const SERVER = `
import asyncio, websockets
async def serve(ws):
    if ws.path.startswith("/close/"):
        await ws.send("hi")
        await ws.close(int(ws.path[7:]), "é")
        return
    if ws.path == "/gone":
        ws.transport.abort()
        return
    async for message in ws:
        await ws.send(message)
async def main():
    async with websockets.serve(serve, "127.0.0.1", 0, ping_interval=0.05, ping_timeout=5, subprotocols=["v1"], max_size=2**20) as server:
        print("port", server.sockets[0].getsockname()[1], "", flush=True)
        await asyncio.Future()
asyncio.run(main())
`;

const CODES = [1000, 1001, 1008, 3000, 4999];

/** Sends what the path says, then closes with the code that it says; all else is an echo. */
function* handler(connection: ServerConnection): Coroutine<void> {
  const [, code] = /^\/close\/(\d+)/.exec(connection.request.url ?? "") ?? [];
  if (code === undefined) return yield* asyncFor(connection, (message: Message) => connection.send(message));
  yield* connection.send("hi");
  yield* connection.close(Number(code), "é");
}

/** What is thrown at the end, in the words of the library. */
function* endOf(connection: Connection): Coroutine<string> {
  const lines = [`got ${yield* connection.recv()}`];
  const error = (yield* errorOf(connection.recv())) as ConnectionClosed;
  lines.push(`${error.name} ${error.message}`);
  return lines.join("\n");
}

describe.skipIf(python === null && process.env.CI === undefined)("Python's websockets", () => {
  test.each(["deflate", null] as const)("is a client of a server made here, with compression %s", (compression) =>
    real(() =>
      serving(
        handler,
        function* ({ url }) {
          const paths = CODES.map((code) => `close/${code}`);
          const printed = yield* output(python as string, ["-c", CLIENT, url, ...paths]);
          // The same texts as those of a client made here.
          const ours: string[] = [];
          for (const path of paths) {
            const connection = yield* connect(`${url}${path}`, { subprotocols: ["v1"], compression });
            ours.push(yield* endOf(connection));
          }
          expect(printed.trimEnd().split("\n")).toEqual([
            "v1",
            "True True True True True in three fragments",
            "pong",
            "1000",
            ...ours.join("\n").split("\n"),
            "403",
          ]);
        },
        { compression, subprotocols: ["v1"] },
      ),
    ),
  );

  test.each(["deflate", null] as const)("is a server for a client made here, with compression %s", (compression) =>
    real(function* () {
      const [child, match] = yield* servingProgram(python as string, ["-c", SERVER], /port (\d+) /);
      const url = `ws://127.0.0.1:${match[1]}/`;
      const options = { compression, subprotocols: ["v1"] };
      yield* asyncWith(connect(url, options), function* (connection) {
        expect(connection.subprotocol).toBe("v1");
        const messages: Message[] = [
          "é".repeat(10),
          Uint8Array.of(0, 255),
          "",
          new Uint8Array(0),
          "x".repeat(1_000_000),
        ];
        for (const message of messages) {
          yield* connection.send(message);
          expect(yield* connection.recv()).toEqual(message);
        }
        expect(yield* connection.ping()).toBeGreaterThan(0);
      });
      for (const code of CODES) {
        const connection = yield* connect(`${url}close/${code}`, options);
        const first = code <= 1001 ? "OK" : "Error";
        expect(yield* endOf(connection)).toMatch(new RegExp(`^got hi\nConnectionClosed${first} received ${code} `));
        expect([connection.closeCode, connection.closeReason]).toEqual([code, "é"]);
      }
      const gone = yield* connect(`${url}gone`, options);
      expect(String(yield* errorOf(gone.recv()))).toBe("ConnectionClosedError: no close frame received or sent");
      const tooMuch = yield* connect(url, options);
      yield* tooMuch.send("x".repeat(2 ** 20 + 1));
      const error = (yield* errorOf(tooMuch.recv())) as ConnectionClosed;
      expect(error.rcvd?.code).toBe(1009);
      yield* stop(child);
    }),
  );
});
