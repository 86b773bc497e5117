/** What a TLS connection tells about itself, and what it keeps to itself. */

import { inspect } from "node:util";
import type { Coroutine } from "tsyncio";
import { createServer, openConnection, type StreamWriter, startServer } from "tsyncio/net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { Notes, portOf, real, until } from "./support.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

function* connected<T>(
  client: object,
  body: (client: StreamWriter, accepted: StreamWriter) => Coroutine<T>,
  server: object = {},
): Coroutine<T> {
  const { cert, key } = certificates.good;
  const writers: StreamWriter[] = [];
  const listening = yield* startServer((_reader, writer) => void writers.push(writer), "127.0.0.1", 0, {
    ssl: { cert, key, passphrase: "s3cret", ...server },
  });
  const [, writer] = yield* openConnection("localhost", portOf(listening), { ssl: client });
  yield* until(() => writers.length === 1);
  try {
    return yield* body(writer, writers[0] as StreamWriter);
  } finally {
    writer.transport.abort();
    listening.abortClients();
    yield* listening.aexit();
  }
}

describe("getExtraInfo", () => {
  test("cipher: its name, the protocol and the secret bits", () =>
    real(() =>
      connected({ ca: certificates.ca.cert, ciphers: "TLS_AES_256_GCM_SHA384" }, function* (writer) {
        expect(writer.getExtraInfo("cipher")).toEqual(["TLS_AES_256_GCM_SHA384", "TLSv1.3", 256]);
      }),
    ));

  test("peercert: nothing without one, an empty one if it was not verified, else the certificate", () =>
    real(function* () {
      const { ca, client, selfSigned } = certificates;
      yield* connected({ ca: ca.cert }, function* (writer, accepted) {
        expect(writer.getExtraInfo("peercert")).toMatchObject({ subjectaltname: expect.stringContaining("localhost") });
        expect(accepted.getExtraInfo("peercert", "none")).toBe("none");
      });
      yield* connected({ rejectUnauthorized: false }, function* (writer) {
        expect(writer.getExtraInfo("peercert")).toEqual({});
      });
      const asked = { requestCert: true, ca: ca.cert, rejectUnauthorized: false };
      const known = { ca: ca.cert, cert: client.cert, key: client.key };
      yield* connected(
        known,
        function* (_, accepted) {
          expect(Object.keys(accepted.getExtraInfo<object>("peercert"))).toContain("subject");
        },
        asked,
      );
      const unknown = { ca: ca.cert, cert: selfSigned.cert, key: selfSigned.key };
      yield* connected(
        unknown,
        function* (_, accepted) {
          expect(accepted.getExtraInfo("peercert")).toEqual({});
        },
        asked,
      );
    }));

  test("socket: nothing after the end", () =>
    real(() =>
      connected({ ca: certificates.ca.cert }, function* (writer) {
        expect(writer.getExtraInfo("socket", null)).not.toBe(null);
        yield* writer.aexit();
        expect(writer.getExtraInfo("socket", null)).toBe(null);
      }),
    ));
});

describe("keys and passphrases are shown nowhere", () => {
  const SECRET = /PRIVATE KEY|s3cret/;

  test("by a server, a transport, a writer, whatever shows them", () =>
    real(function* () {
      const { cert, key } = certificates.good;
      const ssl = { ca: certificates.ca.cert, cert, key, passphrase: "s3cret" };
      const server = yield* createServer(() => new Notes(), "127.0.0.1", 0, { ssl });
      const [reader, writer] = yield* openConnection("localhost", portOf(server), { ssl });
      yield* until(() => String(server).includes("clients=1"));
      const shown = { server, writer, reader, transport: writer.transport };
      for (const [name, value] of [...Object.entries(shown), ["all", shown] as const]) {
        for (const depth of [2, 6, null]) expect(inspect(value, { depth }), name).not.toMatch(SECRET);
        if (name !== "reader" && name !== "all") expect(JSON.stringify(value)).not.toMatch(SECRET);
      }
      expect(inspect(server)).toBe(String(server));
      expect(JSON.stringify({ transport: writer.transport })).toBe(
        JSON.stringify({ transport: String(writer.transport) }),
      );
      yield* writer.aexit();
      yield* server.aexit();
    }));

  test("by the errors for wrong options", () =>
    real(function* () {
      const key = "-----BEGIN PRIVATE KEY-----";
      for (const ssl of [
        key,
        Buffer.from(key),
        [key],
        { key, cert: key },
        { passphrase: { s3cret: 1 }, key, cert: key },
      ]) {
        const ofServer = yield* errorOf(createServer(() => new Notes(), "127.0.0.1", 0, { ssl: ssl as never }));
        const ofClient = yield* errorOf(openConnection("localhost", 1, { ssl: ssl as never }));
        for (const error of [ofServer, ofClient]) {
          expect(inspect(error, { depth: 6 })).not.toMatch(SECRET);
          expect(error).toBeInstanceOf(Error);
        }
      }
    }));
});

test("times of TLS that the platform's timers cannot hold are as good as any", () =>
  real(function* () {
    const { cert, key } = certificates.good;
    const times = { sslHandshakeTimeout: Infinity, sslShutdownTimeout: 1e9 };
    const server = yield* createServer(() => new Notes(), "127.0.0.1", 0, { ssl: { cert, key }, ...times });
    const ssl = { ca: certificates.ca.cert };
    const [, writer] = yield* openConnection("localhost", portOf(server), { ssl, ...times });
    yield* until(() => String(server).includes("clients=1"));
    yield* writer.aexit();
    yield* server.aexit();
    expect(yield* errorOf(openConnection("localhost", 1, { ssl, sslHandshakeTimeout: Number.NaN }))).toBeInstanceOf(
      Error,
    );
  }));
