/** How a connection ends, whatever its state: over TCP, over TLS, over a unix socket. */

import { connect, createServer as createSocketServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { type Coroutine, fromPromise, gather, sleep } from "tsyncio";
import {
  type ClientConnected,
  ConnectionError,
  createConnection,
  createServer,
  openConnection,
  openUnixConnection,
  type Server,
  SSLError,
  type StreamReader,
  type StreamWriter,
  startServer,
  startUnixServer,
  type Transport,
} from "tsyncio/net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { bytes, Notes, portOf, real, until } from "./support.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

const KINDS = ["TCP", "TLS", "a unix socket"] as const;
type Kind = (typeof KINDS)[number];

let sockets = 0;

/** A server of that kind, and how to connect to it. */
function* served(
  kind: Kind,
  handler: ClientConnected,
): Coroutine<{ server: Server; connect: () => Coroutine<[StreamReader, StreamWriter]> }> {
  if (kind === "a unix socket") {
    const path = join(tmpdir(), `tsyncio-ends-${process.pid}-${++sockets}`);
    return { server: yield* startUnixServer(handler, path), connect: () => openUnixConnection(path) };
  }
  const { cert, key } = certificates.good;
  const tls = kind === "TLS";
  const server = yield* startServer(handler, "127.0.0.1", 0, tls ? { ssl: { cert, key } } : {});
  const options = tls ? { ssl: { ca: certificates.ca.cert } } : {};
  return { server, connect: () => openConnection("127.0.0.1", portOf(server), options) };
}

const socketOf = (writer: StreamWriter): Socket => writer.getExtraInfo<Socket>("socket");

function* forever(writer: StreamWriter, size: number, writes: number): Coroutine<never> {
  for (;;) {
    for (let i = 1; i < writes; i++) writer.write(new Uint8Array(size));
    yield* writer.write(new Uint8Array(size));
  }
}

describe.each(KINDS)("over %s", (kind) => {
  describe.each([
    ["the peer closes", (peer: StreamWriter) => peer.close()],
    ["the peer aborts", (peer: StreamWriter) => peer.transport.abort()],
    ["the program destroys the socket", (_peer: StreamWriter, own: StreamWriter) => void socketOf(own).destroy()],
  ] as const)("a loop that writes and drains ends by a ConnectionError when %s", (_how, end) => {
    test.each([
      [1, 40_000],
      [2, 40_000],
      [3, 1000],
      [1, 10],
    ])("%i writes of %i bytes, in two tasks", (writes, size) =>
      real(function* () {
        let errors: unknown[] = [];
        let own!: StreamWriter;
        const { server, connect } = yield* served(kind, function* (_reader, writer) {
          own = writer;
          const both = [forever(writer, size, writes), forever(writer, size, writes)] as const;
          errors = yield* gather(...both, { returnExceptions: true });
          writer.close();
        });
        const [reader, peer] = yield* connect();
        yield* reader.readExactly(100 * size);
        end(peer, own);
        yield* until(() => errors.length === 2);
        expect(errors.filter((error) => !(error instanceof ConnectionError))).toEqual([]);
        peer.transport.abort();
        yield* server.aexit();
      }),
    );
  });

  test("what is written after close(), while something still waits, is sent", () =>
    real(function* () {
      let got = 0;
      const { server, connect } = yield* served(kind, function* (reader, writer) {
        yield* sleep(0.02);
        for (;;) {
          const { length } = yield* reader.read(2 ** 20);
          if (length === 0) break;
          got += length;
        }
        writer.close();
      });
      const [, writer] = yield* connect();
      let written = 0;
      while (writer.transport.getWriteBufferSize() < 300_000) {
        writer.write(new Uint8Array(65_536));
        written += 65_536;
      }
      writer.close();
      writer.write(bytes("after"));
      writer.writelines([bytes("the"), bytes("close")]);
      expect(writer.isClosing()).toBe(true);
      yield* writer.waitClosed();
      yield* until(() => got === written + 13);
      yield* server.aexit();
    }));

  test.each([
    ["close()", (transport: Transport) => transport.close()],
    ["abort()", (transport: Transport) => transport.abort()],
  ])("%s ends a connection whose reader is paused, though the socket is gone", (_name, end) =>
    real(function* () {
      let ended = false;
      const { server, connect } = yield* served(kind, function* (_reader, writer) {
        const transport = writer.transport as Transport;
        if (writer.canWriteEof()) writer.writeEof();
        // More than the reader takes is on its way, and nothing reads: the end stays behind it.
        yield* until(() => socketOf(writer).bytesRead >= 150_000);
        socketOf(writer).destroy();
        yield* sleep(0.01);
        end(transport);
        yield* writer.waitClosed();
        ended = true;
      });
      const [, peer] = yield* connect();
      peer.write(new Uint8Array(150_000));
      yield* until(() => ended && server.toString().includes("clients=0"));
      peer.transport.abort();
      yield* server.aexit();
    }),
  );

  test("a loop that only drains lets the platform have its turns", () =>
    real(function* () {
      const { server, connect } = yield* served(kind, () => {});
      const [, writer] = yield* connect();
      let fired = false;
      setTimeout(() => {
        fired = true;
      }, 1);
      let drains = 0;
      while (!fired && drains < 1e7) {
        yield* writer.drain();
        drains++;
      }
      expect(fired).toBe(true);
      writer.close();
      yield* writer.waitClosed();
      server.closeClients();
      yield* server.aexit();
    }));
});

test("after both sides have ended in good order drain() is quiet, and the connection is open until close()", () =>
  real(function* () {
    const { server, connect } = yield* served("TCP", function* (reader, writer) {
      yield* reader.read();
      writer.writeEof();
      yield* writer.waitClosed();
    });
    const [reader, writer] = yield* connect();
    writer.writeEof();
    yield* reader.read();
    yield* until(() => socketOf(writer).destroyed);
    yield* writer.drain();
    expect(writer.isClosing()).toBe(false);
    writer.close();
    yield* writer.waitClosed();
    server.closeClients();
    yield* server.aexit();
  }));

describe("garbage after the handshake ends a TLS connection at once, with an SSLError", () => {
  test.each(["client", "server"] as const)("when the %s gets it", (side) =>
    real(function* () {
      const notes = { client: new Notes(), server: new Notes() };
      const { cert, key } = certificates.good;
      const server = yield* createServer(() => notes.server, "127.0.0.1", 0, { ssl: { cert, key } });
      const raw: { client?: Socket; server?: Socket } = {};
      const proxy = createSocketServer((socket) => {
        raw.client = socket.on("error", () => {});
        raw.server = connect(portOf(server), "127.0.0.1").on("error", () => {});
        socket.pipe(raw.server).pipe(socket);
      });
      yield* fromPromise(new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve)));
      const { port } = proxy.address() as { port: number };
      const ssl = { ca: certificates.ca.cert };
      yield* createConnection(() => notes.client, "127.0.0.1", port, { ssl });
      yield* until(() => notes.server.log.length > 0);
      raw[side]?.write("this is no record of TLS");
      yield* until(() => notes[side].lost !== undefined);
      expect(notes[side].lost).toBeInstanceOf(SSLError);
      expect(notes[side].log).toEqual(["made", "lost"]);
      const other = side === "client" ? notes.server : notes.client;
      yield* until(() => other.lost !== undefined);
      expect(other.lost).toBeInstanceOf(SSLError);
      proxy.close();
      raw.client?.destroy();
      raw.server?.destroy();
      server.close();
      yield* server.waitClosed();
    }),
  );

  test("the reader throws it", () =>
    real(function* () {
      const { cert, key } = certificates.good;
      let seen: unknown = null;
      const server = yield* startServer(
        function* (reader, writer) {
          yield* writer.write(bytes("ready"));
          seen = yield* errorOf(reader.read());
          writer.close();
        },
        "127.0.0.1",
        0,
        { ssl: { cert, key } },
      );
      const raw = connect(portOf(server), "127.0.0.1").on("error", () => {});
      const secured = connectTls({ socket: raw, ca: certificates.ca.cert, servername: "localhost" });
      secured.on("error", () => {}).once("data", () => raw.write("this is no record of TLS"));
      yield* until(() => seen !== null);
      expect(seen).toBeInstanceOf(SSLError);
      raw.destroy();
      yield* server.aexit();
    }));
});
