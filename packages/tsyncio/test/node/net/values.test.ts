import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Coroutine } from "tsyncio";
import {
  createServer,
  createUnixServer,
  getaddrinfo,
  openConnection,
  openUnixConnection,
  Protocol,
  startServer,
} from "tsyncio/net";
import { expect, test } from "vitest";
import { any, errorOf } from "../../support.ts";
import { portOf, real } from "./support.ts";

const protocol = () => new Protocol();
const path = join(tmpdir(), "tsyncio-no-socket");

test.each<[string, () => Coroutine<unknown>, string]>([
  ["a backlog", () => createServer(protocol, "127.0.0.1", 0, { backlog: any(5n) }), "TypeError: backlog is a whole"],
  [
    "a backlog",
    () => createServer(protocol, "127.0.0.1", 0, { backlog: Number.NaN }),
    "ValueError: backlog is a whole",
  ],
  ["a backlog", () => createUnixServer(protocol, path, { backlog: any("5") }), "TypeError: backlog is a whole"],
  ["a port", () => createServer(protocol, "127.0.0.1", any(5n)), "TypeError: a port is a number, got 5"],
  ["a host", () => openConnection(any(5), 1), "TypeError: a host is a string or null, got 5"],
  ["a host", () => openConnection("", 1), 'ValueError: "" is no name of a host'],
  ["a host", () => openConnection("local\0host", 1), 'ValueError: "local\\u0000host" is no name of a host'],
  ["a host", () => getaddrinfo(any({}), 1), "TypeError: a host is a string or null, got an object"],
  ["a server's host", () => createServer(protocol, any(5), 0), "TypeError: a server listens on a host, an array of"],
  ["a server's hosts", () => createServer(protocol, any(["127.0.0.1", 5]), 0), "TypeError: a host is a string"],
  ["a server's path", () => createUnixServer(protocol, any(5)), "TypeError: the path of a unix socket is a string"],
  ["a server's path", () => createUnixServer(protocol, ""), "ValueError: path was not specified"],
  ["a path", () => openUnixConnection(any(new URL("file:///x"))), "TypeError: the path of a unix socket is a string"],
  ["a path", () => openUnixConnection(""), "ValueError: path was not specified"],
  [
    "happyEyeballsDelay",
    () => openConnection("127.0.0.1", 1, { happyEyeballsDelay: Number.NaN }),
    "ValueError: happyEyeballsDelay expects a number of seconds",
  ],
  ["interleave", () => openConnection("127.0.0.1", 1, { interleave: any("1") }), "TypeError: interleave is a whole"],
])("%s of the wrong kind is an error that names it, before anything is opened (%#)", async (_what, open, message) => {
  await real(function* () {
    expect(String(yield* errorOf(open()))).toContain(message);
  });
});

test("a grace or a mark of the wrong kind leaves the server and the connection as they are", async () => {
  await real(function* () {
    const server = yield* startServer(() => {}, "127.0.0.1", 0);
    const grace = String(yield* errorOf(server.shutdown({ grace: any("1") })));
    expect(grace).toBe('TypeError: grace expects seconds or null, got "1"');
    expect(server.isServing()).toBe(true);
    const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
    const { transport } = writer;
    const limits = transport.getWriteBufferLimits();
    expect(() => transport.setWriteBufferLimits(any({ high: "5" }))).toThrow("a mark is a number of bytes");
    expect(transport.getWriteBufferLimits()).toEqual(limits);
    writer.close();
    server.close();
    server.closeClients();
    yield* server.waitClosed();
  });
});

test("an error for a value of the wrong kind does not show the bytes in it", async () => {
  await real(function* () {
    for (const secret of [Buffer.from("hunter2"), new Uint16Array(3)]) {
      const error = String(yield* errorOf(openConnection(any(secret), 1)));
      expect(error).toMatch(/got an object of class \w+ with \d bytes$/);
    }
  });
});
