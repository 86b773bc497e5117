import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asyncWith, sleep } from "tsyncio";
import {
  connectAcceptedSocket,
  createConnection,
  createDatagramEndpoint,
  createServer,
  createUnixConnection,
  createUnixServer,
  DatagramProtocol,
  fromWebStreams,
  getaddrinfo,
  openConnection,
  openStdin,
  openUnixConnection,
  Protocol,
  StreamReader,
  StreamReaderProtocol,
  startServer,
  startUnixServer,
  type Transport,
} from "tsyncio/net";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { any, errorOf, thrownBy } from "../../support.ts";
import { bytes, echo, portOf, real, text } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "tsyncio-options-"));
const protocol = () => new Protocol();

describe("an option that does not exist", () => {
  const wrong = any({ constructor: 1 });
  const path = join(folder, "none");

  test.each([
    ["openConnection", () => openConnection("127.0.0.1", 1, wrong)],
    ["createConnection", () => createConnection(protocol, "127.0.0.1", 1, wrong)],
    ["openUnixConnection", () => openUnixConnection(path, wrong)],
    ["createUnixConnection", () => createUnixConnection(protocol, path, wrong)],
    ["connectAcceptedSocket", () => connectAcceptedSocket(protocol, any({}), wrong)],
    [
      "startServer",
      () =>
        startServer(
          any(() => {}),
          "127.0.0.1",
          0,
          wrong,
        ),
    ],
    ["createServer", () => createServer(protocol, "127.0.0.1", 0, wrong)],
    [
      "startUnixServer",
      () =>
        startUnixServer(
          any(() => {}),
          path,
          wrong,
        ),
    ],
    ["createUnixServer", () => createUnixServer(protocol, path, wrong)],
    ["createDatagramEndpoint", () => createDatagramEndpoint(() => new DatagramProtocol(), wrong)],
    ["getaddrinfo", () => getaddrinfo("localhost", 1, wrong)],
    ["openStdin", () => openStdin(wrong)],
  ])("of %s is a TypeError that names it", (name, call) =>
    real(function* () {
      const error = (yield* errorOf(call())) as Error;
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(new RegExp(`^${name} has no option "constructor"[.:] `));
    }),
  );

  test("of a reader, a protocol, the marks of a transport, a pair of web streams, a shutdown", () =>
    real(function* () {
      expect(thrownBy(() => new StreamReader(wrong))).toBeInstanceOf(TypeError);
      expect(thrownBy(() => new StreamReaderProtocol(new StreamReader(), null, wrong))).toBeInstanceOf(TypeError);
      const streams = { readable: new ReadableStream(), writable: new WritableStream() };
      expect(thrownBy(() => fromWebStreams(streams, wrong))).toBeInstanceOf(TypeError);
      expect([streams.readable.locked, streams.writable.locked]).toEqual([false, false]);
      const server = yield* createServer(protocol, "127.0.0.1", 0);
      const [transport] = yield* createConnection(protocol, "127.0.0.1", portOf(server));
      expect(thrownBy(() => transport.setWriteBufferLimits(any({ hihg: 1 })))).toEqual(
        new TypeError('setWriteBufferLimits has no option "hihg": did you mean high? It has high and low.'),
      );
      expect(yield* errorOf(server.shutdown(any({ grase: 1 })))).toBeInstanceOf(TypeError);
      transport.close();
      yield* server.shutdown();
    }));
});

describe("what other code has put on Object.prototype", () => {
  const polluted = {
    path: join(folder, "elsewhere"),
    fd: 0,
    host: "192.0.2.1",
    port: 1,
    localAddress: "192.0.2.1",
    family: 6,
    ipv6Only: true,
    backlog: -1,
    lookup: "x",
    limit: 1,
    ssl: true,
    sock: {},
    serverHostname: "example.org",
    localAddr: ["192.0.2.1", 1],
    reusePort: true,
    startServing: false,
    cleanupSocket: false,
    high: 0,
  };
  afterEach(() => {
    for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name);
  });

  test("is no option of a connection or a server", () =>
    real(function* () {
      for (const [name, value] of Object.entries(polluted)) Reflect.set(Object.prototype, name, value);
      const tcp = yield* startServer(echo, "127.0.0.1", 0);
      const path = join(folder, "socket");
      const unix = yield* startUnixServer(echo, path);
      for (const [reader, writer] of [
        yield* openConnection("127.0.0.1", portOf(tcp)),
        yield* openUnixConnection(path),
      ]) {
        expect((writer.transport as Transport).getWriteBufferLimits()[1]).toBe(65_536);
        writer.write(bytes("through\n"));
        expect(text(yield* reader.readline())).toBe("through\n");
        yield* asyncWith(writer, () => sleep(0));
      }
      yield* tcp.aexit();
      yield* unix.aexit();
    }));
});

afterAll(() => rmSync(folder, { recursive: true }));
