import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import {
  asyncWith,
  type Coroutine,
  createTask,
  type ExceptionContext,
  fromPromise,
  isCancelled,
  sleep,
  ValueError,
} from "tsyncio";
import {
  createServer,
  createUnixConnection,
  createUnixServer,
  FileNotFoundError,
  OSError,
  openUnixConnection,
  PermissionError,
  type Server,
  startUnixServer,
} from "tsyncio/net";
import { afterAll, describe, expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { bytes, Notes, portOf, real, text, until } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "tsyncio-unix-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
function* serveAndCancel(server: Server): Coroutine<void> {
  const task = createTask(server.serveForever());
  yield* sleep(0);
  task.cancel();
  expect(isCancelled(yield* errorOf(task))).toBe(true);
}
const freshPath = (): string => join(folder, `${++count}.sock`);

describe.skipIf(process.platform === "win32")("a unix socket", () => {
  test("carries streams; its file is removed when the server closes", () =>
    real(function* () {
      const path = freshPath();
      const server = yield* startUnixServer(function* (reader, writer) {
        yield* writer.write(yield* reader.readline());
        expect(writer.getExtraInfo("sockname")).toBe(path);
        yield* writer.aexit();
      }, path);
      expect(existsSync(path)).toBe(true);
      expect(server.sockets.map((socket) => socket.getsockname())).toEqual([path]);
      const [reader, writer] = yield* openUnixConnection(path);
      expect(writer.getExtraInfo("peername")).toBe(path);
      yield* writer.write(bytes("hello\n"));
      expect(text(yield* reader.readline())).toBe("hello\n");
      yield* writer.aexit();
      yield* server.aexit();
      expect(existsSync(path)).toBe(false);
    }));

  test("has a path that the system has room for, and no null byte", () =>
    real(function* () {
      const long = join(folder, "x".repeat(200));
      for (const path of [long, `${folder}/${"한".repeat(40)}`, `\0${"x".repeat(200)}`]) {
        for (const made of [createUnixServer(() => new Notes(), path), createUnixConnection(() => new Notes(), path)]) {
          const error = (yield* errorOf(made)) as OSError;
          expect(error).toBeInstanceOf(OSError);
          expect([error.code, error.message.slice(0, 22)]).toEqual(["ENAMETOOLONG", "AF_UNIX path too long:"]);
        }
      }
      expect(yield* errorOf(createUnixServer(() => new Notes(), `${freshPath()}\0x`))).toBeInstanceOf(ValueError);
      const longest = join(folder, "x".repeat(107 - folder.length - 1));
      const server = yield* createUnixServer(() => new Notes(), longest);
      expect(existsSync(longest)).toBe(true);
      yield* server.aexit();
    }));

  describe.skipIf(process.getuid?.() !== 0 || process.seteuid === undefined)("whose file cannot be removed", () => {
    test.each([
      ["close()", (server: Server) => server.close()],
      ["asyncWith", (server: Server) => asyncWith(server, function* () {})],
      ["shutdown()", (server: Server) => server.shutdown({ grace: 0.01 })],
      ["serveForever()", (server: Server) => serveAndCancel(server)],
    ] as const)("is closed all the same, and the error is reported: %s", async (_name, close) => {
      const place = mkdtempSync(join(tmpdir(), "tsyncio-unix-"));
      const path = join(place, "socket");
      const nobody = 65_534;
      chownSync(place, nobody, nobody);
      const reports: ExceptionContext[] = [];
      const seteuid = process.seteuid as (id: number) => void;
      try {
        await real(function* () {
          const server = yield* createUnixServer(() => new Notes(), path);
          chmodSync(place, 0o555);
          seteuid(nobody);
          const closing = close(server);
          if (closing !== undefined) yield* closing;
          yield* server.waitClosed();
          seteuid(0);
          expect(server.isServing()).toBe(false);
        }, reports);
      } finally {
        seteuid(0);
        rmSync(place, { recursive: true });
      }
      expect(reports.map(({ message }) => message)).toEqual([
        `Unable to clean up listening UNIX socket ${JSON.stringify(path)}`,
      ]);
      expect(reports[0]?.exception).toBeInstanceOf(PermissionError);
    });
  });

  test("carries transports and protocols", () =>
    real(function* () {
      const path = freshPath();
      const peer = new Notes();
      const server = yield* createUnixServer(() => peer, path);
      const [transport] = yield* createUnixConnection(() => new Notes(), path);
      transport.write(bytes("hello"));
      yield* until(() => peer.received === 5);
      transport.close();
      yield* server.aexit();
    }));

  test("a stale file is replaced, another file is not", () =>
    real(function* () {
      const path = freshPath();
      const first = yield* createUnixServer(() => new Notes(), path);
      const second = yield* createUnixServer(() => new Notes(), path);
      const [transport] = yield* createUnixConnection(() => new Notes(), path);
      transport.abort();
      yield* second.aexit();
      yield* first.aexit();
      expect(existsSync(path)).toBe(false);
      const file = freshPath();
      writeFileSync(file, "precious");
      expect(yield* errorOf(createUnixServer(() => new Notes(), file))).toMatchObject({ code: "EADDRINUSE" });
      expect(existsSync(file)).toBe(true);
    }));

  test("a file that has taken the place of a server's stays when that server closes", () =>
    real(function* () {
      const path = freshPath();
      const first = yield* createUnixServer(() => new Notes(), path);
      const second = yield* createUnixServer(() => new Notes(), path);
      yield* first.aexit();
      const [transport] = yield* createUnixConnection(() => new Notes(), path);
      transport.abort();
      yield* second.aexit();
      expect(existsSync(path)).toBe(false);
    }));

  test("cleanupSocket: false leaves the file, and the next server replaces it", () =>
    real(function* () {
      const path = freshPath();
      const first = yield* startUnixServer(() => {}, path, { cleanupSocket: false });
      yield* first.aexit();
      expect(readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)))).toEqual([basename(path)]);
      expect(yield* errorOf(openUnixConnection(path))).toMatchObject({ code: "ECONNREFUSED" });
      const second = yield* startUnixServer(() => {}, path);
      yield* second.aexit();
      expect(existsSync(path)).toBe(false);
    }));

  test("that is not there: FileNotFoundError", () =>
    real(function* () {
      const error = yield* errorOf(openUnixConnection(freshPath()));
      expect(error).toBeInstanceOf(FileNotFoundError);
      expect(error).toMatchObject({ code: "ENOENT" });
    }));

  test("needs a path, and a name for TLS", () =>
    real(function* () {
      expect(yield* errorOf(openUnixConnection())).toBeInstanceOf(ValueError);
      expect(yield* errorOf(openUnixConnection("x", { ssl: true }))).toBeInstanceOf(ValueError);
      expect(yield* errorOf(createUnixServer(() => new Notes(), ""))).toBeInstanceOf(ValueError);
    }));

  test("cancelled at any turn while it connects leaves nothing", () =>
    real(function* () {
      const path = freshPath();
      const server = yield* createUnixServer(() => new Notes(), path);
      for (let turn = 0; turn < 8; turn++) {
        const task = createTask(openUnixConnection(path));
        for (let i = 0; i < turn; i++) yield* sleep(0);
        if (task.cancel()) expect(isCancelled(yield* errorOf(task))).toBe(true);
        else yield* (yield* task)[1].aexit();
      }
      yield* server.aexit();
    }));

  test("left open by run() is taken along, file and all", async () => {
    const path = freshPath();
    await real(function* () {
      yield* createUnixServer(() => new Notes(), path);
    });
    expect(existsSync(path)).toBe(false);
  });
});

describe.skipIf(process.platform === "win32")("createUnixConnection", () => {
  test("refuses a socket of TCP", () =>
    real(function* () {
      const server = yield* createServer(() => new Notes(), "127.0.0.1", 0);
      const sock = connect(portOf(server), "127.0.0.1");
      yield* fromPromise(new Promise((resolve) => sock.once("connect", resolve)));
      const error = yield* errorOf(createUnixConnection(() => new Notes(), null, { sock }));
      expect(error).toBeInstanceOf(ValueError);
      expect(String(error)).toContain("A UNIX Domain Stream Socket was expected");
      sock.destroy();
      yield* server.aexit();
    }));

  test("a side without a name has an empty address", () =>
    real(function* () {
      const path = freshPath();
      const names: unknown[] = [];
      const server = yield* startUnixServer((_reader, writer) => {
        names.push(writer.getExtraInfo("sockname"), writer.getExtraInfo("peername"));
        writer.close();
      }, path);
      const [reader, writer] = yield* openUnixConnection(path);
      yield* reader.read();
      expect(names).toEqual([path, ""]);
      expect([writer.getExtraInfo("sockname"), writer.getExtraInfo("peername")]).toEqual(["", path]);
      yield* writer.aexit();
      yield* server.aexit();
    }));
});
