import { connect as connectSocket, createServer as createSocketServer } from "node:net";
import {
  type Awaitable,
  asyncWith,
  type Coroutine,
  createTask,
  fromPromise,
  gather,
  isCancelled,
  sleep,
  TimeoutError,
  timeout,
  ValueError,
} from "tsyncio";
import {
  ConnectionAbortedError,
  type ConnectionError,
  type ConnectionOptions,
  createConnection,
  OSError,
  openConnection,
  type Server,
  SSLCertVerificationError,
  SSLError,
  startServer,
} from "tsyncio/net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { type Certificate, type Certificates, makeCertificates } from "./certificates.ts";
import { bytes, echo, Notes, portOf, real, text, until } from "./support.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

/** Runs the body with the port of a TLS echo server. */
function* served<T>(certificate: Certificate, body: (port: number, server: Server) => Coroutine<T>, ssl = {}) {
  const { cert, key } = certificate;
  const server = yield* startServer(echo, "127.0.0.1", 0, { ssl: { cert, key, ...ssl } });
  try {
    return yield* body(portOf(server), server);
  } finally {
    yield* server.aexit();
  }
}

function* connected(port: number, options: ConnectionOptions = {}) {
  const ssl = { ca: certificates.ca.cert, ...(typeof options.ssl === "object" ? options.ssl : {}) };
  return yield* openConnection("localhost", port, { ...options, ssl });
}

describe("a TLS connection", () => {
  test("carries data both ways, and ends well", () =>
    real(() =>
      served(certificates.good, function* (port) {
        const [reader, writer] = yield* connected(port);
        const big = new Uint8Array(3 * 2 ** 20).fill(7);
        const [, got] = yield* gather(
          writer.write(big) as Awaitable<void> as Coroutine<void>,
          reader.readExactly(big.length),
        );
        expect(Buffer.compare(got, big)).toBe(0);
        expect(writer.canWriteEof()).toBe(false);
        writer.close();
        yield* writer.waitClosed();
        expect(yield* reader.read()).toHaveLength(0);
      }),
    ));

  test("tells its cipher, certificate and context", () =>
    real(() =>
      served(certificates.good, function* (port) {
        const [, writer] = yield* connected(port);
        expect(writer.getExtraInfo("cipher")).toEqual([expect.stringContaining("AES"), "TLSv1.3", 256]);
        expect(writer.getExtraInfo<{ subject: { CN: string } }>("peercert").subject.CN).toBe("good");
        expect(writer.getExtraInfo("sslcontext")).toMatchObject({ ca: certificates.ca.cert });
        expect(writer.getExtraInfo("peername")).toEqual(["127.0.0.1", port]);
        yield* writer.aexit();
      }),
    ));

  test("agrees on a protocol by ALPN", () =>
    real(() =>
      served(
        certificates.good,
        function* (port) {
          const [, writer] = yield* connected(port, { ssl: { ALPNProtocols: ["x", "h2"] } });
          expect(writer.getExtraInfo("alpnProtocol")).toBe("h2");
          yield* writer.aexit();
        },
        { ALPNProtocols: ["h2", "http/1.1"] },
      ),
    ));

  test("sends the server's name, by which the server chooses its certificate (SNI)", () =>
    real(() => {
      const names: string[] = [];
      return served(
        certificates.good,
        function* (port) {
          const [, writer] = yield* connected(port);
          yield* writer.aexit();
          expect(names).toEqual(["localhost"]);
        },
        {
          SNICallback(name: string, done: (error: null) => void) {
            names.push(name);
            done(null);
          },
        },
      );
    }));

  test("a server that asks for a certificate serves only clients that have one", () =>
    real(() => {
      const { ca, client } = certificates;
      return served(
        certificates.good,
        function* (port) {
          const [reader, writer] = yield* connected(port, { ssl: { cert: client.cert, key: client.key } });
          writer.write(bytes("hi"));
          expect(text(yield* reader.readExactly(2))).toBe("hi");
          yield* writer.aexit();
          const refused = function* () {
            const [reader, writer] = yield* connected(port);
            try {
              yield* reader.readExactly(1);
            } finally {
              writer.transport.abort();
            }
          };
          expect(yield* errorOf(refused())).toBeInstanceOf(Error);
        },
        { ca: ca.cert, requestCert: true, rejectUnauthorized: true },
      );
    }));
});

describe("a certificate is not accepted", () => {
  const cases: [string, (all: Certificates) => Certificate, boolean, string][] = [
    ["by an unknown authority", (all) => all.good, false, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["self-signed", (all) => all.selfSigned, true, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["expired", (all) => all.expired, true, "CERT_HAS_EXPIRED"],
    ["for another host", (all) => all.wrongHost, true, "ERR_TLS_CERT_ALTNAME_INVALID"],
  ];
  test.each(cases)("%s: SSLCertVerificationError", (_name, choose, known, code) =>
    real(() =>
      served(choose(certificates), function* (port) {
        const ssl = known ? { ca: certificates.ca.cert } : true;
        const error = yield* errorOf(openConnection("localhost", port, { ssl }));
        expect(error).toBeInstanceOf(SSLCertVerificationError);
        expect(error).toBeInstanceOf(SSLError);
        expect(error).toBeInstanceOf(OSError);
        expect(error).toMatchObject({ code });
        const [, writer] = yield* openConnection("localhost", port, { ssl: { rejectUnauthorized: false } });
        yield* writer.aexit();
      }),
    ),
  );

  test("an address is checked as such, a name by serverHostname or ssl.servername", () =>
    real(() =>
      served(certificates.good, function* (port) {
        const ssl = { ca: certificates.ca.cert };
        const [, byAddress] = yield* openConnection("127.0.0.1", port, { ssl });
        yield* byAddress.aexit();
        const other = openConnection("127.0.0.1", port, { ssl, serverHostname: "other.example" });
        expect(yield* errorOf(other)).toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
        const named = { ...ssl, servername: "other.example" };
        expect(yield* errorOf(openConnection("127.0.0.1", port, { ssl: named }))).toMatchObject({
          code: "ERR_TLS_CERT_ALTNAME_INVALID",
        });
        const [, both] = yield* openConnection("127.0.0.1", port, { ssl: named, serverHostname: "localhost" });
        yield* both.aexit();
      }),
    ));

  test("an empty name is refused, unless the check of names is turned off by name", () =>
    real(() =>
      served(certificates.wrongHost, function* (port) {
        const { cert: ca } = certificates.ca;
        const connected = (ssl: object) => openConnection("127.0.0.1", port, { ssl, serverHostname: "" });
        const error = yield* errorOf(connected({ ca }));
        expect(error).toBeInstanceOf(ValueError);
        expect(String(error)).toContain("check_hostname requires server_hostname");
        for (const off of [{ ca, checkServerIdentity: () => undefined }, { rejectUnauthorized: false }]) {
          const [, writer] = yield* connected(off);
          yield* writer.aexit();
        }
      }),
    ));

  test("what other code has put on Object.prototype does not turn verification off", () =>
    real(() =>
      served(certificates.selfSigned, function* (port) {
        const polluted = Object.prototype as { rejectUnauthorized?: boolean; ssl?: unknown };
        polluted.rejectUnauthorized = false;
        try {
          const error = yield* errorOf(openConnection("localhost", port, { ssl: {} }));
          expect(error).toBeInstanceOf(SSLCertVerificationError);
          expect(yield* errorOf(openConnection("localhost", port, { ssl: true }))).toBeInstanceOf(
            SSLCertVerificationError,
          );
        } finally {
          delete polluted.rejectUnauthorized;
        }
      }),
    ));
});

describe("a handshake that goes wrong", () => {
  /** A TCP server that says what it is told, or nothing. */
  function* silent<T>(body: (port: number) => Coroutine<T>, says = "") {
    const sockets: { destroy(): void }[] = [];
    const server = createSocketServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      if (says !== "") socket.write(says);
    });
    yield* fromPromise(new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
    try {
      return yield* body((server.address() as { port: number }).port);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  }

  test("takes too long: ConnectionAbortedError", () =>
    real(() =>
      silent(function* (port) {
        const error = yield* errorOf(openConnection("127.0.0.1", port, { ssl: true, sslHandshakeTimeout: 0.05 }));
        expect(error).toBeInstanceOf(ConnectionAbortedError);
        expect((error as ConnectionError).message).toBe(
          "SSL handshake is taking longer than 0.05 seconds: aborting the connection",
        );
      }),
    ));

  test("meets a server that speaks no TLS: SSLError", () =>
    real(() =>
      silent(function* (port) {
        expect(yield* errorOf(openConnection("127.0.0.1", port, { ssl: true }))).toBeInstanceOf(SSLError);
      }, "220 hello, this is not TLS\r\n"),
    ));

  test("is cancelled, or times out: nothing stays open", () =>
    real(() =>
      silent(function* (port) {
        const task = createTask(openConnection("127.0.0.1", port, { ssl: true }));
        yield* sleep(0.03);
        task.cancel();
        expect(isCancelled(yield* errorOf(task))).toBe(true);
        const slow = asyncWith(
          timeout(0.03),
          () => openConnection("127.0.0.1", port, { ssl: true }) as Coroutine<unknown>,
        );
        expect(yield* errorOf(slow)).toBeInstanceOf(TimeoutError);
      }),
    ));

  test("on the server's side drops the client, which no protocol ever sees", () =>
    real(function* () {
      const { cert, key } = certificates.good;
      let made = 0;
      const server = yield* startServer(() => void made++, "127.0.0.1", 0, {
        ssl: { cert, key },
        sslHandshakeTimeout: 0.1,
      });
      const ends: string[] = [];
      for (const says of ["", "GET / HTTP/1.1\r\n\r\n"]) {
        const socket = connectSocket(portOf(server), "127.0.0.1", () => says !== "" && socket.write(says));
        socket
          .on("error", () => {})
          .on("close", () => ends.push(says))
          .resume();
      }
      yield* until(() => ends.length === 2);
      expect(made).toBe(0);
      yield* server.aexit();
    }));
});

describe("startTls", () => {
  test("goes on with TLS on both sides; what was sent before is not lost", () =>
    real(function* () {
      const { ca, cert, key } = { ...certificates.good, ca: certificates.ca.cert };
      const server = yield* startServer(
        function* (reader, writer) {
          expect(text(yield* reader.readline())).toBe("STARTTLS\n");
          yield* writer.write(bytes("OK\n"));
          yield* writer.startTls({ cert, key });
          yield* writer.write(yield* reader.readline());
          yield* writer.aexit();
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      yield* writer.write(bytes("STARTTLS\n"));
      expect(text(yield* reader.readline())).toBe("OK\n");
      yield* writer.startTls({ ca }, { serverHostname: "localhost" });
      expect(writer.getExtraInfo("cipher")).toHaveLength(3);
      yield* writer.write(bytes("secret\n"));
      expect(text(yield* reader.readline())).toBe("secret\n");
      expect(yield* reader.read()).toHaveLength(0);
      yield* writer.aexit();
      yield* server.aexit();
    }));

  test("with a certificate for another host throws, and closes the connection", () =>
    real(function* () {
      const { cert, key } = certificates.good;
      const server = yield* startServer(
        function* (_reader, writer) {
          yield* errorOf(writer.startTls({ cert, key }));
        },
        "127.0.0.1",
        0,
      );
      const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
      const error = yield* errorOf(writer.startTls({ ca: certificates.ca.cert }, { serverHostname: "x.example" }));
      expect(error).toBeInstanceOf(SSLCertVerificationError);
      expect(writer.isClosing()).toBe(true);
      yield* server.aexit();
    }));
});

test("a TLS protocol gets its connectionMade after the handshake, its connectionLost after the end", () =>
  real(() =>
    served(certificates.good, function* (port) {
      const [transport, notes] = yield* createConnection(() => new Notes(), "localhost", port, {
        ssl: { ca: certificates.ca.cert },
      });
      transport.write(bytes("hello"));
      yield* until(() => notes.received === 5);
      transport.close();
      yield* until(() => notes.lost !== undefined);
      expect(notes.log).toEqual(["made", "data", "lost"]);
    }),
  ));

test("the end of a TLS connection to a peer that takes nothing is given up after sslShutdownTimeout", () =>
  real(
    () =>
      served(certificates.good, function* (port, server) {
        const [transport, notes] = yield* createConnection(() => new Notes(), "localhost", port, {
          ssl: { ca: certificates.ca.cert },
          sslShutdownTimeout: 0.1,
        });
        transport.pauseReading();
        transport.write(new Uint8Array(50 * 2 ** 20)); // echoed into the void until all buffers are full
        transport.close();
        yield* until(() => notes.lost !== undefined);
        expect(notes.lost).toBeInstanceOf(TimeoutError);
        server.abortClients();
      }),
    [],
  ));
