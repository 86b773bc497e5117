import { connect, createServer as createSocketServer, type Socket } from "node:net";
import {
  asyncWith,
  type Coroutine,
  createTask,
  Event,
  fromPromise,
  gather,
  isCancelled,
  Semaphore,
  sleep,
  TimeoutError,
  timeout,
  ValueError,
} from "tsyncio";
import {
  BrokenPipeError,
  ConnectionResetError,
  createSubprocessExec,
  openConnection,
  PIPE,
  startServer,
} from "tsyncio/net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { bytes, portOf, real, text, until } from "./support.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

const GIB = 2 ** 30;

/** The number, when it has not changed for a while. */
function* standstill(count: () => number): Coroutine<number> {
  for (let before = -1; before !== count(); yield* sleep(0.1)) before = count();
  return count();
}

describe("a peer that", () => {
  test.each(["TCP", "TLS"])("never reads, while 1 GiB is offered over %s: memory stays bounded", (kind) =>
    real(function* () {
      const { cert, key } = certificates.good;
      const tls = kind === "TLS";
      const stopped = new Event();
      const server = yield* startServer(
        function* (reader, writer) {
          yield* reader.readExactly(1);
          yield* stopped.wait(); // reads no more
          writer.transport.abort();
        },
        "127.0.0.1",
        0,
        tls ? { ssl: { cert, key } } : {},
      );
      const options = tls ? { ssl: { ca: certificates.ca.cert } } : {};
      const [, writer] = yield* openConnection("localhost", portOf(server), options);
      const before = process.memoryUsage().arrayBuffers;
      let offered = 0;
      const push = createTask(
        (function* () {
          for (; offered < GIB; offered += 2 ** 20) yield* writer.write(new Uint8Array(2 ** 20));
        })(),
      );
      expect(yield* standstill(() => offered)).toBeLessThan(GIB / 16);
      expect(push.done()).toBe(false);
      expect(writer.transport.getWriteBufferSize()).toBeLessThan(3 * 2 ** 20);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 2 ** 20);
      push.cancel();
      expect(isCancelled(yield* errorOf(push))).toBe(true);
      writer.transport.abort();
      stopped.set();
      yield* server.aexit();
    }),
  );

  test("sends without end to a reader that never reads: memory stays bounded", () =>
    real(function* () {
      const server = yield* startServer(() => {}, "127.0.0.1", 0, { limit: 64 * 1024 });
      const socket = connect(portOf(server), "127.0.0.1");
      socket.on("error", () => {});
      const piece = Buffer.alloc(2 ** 20);
      let sent = 0;
      const more = (): void => {
        while (sent < GIB) {
          sent += piece.length;
          if (!socket.write(piece)) return;
        }
      };
      socket.on("connect", more).on("drain", more);
      expect(yield* standstill(() => sent)).toBeLessThan(40 * 2 ** 20);
      expect(process.memoryUsage().arrayBuffers).toBeLessThan(200 * 2 ** 20);
      socket.destroy();
      server.close();
      server.abortClients();
      yield* server.waitClosed();
    }));

  test("sends a line over the limit: ValueError, and the rest of the stream can be read", () =>
    real(function* () {
      const errors: unknown[] = [];
      const server = yield* startServer(
        function* (reader, writer) {
          errors.push(yield* errorOf(reader.readline()));
          while (text(yield* reader.readline()) !== "end\n");
          yield* writer.write(bytes("ok\n"));
          yield* writer.aexit();
        },
        "127.0.0.1",
        0,
        { limit: 1000 },
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      yield* writer.write(bytes(`${"x".repeat(1500)}\n`));
      yield* sleep(0.02);
      yield* writer.write(bytes("short\nend\n"));
      expect(text(yield* reader.readline())).toBe("ok\n");
      expect(errors[0]).toBeInstanceOf(ValueError);
      yield* writer.aexit();
      yield* server.aexit();
    }));

  test("resets while we write: the writes that follow are dropped, drain throws", () =>
    real(function* () {
      const server = createSocketServer((socket: Socket) =>
        socket.on("error", () => {}).once("data", () => socket.resetAndDestroy()),
      );
      yield* fromPromise(new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
      const [reader, writer] = yield* openConnection("127.0.0.1", (server.address() as { port: number }).port);
      const push = function* () {
        for (;;) {
          yield* writer.write(new Uint8Array(100_000));
          yield* sleep(0);
        }
      };
      const error = yield* errorOf(push());
      for (const one of [error, yield* errorOf(reader.read())]) {
        expect(one instanceof ConnectionResetError || one instanceof BrokenPipeError).toBe(true);
      }
      server.close();
    }));

  test("ends its side only can be written to still; it ends when we do", () =>
    real(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          const all = yield* reader.read();
          yield* sleep(0.02);
          yield* writer.write(bytes(`got ${all.length}`));
          yield* writer.aexit();
        },
        "127.0.0.1",
        0,
      );
      const socket = connect({ port: portOf(server), host: "127.0.0.1", allowHalfOpen: true });
      let got = "";
      let ended = false;
      socket.on("data", (data) => (got += data.toString()));
      socket.on("end", () => (ended = true));
      socket.end("hello");
      yield* until(() => ended);
      expect(got).toBe("got 5");
      yield* server.aexit();
    }));

  test("is stopped in its tracks, with the connection open: reads and writes time out, abort() does not wait", () =>
    real(function* () {
      const code = `require("node:net").createServer((s) => s.pipe(s)).listen(0, "127.0.0.1", function () {
        console.log(this.address().port);
      })`;
      const peer = yield* createSubprocessExec(process.execPath, "-e", code, { stdout: PIPE });
      const [reader, writer] = yield* openConnection("127.0.0.1", Number(text(yield* peer.stdout.readline())));
      yield* writer.write(bytes("hello"));
      expect(text(yield* reader.readExactly(5))).toBe("hello");
      peer.sendSignal("SIGSTOP");
      writer.write(new Uint8Array(40 * 2 ** 20));
      const late = (wait: () => Coroutine<unknown>) => errorOf(asyncWith(timeout(0.02), wait));
      expect(yield* late(() => reader.read(1))).toBeInstanceOf(TimeoutError);
      expect(yield* late(() => writer.drain())).toBeInstanceOf(TimeoutError);
      expect(yield* late(() => writer.aexit())).toBeInstanceOf(TimeoutError);
      writer.transport.abort();
      yield* writer.waitClosed();
      peer.kill();
      yield* peer.communicate();
    }));
});

test("5,000 connections at once: all are served, none is left", () =>
  real(function* () {
    const COUNT = 5000;
    const server = yield* startServer(
      function* (reader, writer) {
        yield* writer.write(yield* reader.readline());
        yield* reader.read();
        yield* writer.aexit();
      },
      "127.0.0.1",
      0,
      { backlog: 4096 },
    );
    const port = portOf(server);
    const connecting = new Semaphore(500);
    let open = 0;
    let most = 0;
    let release!: () => void;
    const all = fromPromise(
      new Promise<void>((resolve) => {
        release = resolve;
      }),
    );
    const everybody = createTask(all);
    const client = function* (i: number): Coroutine<string> {
      yield* connecting.acquire();
      const [reader, writer] = yield* openConnection("127.0.0.1", port);
      connecting.release();
      writer.write(bytes(`${i}\n`));
      const line = text(yield* reader.readline());
      most = Math.max(most, ++open);
      if (open === COUNT) release();
      yield* everybody;
      yield* writer.aexit();
      return line;
    };
    const lines = yield* gather(...Array.from({ length: COUNT }, (_, i) => client(i)));
    expect(most).toBe(COUNT);
    expect(lines).toEqual(Array.from({ length: COUNT }, (_, i) => `${i}\n`));
    server.close();
    yield* server.waitClosed();
  }));
