import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  asyncFor,
  asyncWith,
  type Coroutine,
  createTask,
  Event,
  gather,
  isCancelled,
  sleep,
  TimeoutError,
  timeout,
} from "tsyncio";
import {
  ConnectionRefusedError,
  createConnection,
  createDatagramEndpoint,
  createServer,
  DatagramProtocol,
  type DatagramTransport,
  gaierror,
  getaddrinfo,
  openConnection,
  openUnixConnection,
  Protocol,
  SSLCertVerificationError,
  startServer,
  startUnixServer,
  type Transport,
} from "tsyncio/net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Certificates, makeCertificates } from "../node/net/certificates.ts";
import { errorOf } from "../support.ts";
import { bytes, echo, pattern, portOf, real, same, text } from "./support.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());
const serverTls = () => ({ cert: certificates.good.cert, key: certificates.good.key });
const clientTls = () => ({ ca: certificates.ca.cert });

describe("streams", () => {
  test("lines go to a server and come back, over several connections at once", () =>
    real(function* () {
      const server = yield* startServer(echo, "127.0.0.1", 0);
      const client = function* (name: string): Coroutine<string[]> {
        const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
        yield* writer.writelines([bytes(`${name} 1\n`), bytes(`${name} 2\n`)]);
        writer.writeEof();
        const lines: string[] = [];
        yield* asyncFor(reader, function* (line) {
          lines.push(text(line));
        });
        yield* writer.aexit();
        return lines;
      };
      const all = yield* gather(...["a", "b", "c"].map(client));
      expect(all).toEqual(["a", "b", "c"].map((name) => [`${name} 1\n`, `${name} 2\n`]));
      yield* server.aexit();
    }));

  test("5 MiB come back as they were sent", () =>
    real(function* () {
      const server = yield* startServer(echo, "127.0.0.1", 0);
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      const data = pattern(5 * 2 ** 20);
      const send = function* (): Coroutine<void> {
        for (let at = 0; at < data.length; at += 100_000) yield* writer.write(data.subarray(at, at + 100_000));
        writer.writeEof();
      };
      const [, got] = yield* gather(send(), reader.read());
      same(got, data);
      yield* writer.aexit();
      yield* server.aexit();
    }));

  test("a reader that does not read stops the writer, until it reads", () =>
    real(function* () {
      const size = 30 * 2 ** 20;
      const go = new Event();
      let got = 0;
      const server = yield* startServer(
        function* (reader, writer) {
          yield* go.wait();
          for (;;) {
            const { length } = yield* reader.read(2 ** 20);
            if (length === 0) break;
            got += length;
          }
          yield* writer.aexit();
        },
        "127.0.0.1",
        0,
      );
      const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
      writer.write(new Uint8Array(size));
      const drained = createTask(writer.drain());
      yield* sleep(0.05);
      expect(drained.done()).toBe(false);
      go.set();
      yield* drained;
      yield* writer.aexit();
      yield* server.aexit();
      expect(got).toBe(size);
    }));

  test("a unix socket, whose file goes with the server", () =>
    real(function* () {
      const folder = mkdtempSync(join(tmpdir(), "tsyncio-io-"));
      const path = join(folder, "s");
      const server = yield* startUnixServer(echo, path);
      const [reader, writer] = yield* openUnixConnection(path);
      yield* writer.write(bytes("hello\n"));
      expect(text(yield* reader.readline())).toBe("hello\n");
      yield* writer.aexit();
      yield* server.aexit();
      expect(((yield* errorOf(openUnixConnection(path))) as Error).name).toBe("FileNotFoundError");
      rmSync(folder, { recursive: true });
    }));

  test("a read that is cancelled, or times out, loses nothing", () =>
    real(function* () {
      let say: ((what: string) => void) | undefined;
      const server = yield* startServer(
        (_reader, writer) => {
          say = (what) => void writer.write(bytes(what));
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      while (say === undefined) yield* sleep(0.001);
      say("one,");
      const task = createTask(reader.readExactly(100));
      yield* sleep(0.02);
      task.cancel();
      expect(isCancelled(yield* errorOf(task))).toBe(true);
      say("two");
      const late = asyncWith(timeout(0.02), () => reader.readline());
      expect(yield* errorOf(late)).toBeInstanceOf(TimeoutError);
      expect(text(yield* reader.readExactly(7))).toBe("one,two");
      yield* writer.aexit();
      server.close();
      server.closeClients();
      yield* server.waitClosed();
    }));
});

describe("a failure is a typed error:", () => {
  test("no server listens", () =>
    real(function* () {
      const server = yield* startServer(() => {}, "127.0.0.1", 0);
      const port = portOf(server);
      yield* server.aexit();
      const error = yield* errorOf(openConnection("127.0.0.1", port));
      expect(error).toBeInstanceOf(ConnectionRefusedError);
      expect(error).toMatchObject({ code: "ECONNREFUSED" });
    }));

  test("a name that does not exist", () =>
    real(function* () {
      expect(yield* errorOf(openConnection("no-such-host.invalid", 80))).toBeInstanceOf(gaierror);
    }));

  test("a port that is taken", () =>
    real(function* () {
      const server = yield* startServer(() => {}, "127.0.0.1", 0);
      expect(yield* errorOf(startServer(() => {}, "127.0.0.1", portOf(server)))).toMatchObject({ code: "EADDRINUSE" });
      yield* server.aexit();
    }));

  test("the peer has gone", () =>
    real(function* () {
      const server = yield* startServer((_reader, writer) => writer.transport.abort(), "127.0.0.1", 0);
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      const push = function* (): Coroutine<void> {
        for (;;) {
          yield* writer.write(new Uint8Array(2 ** 16));
          yield* sleep(0.001);
        }
      };
      expect(["ConnectionResetError", "BrokenPipeError"]).toContain(((yield* errorOf(push())) as Error).name);
      yield* gather(reader.read(), writer.aexit(), { returnExceptions: true });
      yield* server.aexit();
    }));
});

class Log extends Protocol {
  readonly log: string[] = [];
  transport!: Transport;
  override connectionMade(transport: Transport): void {
    this.transport = transport;
    this.log.push("made");
  }
  override dataReceived(data: Uint8Array): void {
    this.log.push(text(data));
    if (text(data) === "ping") this.transport.write(bytes("pong"));
  }
  override eofReceived(): void {
    this.log.push("eof");
  }
  override connectionLost(error: Error | null): void {
    this.log.push(error === null ? "lost" : error.name);
  }
}

test("transports call their protocols in asyncio's order", () =>
  real(function* () {
    const made: Log[] = [];
    const factory = (): Log => {
      const log = new Log();
      made.push(log);
      return log;
    };
    const server = yield* createServer(factory, "127.0.0.1", 0);
    const [transport, client] = yield* createConnection(() => new Log(), "127.0.0.1", portOf(server));
    expect(transport.getExtraInfo("peername")).toEqual(["127.0.0.1", portOf(server)]);
    transport.write(bytes("ping"));
    while (client.log.length < 2) yield* sleep(0.001);
    transport.close();
    yield* server.aexit();
    while (client.log.at(-1) !== "lost") yield* sleep(0.001);
    expect(client.log).toEqual(["made", "pong", "lost"]);
    expect(made[0]?.log).toEqual(["made", "ping", "eof", "lost"]);
  }));

test("cancelling a connect at every stage leaves a server without clients", () =>
  real(function* () {
    const server = yield* startServer(echo, "127.0.0.1", 0);
    for (let stage = 0; stage < 12; stage++) {
      const task = createTask(openConnection("127.0.0.1", portOf(server)));
      for (let i = 0; i < stage; i++) yield* sleep(i % 3 === 2 ? 0.001 : 0);
      task.cancel();
      yield* gather(task, { returnExceptions: true });
      if (!task.cancelled()) task.result()[1].close();
    }
    yield* server.aexit();
  }));

test("datagrams go both ways", () =>
  real(function* () {
    class Peer extends DatagramProtocol {
      readonly heard: string[] = [];
      transport!: DatagramTransport;
      override connectionMade(transport: DatagramTransport): void {
        this.transport = transport;
      }
      override datagramReceived(data: Uint8Array, address: readonly [string, number]): void {
        this.heard.push(text(data));
        if (text(data) === "ping") this.transport.sendto(bytes("pong"), address);
      }
    }
    const [server, one] = yield* createDatagramEndpoint(() => new Peer(), { localAddr: ["127.0.0.1", 0] });
    const remoteAddr = server.getExtraInfo<[string, number]>("sockname");
    const [client, other] = yield* createDatagramEndpoint(() => new Peer(), { remoteAddr });
    client.sendto(bytes("ping"));
    while (other.heard.length === 0) yield* sleep(0.001);
    expect([one.heard, other.heard]).toEqual([["ping"], ["pong"]]);
    client.close();
    server.close();
  }));

test("getaddrinfo returns the addresses of a host", () =>
  real(function* () {
    const [first] = yield* getaddrinfo("127.0.0.1", 80);
    expect(first).toEqual({ family: 4, type: "stream", sockaddr: ["127.0.0.1", 80] });
    expect((yield* getaddrinfo("localhost", 80)).length).toBeGreaterThan(0);
  }));

describe("TLS", () => {
  function* secure<T>(body: (port: number) => Coroutine<T>): Coroutine<T> {
    const server = yield* startServer(echo, "127.0.0.1", 0, { ssl: serverTls() });
    try {
      return yield* body(portOf(server));
    } finally {
      server.close();
      server.abortClients();
      yield* server.waitClosed();
    }
  }

  test("carries data both ways, with a certificate that is trusted", () =>
    real(() =>
      secure(function* (port) {
        const [reader, writer] = yield* openConnection("localhost", port, { ssl: clientTls() });
        const data = pattern(300_000);
        yield* writer.write(data);
        same(yield* reader.readExactly(data.length), data);
        yield* writer.aexit();
      }),
    ));

  test("refuses a certificate that is not, unless that is turned off", () =>
    real(() =>
      secure(function* (port) {
        const error = yield* errorOf(openConnection("localhost", port, { ssl: true }));
        expect(error).toBeInstanceOf(SSLCertVerificationError);
        const [, writer] = yield* openConnection("localhost", port, { ssl: { rejectUnauthorized: false } });
        yield* writer.aexit();
      }),
    ));

  test("refuses a certificate for another host", () =>
    real(() =>
      secure(function* (port) {
        const options = { ssl: clientTls(), serverHostname: "other.example" };
        expect(yield* errorOf(openConnection("127.0.0.1", port, options))).toBeInstanceOf(SSLCertVerificationError);
      }),
    ));

  test("goes on a connection that began without, by startTls", () =>
    real(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          yield* writer.write(yield* reader.readline());
          yield* writer.startTls(serverTls());
          yield* writer.write(yield* reader.readline());
          yield* writer.aexit();
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      yield* writer.write(bytes("plain\n"));
      expect(text(yield* reader.readline())).toBe("plain\n");
      yield* writer.startTls(clientTls(), { serverHostname: "localhost" });
      yield* writer.write(bytes("secret\n"));
      expect(text(yield* reader.readline())).toBe("secret\n");
      yield* writer.aexit();
      yield* server.aexit();
    }));
});
