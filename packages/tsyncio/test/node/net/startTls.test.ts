import { connect, createServer as createSocketServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Coroutine, createTask, fromPromise, isCancelled, sleep, ValueError } from "tsyncio";
import {
  createConnection,
  OSError,
  openConnection,
  SSLCertVerificationError,
  SSLError,
  type StreamReader,
  type StreamWriter,
  startServer,
  startTls,
} from "tsyncio/net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { bytes, Notes, portOf, real, text, until } from "./support.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

const own = (name: "good" | "wrongHost" = "good") => {
  const { cert, key } = certificates[name];
  return { cert, key };
};

/** A server that answers a first line by "go", goes on with TLS, and echoes a line; then the body, with its port. */
function* upgrading<T>(
  body: (port: number) => Coroutine<T>,
  options: { wait?: number; name?: "good" | "wrongHost"; failures?: unknown[] } = {},
): Coroutine<T> {
  const { wait = 0, name, failures = [] } = options;
  const server = yield* startServer(
    function* (reader, writer) {
      try {
        yield* reader.readline();
        yield* writer.write(bytes("go\n"));
        yield* sleep(wait);
        yield* writer.startTls(own(name));
        yield* writer.write(yield* reader.readline());
      } catch (error) {
        failures.push(error);
      }
      writer.close();
    },
    "127.0.0.1",
    0,
  );
  try {
    return yield* body(portOf(server));
  } finally {
    yield* server.aexit();
  }
}

function* asked(port: number): Coroutine<[StreamReader, StreamWriter]> {
  const [reader, writer] = yield* openConnection("127.0.0.1", port);
  yield* writer.write(bytes("STARTTLS\n"));
  expect(text(yield* reader.readline())).toBe("go\n");
  return [reader, writer];
}

describe("the certificate's name", () => {
  test("must be given, by serverHostname or ssl.servername", () =>
    real(() =>
      upgrading(function* (port) {
        const { cert: ca } = certificates.ca;
        const [reader, writer] = yield* asked(port);
        for (const ssl of [{ ca }, { ca, host: "localhost" }, true]) {
          const error = yield* errorOf(writer.startTls(ssl));
          expect(error).toBeInstanceOf(ValueError);
          expect(String(error)).toContain("check_hostname requires server_hostname");
        }
        // Nothing has happened to the connection.
        yield* writer.startTls({ ca, servername: "localhost" });
        yield* writer.write(bytes("hello\n"));
        expect(text(yield* reader.readline())).toBe("hello\n");
        yield* writer.aexit();
      }),
    ));

  test("is verified", () =>
    real(() =>
      upgrading(
        function* (port) {
          const { cert: ca } = certificates.ca;
          for (const [ssl, serverHostname] of [
            [{ ca }, "localhost"],
            [{ ca, servername: "localhost" }, null],
            [{ ca, servername: "wrong.example" }, "localhost"],
          ] as const) {
            const [, writer] = yield* asked(port);
            expect(yield* errorOf(writer.startTls(ssl, { serverHostname }))).toBeInstanceOf(SSLCertVerificationError);
            expect(writer.isClosing()).toBe(true);
          }
        },
        { name: "wrongHost" },
      ),
    ));
});

describe("what came before TLS and was not read", () => {
  test("goes into the handshake of a server: the client was faster", () =>
    real(() =>
      upgrading(
        function* (port) {
          const [reader, writer] = yield* asked(port);
          yield* writer.startTls({ ca: certificates.ca.cert }, { serverHostname: "localhost" });
          yield* writer.write(bytes("hello\n"));
          expect(text(yield* reader.readline())).toBe("hello\n");
          yield* writer.aexit();
        },
        { wait: 0.05 },
      ),
    ));

  test.each([0, 0.05])("cannot pass for something that came over TLS on a server (after %d s)", (wait) => {
    const failures: unknown[] = [];
    return real(() =>
      upgrading(
        function* (port) {
          const raw = connect(port, "127.0.0.1");
          raw.on("error", () => {}).write("STARTTLS\nINJECTED\n");
          raw.once("data", () => {
            connectTls({ socket: raw, ca: certificates.ca.cert, servername: "localhost" }).on("error", () => {});
          });
          yield* until(() => failures.length > 0);
          expect(failures[0]).toBeInstanceOf(SSLError);
          raw.destroy();
        },
        { wait, failures },
      ),
    );
  });

  test("is an SSLError on a client, which ends the connection", () =>
    real(function* () {
      const server = createSocketServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => socket.write("go\nINJECTED\n"));
      });
      yield* fromPromise(new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
      const [reader, writer] = yield* asked((server.address() as { port: number }).port);
      const options = { serverHostname: "localhost" };
      const error = yield* errorOf(writer.startTls({ ca: certificates.ca.cert }, options));
      expect(error).toBeInstanceOf(SSLError);
      expect(yield* errorOf(writer.waitClosed())).toBe(error);
      expect(yield* errorOf(reader.readline())).toBe(error);
      server.close();
    }));
});

describe("the connection", () => {
  test("stays as it is after wrong arguments", () =>
    real(() =>
      upgrading(function* (port) {
        const [reader, writer] = yield* asked(port);
        for (const ssl of [null, "-----BEGIN PRIVATE KEY-----", 7, [], Buffer.from("a key")]) {
          const error = yield* errorOf(writer.startTls(ssl as never, { serverHostname: "localhost" }));
          expect(error).toBeInstanceOf(TypeError);
          expect(String(error)).not.toContain("KEY");
        }
        const wrong = { ca: certificates.ca.cert, cert: "no certificate", key: "no key" };
        expect(yield* errorOf(writer.startTls(wrong, { serverHostname: "localhost" }))).toBeInstanceOf(OSError);
        expect(yield* errorOf(writer.startTls(true, { serverHostnam: "x" } as never))).toBeInstanceOf(TypeError);
        expect(writer.isClosing()).toBe(false);
        yield* writer.startTls({ ca: certificates.ca.cert }, { serverHostname: "localhost" });
        yield* writer.write(bytes("hello\n"));
        expect(text(yield* reader.readline())).toBe("hello\n");
        yield* writer.aexit();
      }),
    ));

  test("is lost, and the protocol told so, when the handshake fails or is cancelled", () =>
    real(function* () {
      const sockets: Socket[] = [];
      const server = createSocketServer((socket) => sockets.push(socket.on("error", () => {})));
      yield* fromPromise(new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
      const { port } = server.address() as { port: number };
      const begin = function* () {
        const [transport, notes] = yield* createConnection(() => new Notes(), "127.0.0.1", port);
        return {
          transport,
          notes,
          task: createTask(startTls(transport, notes, true, { serverHostname: "localhost" })),
        };
      };
      const failed = yield* begin();
      yield* until(() => sockets.length === 1);
      sockets[0]?.end("this is not TLS");
      const error = yield* errorOf(failed.task);
      expect(error).toBeInstanceOf(SSLError);
      yield* until(() => failed.notes.lost !== undefined);
      expect(failed.notes.lost).toBe(error);

      const cancelled = yield* begin();
      yield* until(() => cancelled.transport.isClosing());
      cancelled.task.cancel();
      expect(isCancelled(yield* errorOf(cancelled.task))).toBe(true);
      yield* until(() => cancelled.notes.lost !== undefined);
      expect(cancelled.notes.log).toEqual(["made", "lost"]);
      expect(cancelled.notes.lost).toBe(null);
      for (const socket of sockets) socket.destroy();
      server.close();
    }));

  test("counts for its server during the handshake, and is dropped by abortClients()", () =>
    real(function* () {
      const failures: unknown[] = [];
      const server = yield* startServer(
        function* (_reader, writer) {
          failures.push(yield* errorOf(writer.startTls(own())));
          writer.close();
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      yield* until(() => server.toString().includes("clients=1"));
      server.close();
      const closed = createTask(server.waitClosed());
      yield* sleep(0.01);
      expect(closed.done()).toBe(false);
      server.abortClients();
      yield* closed;
      expect(failures).toHaveLength(1);
      yield* errorOf(reader.readExactly(1));
      yield* writer.aexit();
    }));
});
