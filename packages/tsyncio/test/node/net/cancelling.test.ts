import {
  type Awaitable,
  asyncWith,
  type Coroutine,
  createTask,
  getRunningLoop,
  isCancelled,
  sleep,
  TimeoutError,
  timeout,
} from "tsyncio";
import {
  createConnection,
  createServer,
  getaddrinfo,
  getnameinfo,
  openConnection,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "tsyncio/net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { bytes, Notes, portOf, real, text } from "./support.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

interface Place {
  readonly server: Server;
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
  readonly port: number;
}

/** A connection to a server that never says or reads anything. */
function* withSilence<T>(body: (place: Place) => Coroutine<T>): Coroutine<T> {
  const server = yield* createServer(
    () =>
      Object.assign(new Notes(), {
        connectionMade(transport: { pauseReading(): void }) {
          transport.pauseReading();
        },
      }),
    "127.0.0.1",
    0,
  );
  const port = portOf(server);
  const [reader, writer] = yield* openConnection("127.0.0.1", port);
  try {
    return yield* body({ server, reader, writer, port });
  } finally {
    writer.transport.abort();
    server.close();
    server.abortClients();
    yield* server.waitClosed();
  }
}

const FULL = new Uint8Array(40 * 2 ** 20);

/** Waits that never end by themselves. */
const endless: Record<string, (place: Place) => Awaitable<unknown>> = {
  "reader.read": ({ reader }) => reader.read(10),
  "reader.read to the end": ({ reader }) => reader.read(),
  "reader.readline": ({ reader }) => reader.readline(),
  "reader.readExactly": ({ reader }) => reader.readExactly(5),
  "reader.readUntil": ({ reader }) => reader.readUntil(bytes("x")),
  "reader.anext": ({ reader }) => reader.anext(),
  "writer.drain": ({ writer }) => writer.write(FULL),
  "writer.waitClosed": ({ writer }) => writer.waitClosed(),
  "leaving asyncWith(writer)": ({ writer }) =>
    asyncWith(writer, function* () {
      writer.write(FULL);
    }),
  "server.waitClosed": ({ server }) => {
    server.close();
    return server.waitClosed();
  },
  "server.serveForever": ({ server }) => {
    const { loop } = { loop: getRunningLoop() };
    // The cancellation waits for the clients: they are dropped, as a program does that has a hurry.
    loop.callLater(0.02, () => server.abortClients());
    return server.serveForever();
  },
  "server.shutdown": ({ server }) => server.shutdown({ grace: 60 }),
  "a TLS handshake": ({ port }) => openConnection("127.0.0.1", port, { ssl: true }),
};

describe("is cancelled, and leaves nothing behind", () => {
  test.each(Object.keys(endless))("%s", (name) =>
    real(() =>
      withSilence(function* (place) {
        const wait = (endless[name] as (place: Place) => Awaitable<unknown>)(place);
        const task = createTask(
          (function* () {
            return yield* wait;
          })(),
        );
        yield* sleep(0.01);
        expect(task.done()).toBe(false);
        task.cancel();
        expect(isCancelled(yield* errorOf(task))).toBe(true);
      }),
    ),
  );
});

describe("obeys timeout(), and leaves nothing behind", () => {
  test.each(Object.keys(endless))("%s", (name) =>
    real(() =>
      withSilence(function* (place) {
        const wait = asyncWith(timeout(0.01), function* () {
          return yield* (endless[name] as (place: Place) => Awaitable<unknown>)(place);
        });
        expect(yield* errorOf(wait)).toBeInstanceOf(TimeoutError);
      }),
    ),
  );
});

/** Things that take several turns; each is cancelled in each of them. */
const staged: Record<string, (port: number) => Coroutine<{ close(): void }>> = {
  createConnection: function* (port) {
    return (yield* createConnection(() => new Notes(), "127.0.0.1", port))[0];
  },
  "openConnection by name": function* (port) {
    return (yield* openConnection("localhost", port))[1];
  },
  "openConnection with TLS": function* (port) {
    return (yield* openConnection("localhost", port, { ssl: { ca: certificates.ca.cert } }))[1];
  },
  createServer: function* () {
    return yield* createServer(() => new Notes(), null, 0);
  },
  startTls: function* (port) {
    const [, writer] = yield* openConnection("localhost", port);
    try {
      yield* writer.startTls({ ca: certificates.ca.cert }, { serverHostname: "localhost" });
    } catch (error) {
      writer.close();
      throw error;
    }
    return writer;
  },
  getaddrinfo: function* () {
    yield* getaddrinfo("localhost", 80);
    return { close() {} };
  },
  getnameinfo: function* () {
    yield* getnameinfo(["127.0.0.1", 80]);
    return { close() {} };
  },
};

describe("cancelled at every stage, leaves nothing behind", () => {
  test.each(Object.keys(staged))("%s", (name) =>
    real(function* () {
      const { cert, key } = certificates.good;
      const tls = name.includes("TLS") || name === "startTls";
      const server = yield* startServer(
        (_reader, writer) => void writer.write(bytes("hello")),
        "127.0.0.1",
        0,
        tls ? { ssl: { cert, key } } : {},
      );
      // Later and later, by turns of the loop and of the platform, until it is not cancelled any more.
      for (let stage = 0, completed = 0; stage < 200 && completed < 2; stage++) {
        const task = createTask((staged[name] as (port: number) => Coroutine<{ close(): void }>)(portOf(server)));
        for (let i = 0; i < stage; i++) yield* sleep(i % 3 === 2 ? 0.0005 : 0);
        if (task.done()) completed++;
        task.cancel();
        const error = yield* errorOfOrNull(task);
        if (error === null) task.result().close();
        else expect(isCancelled(error)).toBe(true);
      }
      server.close();
      server.abortClients();
      yield* server.waitClosed();
    }),
  );
});

function* errorOfOrNull(awaitable: Awaitable<unknown>): Coroutine<unknown> {
  try {
    yield* awaitable;
    return null;
  } catch (error) {
    return error;
  }
}

test("a read that is cancelled loses nothing", () =>
  real(function* () {
    let say!: (what: string) => void;
    const server = yield* startServer(
      (_reader, writer) => {
        say = (what) => void writer.write(bytes(what));
      },
      "127.0.0.1",
      0,
    );
    const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
    yield* sleep(0.01);
    let got = "";
    for (let i = 0; i < 20; i++) {
      say(`${i},`);
      const task = createTask(reader.readExactly(10_000));
      yield* sleep(i % 2 === 0 ? 0.002 : 0);
      task.cancel();
      expect(isCancelled(yield* errorOf(task))).toBe(true);
      if (i % 5 === 4) got += text(yield* reader.read(1));
    }
    yield* sleep(0.02);
    got += text(yield* reader.read(10_000));
    expect(got).toBe(Array.from({ length: 20 }, (_, i) => `${i},`).join(""));
    yield* writer.aexit();
    server.close();
    server.closeClients();
    yield* server.waitClosed();
  }));
