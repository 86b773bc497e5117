import { connect } from "node:net";
import {
  asyncFor,
  asyncWith,
  createTask,
  type ExceptionContext,
  fromPromise,
  gather,
  IncompleteReadError,
  sleep,
} from "tsyncio";
import {
  ConnectionRefusedError,
  ConnectionResetError,
  gaierror,
  OSError,
  openConnection,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "tsyncio/net";
import { describe, expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { bytes, portOf, real, text, until } from "./support.ts";

/** Sends each line back. */
function* echoLines(reader: StreamReader, writer: StreamWriter) {
  for (;;) {
    const line = yield* reader.readline();
    if (line.length === 0) break;
    writer.write(line);
    yield* writer.drain();
  }
  writer.close();
  yield* writer.waitClosed();
}

/** Says so much, and closes. */
const say = (what: string) => (_reader: StreamReader, writer: StreamWriter) => {
  writer.write(bytes(what));
  writer.close();
};

function* closed(server: Server) {
  server.close();
  yield* server.waitClosed();
}

describe("openConnection and startServer", () => {
  test("talk to each other", () =>
    real(function* () {
      const server = yield* startServer(echoLines, "127.0.0.1", 0);
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      writer.write(bytes("one\ntwo\n"));
      yield* writer.drain();
      expect(text(yield* reader.readline())).toBe("one\n");
      expect(text(yield* reader.readline())).toBe("two\n");
      writer.writeEof();
      expect(text(yield* reader.read())).toBe("");
      writer.close();
      yield* writer.waitClosed();
      yield* closed(server);
    }));

  test("without a host the server listens on the loopback only, on one port for both families", () =>
    real(function* () {
      const server = yield* startServer(echoLines, null, 0);
      const names = server.sockets.map((socket) => socket.getsockname());
      expect(names[0]).toEqual(["127.0.0.1", portOf(server)]);
      if (names.length > 1) expect(names[1]).toEqual(["::1", portOf(server)]);
      for (const host of ["127.0.0.1", "localhost", null]) {
        const [, writer] = yield* openConnection(host, portOf(server));
        yield* writer.aexit();
      }
      yield* closed(server);
    }));

  test("a plain callback is accepted, and may start tasks itself", () =>
    real(function* () {
      const seen: unknown[] = [];
      const server = yield* startServer(
        (_reader, writer) => {
          seen.push(writer.getExtraInfo("peername"));
          writer.write(bytes("hello"));
          writer.close();
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      expect(text(yield* reader.read())).toBe("hello");
      expect(seen).toEqual([writer.getExtraInfo("sockname")]);
      yield* writer.aexit();
      yield* closed(server);
    }));

  test("an error of the callback is reported, and its connection closed", async () => {
    const reports: ExceptionContext[] = [];
    await real(function* () {
      const server = yield* startServer(
        function* (reader) {
          yield* reader.readline();
          throw new Error("in the callback");
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      writer.write(bytes("go\n"));
      expect(text(yield* reader.read())).toBe("");
      yield* writer.aexit();
      yield* closed(server);
    }, reports);
    expect(reports.map(({ message, exception }) => [message, String(exception)])).toEqual([
      ["Unhandled exception in clientConnected callback", "Error: in the callback"],
    ]);
  });

  test("a client is asyncFor-iterable by lines, and asyncWith closes the writer", () =>
    real(function* () {
      const server = yield* startServer(
        function* (_reader, writer) {
          yield* asyncWith(writer, function* () {
            for (let i = 0; i < 3; i++) yield* writer.write(bytes(`line ${i}\n`));
          });
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      const lines: string[] = [];
      yield* asyncFor(reader, function* (line) {
        lines.push(text(line));
      });
      expect(lines).toEqual(["line 0\n", "line 1\n", "line 2\n"]);
      yield* writer.aexit();
      yield* closed(server);
    }));

  test("native code reads with for await, and closes with await using", () =>
    real(function* () {
      const server = yield* startServer(
        (_reader, writer) => {
          writer.writelines([bytes("a\n"), bytes("b\n")]);
          writer.close();
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      const native = async () => {
        const lines: string[] = [];
        try {
          for await (const line of reader) lines.push(text(line));
        } finally {
          await writer[Symbol.asyncDispose]();
        }
        return lines;
      };
      expect(yield* fromPromise(native())).toEqual(["a\n", "b\n"]);
      expect(writer.isClosing()).toBe(true);
      yield* closed(server);
    }));

  test("10 MiB arrive as they were sent, in both directions at once", () =>
    real(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          for (;;) {
            const data = yield* reader.read(100_000);
            if (data.length === 0) break;
            yield* writer.write(data);
          }
          yield* writer.aexit();
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      const all = new Uint8Array(10 * 2 ** 20).map((_, i) => (i * 31) >> 3);
      const send = function* () {
        for (let at = 0; at < all.length; at += 70_001) {
          writer.write(all.subarray(at, at + 70_001));
          yield* writer.drain();
        }
        writer.writeEof();
      };
      const [, got] = yield* gather(send(), reader.read());
      expect(Buffer.compare(got, all)).toBe(0);
      yield* writer.aexit();
      yield* closed(server);
    }));
});

describe("errors", () => {
  test("no server listens: ConnectionRefusedError with the code and the address", () =>
    real(function* () {
      const server = yield* startServer(echoLines, "127.0.0.1", 0);
      const port = portOf(server);
      yield* closed(server);
      const error = (yield* errorOf(openConnection("127.0.0.1", port))) as ConnectionRefusedError;
      expect(error).toBeInstanceOf(ConnectionRefusedError);
      expect(error).toBeInstanceOf(OSError);
      expect(error).toMatchObject({ code: "ECONNREFUSED", address: "127.0.0.1", port, syscall: "connect" });
    }));

  test("a name that does not exist: gaierror", () =>
    real(function* () {
      expect(yield* errorOf(openConnection("no-such-host.invalid", 1))).toBeInstanceOf(gaierror);
    }));

  test("a port that is taken: OSError with EADDRINUSE, and nothing stays open", () =>
    real(function* () {
      const server = yield* startServer(echoLines, "127.0.0.1", 0);
      const error = yield* errorOf(startServer(echoLines, ["127.0.0.1"], portOf(server)));
      expect(error).toBeInstanceOf(OSError);
      expect(error).toMatchObject({ code: "EADDRINUSE" });
      yield* closed(server);
    }));

  test("a reset in mid-read: ConnectionResetError at the read, the drain and waitClosed", () =>
    real(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          yield* reader.readline();
          (writer.getExtraInfo("socket") as { resetAndDestroy(): void }).resetAndDestroy();
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      writer.write(bytes("reset me\n"));
      const error = yield* errorOf(reader.readExactly(10));
      expect(error).toBeInstanceOf(ConnectionResetError);
      expect(error).toMatchObject({ code: "ECONNRESET" });
      expect(yield* errorOf(writer.drain())).toBe(error);
      expect(yield* errorOf(writer.waitClosed())).toBe(error);
      yield* closed(server);
    }));

  test("an end in the middle of a piece: IncompleteReadError with the part", () =>
    real(function* () {
      const server = yield* startServer(say("abc"), "127.0.0.1", 0);
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      const error = (yield* errorOf(reader.readExactly(10))) as IncompleteReadError;
      expect(error).toBeInstanceOf(IncompleteReadError);
      expect(text(error.partial)).toBe("abc");
      yield* writer.aexit();
      yield* closed(server);
    }));

  test("drain after the end of the connection: ConnectionResetError", () =>
    real(function* () {
      const server = yield* startServer((_, writer) => writer.close(), "127.0.0.1", 0);
      const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
      writer.close();
      yield* writer.waitClosed();
      expect(yield* errorOf(writer.drain())).toBeInstanceOf(ConnectionResetError);
      yield* closed(server);
    }));

  test("wrong arguments are refused at once", () =>
    real(function* () {
      expect(String(yield* errorOf(openConnection()))).toContain("host and port was not specified");
      expect(String(yield* errorOf(openConnection("127.0.0.1", 70_000)))).toContain("from 0 to 65535");
      expect(String(yield* errorOf(openConnection("127.0.0.1", 1, { serverHostname: "x" })))).toContain("with ssl");
      expect(String(yield* errorOf(openConnection("127.0.0.1", 1, { limit: 0 })))).toContain("Limit");
      expect(String(yield* errorOf(startServer("x" as never, "127.0.0.1", 0)))).toContain("function");
      expect(String(yield* errorOf(startServer(echoLines, "127.0.0.1", 0, { sslHandshakeTimeout: 1 })))).toContain(
        "ssl",
      );
    }));
});

describe("flow control", () => {
  test("a client that does not read stops the server's drain, until it reads", () =>
    real(function* () {
      let sent = 0;
      const server = yield* startServer(
        function* (_reader, writer) {
          const piece = new Uint8Array(64 * 1024);
          for (let i = 0; i < 400; i++) {
            writer.write(piece);
            yield* writer.drain();
            sent += piece.length;
          }
          yield* writer.aexit();
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      let before = -1;
      while (sent !== before) {
        before = sent;
        yield* sleep(0.1);
      }
      expect(sent).toBeLessThan(20 * 2 ** 20);
      expect((yield* reader.read()).length).toBe(400 * 64 * 1024);
      yield* writer.aexit();
      yield* closed(server);
    }));

  test("several tasks may wait in drain, and all go on", () =>
    real(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          yield* sleep(0.05);
          while ((yield* reader.read(2 ** 20)).length > 0);
          writer.close();
        },
        "127.0.0.1",
        0,
      );
      const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
      writer.write(new Uint8Array(30 * 2 ** 20));
      const drains = [0, 1, 2].map(() => createTask(writer.drain()));
      yield* sleep(0);
      expect(drains.map((task) => task.done())).toEqual([false, false, false]);
      yield* gather(...drains);
      yield* writer.aexit();
      yield* closed(server);
    }));
});

describe("the end of run()", () => {
  test("takes along connections and servers that were not closed", () =>
    real(function* () {
      const server = yield* startServer(echoLines, "127.0.0.1", 0);
      yield* openConnection("127.0.0.1", portOf(server));
      const native = connect(portOf(server), "127.0.0.1");
      native.on("error", () => {});
      yield* until(() => !native.connecting);
    }));
});

test("a plain clientConnected that throws is reported, and its connection closed", () => {
  const reports: ExceptionContext[] = [];
  return real(function* () {
    const failure = new Error("mine");
    const server = yield* startServer(
      () => {
        throw failure;
      },
      "127.0.0.1",
      0,
    );
    const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
    expect((yield* reader.read()).length).toBe(0);
    yield* writer.aexit();
    yield* server.aexit();
    expect(reports.map(({ message, exception }) => [message, exception])).toEqual([
      ["Unhandled exception in clientConnected callback", failure],
    ]);
  }, reports);
});

test("a socket that has been given an encoding is read as bytes all the same", () =>
  real(function* () {
    const server = yield* startServer(
      function* (_reader, writer) {
        yield* writer.write(bytes("grüße\n"));
        yield* writer.aexit();
      },
      "127.0.0.1",
      0,
    );
    const sock = connect(portOf(server), "127.0.0.1").setEncoding("utf8");
    yield* fromPromise(new Promise((resolve) => sock.once("connect", resolve)));
    const [reader, writer] = yield* openConnection(null, null, { sock });
    expect(text(yield* reader.readline())).toBe("grüße\n");
    yield* writer.aexit();
    yield* server.aexit();
  }));
