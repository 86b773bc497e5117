import { connect } from "node:net";
import {
  asyncWith,
  type Coroutine,
  createTask,
  type ExceptionContext,
  isCancelled,
  RuntimeError,
  sleep,
  type Task,
  TimeoutError,
  timeout,
} from "tsyncio";
import { createConnection, createServer, openConnection, Server, startServer } from "tsyncio/net";
import { describe, expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { bytes, Notes, portOf, real, text, until } from "./support.ts";

/** A server whose connections stay open, with `count` clients. */
function* withClients(count: number) {
  const peers: Notes[] = [];
  const server = yield* createServer(
    () => {
      const notes = new Notes();
      peers.push(notes);
      return notes;
    },
    "127.0.0.1",
    0,
  );
  const clients: Notes[] = [];
  for (let i = 0; i < count; i++) {
    const [, client] = yield* createConnection(() => new Notes(), "127.0.0.1", portOf(server));
    clients.push(client);
  }
  yield* until(() => peers.length === count);
  return { server, clients, peers };
}

describe("Server", () => {
  test("close() stops listening, and leaves the clients", () =>
    real(function* () {
      const { server, clients, peers } = yield* withClients(2);
      const port = portOf(server);
      server.close();
      server.close();
      expect([server.isServing(), server.sockets]).toEqual([false, []]);
      expect(yield* errorOf(openConnection("127.0.0.1", port))).toMatchObject({ code: "ECONNREFUSED" });
      clients[0]?.transport.write(bytes("still"));
      yield* until(() => peers[0]?.received === 5);
      for (const client of clients) client.transport.close();
      yield* server.waitClosed();
    }));

  test("waitClosed() waits for the close and for the end of the clients, in either order", () =>
    real(function* () {
      const first = yield* withClients(1);
      const early = createTask(first.server.waitClosed());
      first.clients[0]?.transport.close();
      yield* until(() => first.peers[0]?.lost === null);
      expect(early.done()).toBe(false);
      first.server.close();
      yield* early;
      yield* first.server.waitClosed();

      const second = yield* withClients(1);
      second.server.close();
      const late = createTask(second.server.waitClosed());
      yield* sleep(0.02);
      expect(late.done()).toBe(false);
      second.clients[0]?.transport.close();
      yield* late;
    }));

  test("a wait for the end that is cancelled leaves the others", () =>
    real(function* () {
      const { server } = yield* withClients(0);
      const [one, other] = [createTask(server.waitClosed()), createTask(server.waitClosed())];
      yield* sleep(0);
      one.cancel();
      expect(isCancelled(yield* errorOf(one))).toBe(true);
      server.close();
      yield* other;
    }));

  test("closeClients() sends what is buffered first, abortClients() does not", () =>
    real(function* () {
      for (const abort of [false, true]) {
        const { server, clients, peers } = yield* withClients(1);
        const [client, peer] = [clients[0] as Notes, peers[0] as Notes];
        client.transport.pauseReading();
        peer.transport.write(new Uint8Array(30 * 2 ** 20));
        server.close();
        if (abort) server.abortClients();
        else server.closeClients();
        client.transport.resumeReading();
        yield* until(() => client.lost !== undefined);
        if (abort) expect(client.received).toBeLessThan(30 * 2 ** 20);
        else expect(client.received).toBe(30 * 2 ** 20);
        yield* server.waitClosed();
      }
    }));

  test("serveForever() serves until it is cancelled, then the server is closed", () =>
    real(function* () {
      const { server } = yield* withClients(0);
      const task = createTask(server.serveForever());
      yield* sleep(0.01);
      expect(yield* errorOf(server.serveForever())).toBeInstanceOf(RuntimeError);
      task.cancel();
      expect(isCancelled(yield* errorOf(task))).toBe(true);
      expect(server.isServing()).toBe(false);
      expect(yield* errorOf(server.serveForever())).toBeInstanceOf(RuntimeError);
    }));

  test.each(["cancel", "close"])("serveForever() closes the connections of clients that do nothing, by %s", (how) =>
    real(function* () {
      const server = yield* createServer(() => new Notes(), "127.0.0.1", 0);
      const task = createTask(server.serveForever());
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      yield* until(() => !String(server).includes("clients=0"));
      if (how === "cancel") task.cancel("by the test");
      else server.close();
      const error = yield* errorOf(task);
      expect(isCancelled(error)).toBe(true);
      if (how === "cancel") expect((error as Error).message).toBe("by the test");
      yield* server.waitClosed();
      expect((yield* reader.read()).length).toBe(0);
      yield* writer.aexit();
    }),
  );

  test("a second cancellation ends a serveForever() that waits for a client that takes nothing", () =>
    real(function* () {
      const server = yield* startServer(
        function* (_reader, writer) {
          writer.write(new Uint8Array(32 * 2 ** 20));
          yield* writer.waitClosed();
        },
        "127.0.0.1",
        0,
      );
      const task = createTask(server.serveForever());
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      yield* reader.readExactly(1);
      task.cancel("first");
      yield* until(() => !server.isServing());
      expect(task.done()).toBe(false);
      task.cancel("second");
      expect(((yield* errorOf(task)) as Error).message).toBe("first");
      server.abortClients();
      yield* server.waitClosed();
      yield* writer.aexit();
    }));

  test("close() ends serveForever() by CancelledError", () =>
    real(function* () {
      const { server } = yield* withClients(0);
      const task = createTask(server.serveForever());
      yield* sleep(0.01);
      server.close();
      expect(isCancelled(yield* errorOf(task))).toBe(true);
    }));

  test("startServing: false binds the address, and refuses what connects before startServing()", () =>
    real(function* () {
      const server = yield* createServer(() => new Notes(), "127.0.0.1", 0, { startServing: false });
      expect(server.isServing()).toBe(false);
      expect(yield* errorOf(createServer(() => new Notes(), "127.0.0.1", portOf(server)))).toMatchObject({
        code: "EADDRINUSE",
      });
      const early = connect(portOf(server), "127.0.0.1").on("error", () => {});
      yield* until(() => early.destroyed);
      expect(String(server)).toContain("clients=0");
      yield* server.startServing();
      yield* server.startServing();
      expect(server.isServing()).toBe(true);
      const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
      yield* writer.aexit();
      yield* server.aexit();
      expect(yield* errorOf(server.startServing())).toBeInstanceOf(RuntimeError);
    }));

  test("a server that never served can be closed", () =>
    real(function* () {
      const server = yield* createServer(() => new Notes(), "127.0.0.1", 0, { startServing: false });
      yield* server.aexit();
      expect(server.sockets).toEqual([]);
    }));

  test("is an instance of Server, and says so", () =>
    real(function* () {
      const { server } = yield* withClients(0);
      expect(server).toBeInstanceOf(Server);
      expect(String(server)).toMatch(/^<Server sockets=\(\["127.0.0.1",\d+\]\) clients=0>$/);
      yield* server.aexit();
    }));

  test("options that do not exist are refused", () =>
    real(function* () {
      const error = yield* errorOf(startServer(() => {}, "127.0.0.1", 0, { reuse_port: true } as never));
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toContain("did you mean reusePort?");
    }));

  test("asyncWith closes it and waits for its clients; so does Symbol.asyncDispose", () =>
    real(function* () {
      const { server } = yield* withClients(0);
      yield* asyncWith(server, function* () {
        expect(server.isServing()).toBe(true);
      });
      expect(server.isServing()).toBe(false);
      const other = yield* withClients(0);
      yield* createTask(
        (function* () {
          void other.server[Symbol.asyncDispose]();
          yield* other.server.waitClosed();
        })(),
      );
      expect(other.server.isServing()).toBe(false);
    }));

  test("shutdown() lets the clients end, closes those that do not, aborts those that do not read", () =>
    real(function* () {
      const { server, clients, peers } = yield* withClients(3);
      const [good, idle, stuck] = clients as [Notes, Notes, Notes];
      good.transport.pauseReading();
      stuck.transport.pauseReading();
      peers[2]?.transport.write(new Uint8Array(30 * 2 ** 20));
      const task = createTask(server.shutdown({ grace: 0.1 }));
      good.transport.close();
      yield* task;
      expect(peers.map((peer) => peer.lost)).toEqual([null, null, null]);
      yield* until(() => idle.lost === null);
      stuck.transport.abort();
    }));

  test("shows where it listens", () =>
    real(function* () {
      const { server } = yield* withClients(0);
      expect(String(server)).toBe(`<Server sockets=(["127.0.0.1",${portOf(server)}]) clients=0>`);
      expect(server.getLoop().isRunning()).toBe(true);
      yield* server.aexit();
    }));

  test("listens on several hosts", () =>
    real(function* () {
      const server = yield* createServer(() => new Notes(), ["127.0.0.1", "127.0.0.2"], 0);
      expect(server.sockets.map((socket) => socket.getsockname()[0])).toEqual(["127.0.0.1", "127.0.0.2"]);
      yield* server.aexit();
      const everywhere = yield* createServer(() => new Notes(), "", 0);
      const [, writer] = yield* openConnection("127.0.0.3", portOf(everywhere));
      yield* writer.aexit();
      yield* everywhere.aexit();
    }));

  test("reusePort lets two servers share a port", () =>
    real(function* () {
      const make = (port: number) => createServer(() => new Notes(), "127.0.0.1", port, { reusePort: true });
      const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
      if (major < 22 || (major === 22 && minor < 12)) {
        expect(String(yield* errorOf(make(0)))).toContain("reusePort");
        return;
      }
      const one = yield* make(0);
      const two = yield* make(portOf(one));
      expect(portOf(two)).toBe(portOf(one));
      yield* one.aexit();
      yield* two.aexit();
    }));

  test("a protocol factory that throws is reported, and the server goes on", async () => {
    const reports: ExceptionContext[] = [];
    await real(function* () {
      let count = 0;
      const server = yield* createServer(
        () => {
          if (count++ === 0) throw new Error("no protocol");
          return new Notes();
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      expect(text(yield* reader.read())).toBe("");
      yield* writer.aexit();
      const [, second] = yield* openConnection("127.0.0.1", portOf(server));
      yield* second.aexit();
      yield* server.aexit();
    }, reports);
    expect(reports.map(({ message }) => message)).toEqual(["Error on transport creation for incoming connection"]);
  });
});

describe("a server closed under load", () => {
  test("answers every request of a connection that it has accepted", () =>
    real(function* () {
      let answered = 0;
      let received = 0;
      const server: Server = yield* startServer(
        function* (reader, writer) {
          for (;;) {
            const line = yield* reader.readline();
            if (line.length === 0) break;
            yield* sleep(0.001);
            answered++;
            yield* writer.write(line);
          }
          yield* writer.aexit();
        },
        "127.0.0.1",
        0,
      );
      const port = portOf(server);
      const client = function* (): Coroutine<boolean> {
        const connected = yield* errorOfOr(openConnection("127.0.0.1", port));
        if (connected === null) return false;
        const [reader, writer] = connected;
        for (let i = 0; i < 20; i++) {
          writer.write(bytes(`${i}\n`));
          const line = text(yield* reader.readline());
          if (line === "") return false; // in the backlog when the server closed: never accepted
          expect(line).toBe(`${i}\n`);
          received++;
        }
        yield* writer.aexit();
        return true;
      };
      const tasks = Array.from({ length: 50 }, () => createTask(client()));
      yield* until(() => received >= 100);
      server.close();
      yield* server.waitClosed();
      const whole = [];
      for (const task of tasks) whole.push(yield* catching(task));
      expect(received).toBe(answered);
      expect(whole.filter(Boolean).length * 20).toBe(received);
      expect(received).toBeGreaterThan(0);
    }));
});

function* errorOfOr<T>(coro: Coroutine<T>): Coroutine<T | null> {
  try {
    return yield* coro;
  } catch {
    return null;
  }
}

/** A connection that the closing server never accepted is reset. */
function* catching(task: Task<boolean>): Coroutine<boolean> {
  try {
    return yield* task;
  } catch (error) {
    expect(error).toMatchObject({ code: "ECONNRESET" });
    return false;
  }
}

test("a wait for the end of a server obeys timeout()", () =>
  real(function* () {
    const { server, clients } = yield* withClients(1);
    server.close();
    const wait = asyncWith(timeout(0.02), () => server.waitClosed());
    expect(yield* errorOf(wait)).toBeInstanceOf(TimeoutError);
    clients[0]?.transport.close();
    yield* server.waitClosed();
  }));

test("a raw client that connects and leaves at once costs nothing", () =>
  real(function* () {
    const { server, peers } = yield* withClients(0);
    for (let i = 0; i < 20; i++) {
      const socket = connect(portOf(server), "127.0.0.1", () => socket.resetAndDestroy());
      socket.on("error", () => {});
    }
    yield* sleep(0.1);
    yield* until(() => peers.every((peer) => peer.lost !== undefined));
    yield* server.aexit();
  }));
