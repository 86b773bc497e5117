import { once } from "node:events";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type Coroutine, fromPromise, getRunningLoop, toPromise } from "tsyncio";
import {
  addSignalHandler,
  connectAcceptedSocket,
  connectReadPipe,
  connectWritePipe,
  createConnection,
  createDatagramEndpoint,
  createServer,
  createUnixConnection,
  createUnixServer,
  openConnection,
  Protocol,
  StreamReader,
  StreamReaderProtocol,
  type StreamWriter,
  startServer,
  startUnixServer,
  subprocessExec,
  subprocessShell,
  Transport,
} from "tsyncio/net";
import { describe, expect, test } from "vitest";
import { any, errorOf } from "../../support.ts";
import { bytes, portOf, real, text } from "./support.ts";

const path = join(tmpdir(), "tsyncio-no-socket");
class Echo extends Protocol {}
const bodies = {
  "a function*": function* () {},
  "an async function": async () => {},
  "an async function*": async function* () {},
};
describe("a protocol factory that makes none is a TypeError before anything is opened", () => {
  test.each([
    ["createServer", (f: never) => createServer(f, "127.0.0.1", 0)],
    ["createUnixServer", (f: never) => createUnixServer(f, path)],
    ["createConnection", (f: never) => createConnection(f, "127.0.0.1", 1)],
    ["createUnixConnection", (f: never) => createUnixConnection(f, path)],
    ["connectAcceptedSocket", (f: never) => connectAcceptedSocket(f, any(null))],
    ["createDatagramEndpoint", (f: never) => createDatagramEndpoint(f, { localAddr: ["127.0.0.1", 0] })],
    ["subprocessExec", (f: never) => subprocessExec(f, process.execPath)],
    ["subprocessShell", (f: never) => subprocessShell(f, "true")],
    ["connectReadPipe", (f: never) => connectReadPipe(f, new PassThrough())],
    ["connectWritePipe", (f: never) => connectWritePipe(f, new PassThrough())],
  ])("%s", async (name, open) => {
    await real(function* () {
      const said = function* (factory: unknown): Coroutine<string> {
        return String(yield* errorOf(open(any(factory))));
      };
      const expected = `TypeError: ${name} expects a function that makes a protocol, got`;
      for (const [got, factory] of Object.entries({ ...bodies, null: null, undefined: undefined, 5: 5 })) {
        expect(yield* said(factory)).toBe(`${expected} ${got}: write () => new MyProtocol()`);
      }
      expect(yield* said(Echo)).toBe(`${expected} the class Echo: write () => new Echo()`);
    });
  });
});

test("a server whose factory returns no protocol, or one with methods that do nothing, reports it and closes the connection", async () => {
  await real(function* () {
    const reports: string[] = [];
    getRunningLoop().setExceptionHandler((_loop, { exception }) => reports.push(String(exception)));
    let next: unknown;
    const server = yield* createServer(() => any(next), "127.0.0.1", 0);
    for (next of [
      Promise.resolve(new Echo()),
      null,
      Object.assign(new Echo(), { dataReceived: bodies["a function*"] }),
      Object.assign(new Echo(), { eofReceived: bodies["an async function"] }),
    ]) {
      const socket = connect(portOf(server), "127.0.0.1").resume();
      yield* fromPromise(once(socket, "close"));
    }
    expect(reports).toEqual([
      "TypeError: protocolFactory must return a protocol, got a Promise",
      "TypeError: protocolFactory must return a protocol, got null",
      "TypeError: dataReceived() of a protocol must be a plain method, got a function*: let it call createTask() for what has to wait",
      "TypeError: eofReceived() of a protocol must be a plain method, got an async function: let it call createTask() for what has to wait",
    ]);
    server.close();
    yield* server.waitClosed();
  });
});

describe("a callback for clients that is no function* and no plain function is a TypeError", () => {
  test.each([
    ["startServer", (f: never) => startServer(f, "127.0.0.1", 0)],
    ["startUnixServer", (f: never) => startUnixServer(f, path)],
  ])("%s", async (_name, open) => {
    await real(function* () {
      const said = function* (callback: unknown): Coroutine<string> {
        return String(yield* errorOf(open(any(callback))));
      };
      const expected = "TypeError: clientConnected must be a function* or a plain function, got";
      for (const got of ["an async function", "an async function*"] as const) {
        expect(yield* said(bodies[got])).toBe(`${expected} ${got}: write function* (reader, writer) { … }`);
      }
      for (const wrong of [null, undefined, 5]) expect(yield* said(wrong)).toBe(`${expected} ${wrong}`);
    });
  });

  test("StreamReaderProtocol", async () => {
    await real(function* () {
      const make = (f: unknown) => () => new StreamReaderProtocol(new StreamReader(), any(f));
      expect(make(bodies["an async function"])).toThrow("got an async function: write function*");
      expect(make(bodies["a function*"])).not.toThrow();
    });
  });
});

test("a native promise that a plain clientConnected returns is the connection's: its rejection is reported, and closes it", async () => {
  await real(function* () {
    const reports: string[] = [];
    getRunningLoop().setExceptionHandler((_loop, context) =>
      reports.push(`${context.message}: ${context.exception} ${context.transport instanceof Transport}`),
    );
    const handler = async (reader: StreamReader, writer: StreamWriter): Promise<void> => {
      const line = text(await toPromise(reader.readline()));
      if (line === "fail\n") throw new Error("no");
      writer.write(bytes(line));
      writer.close();
    };
    const server = yield* startServer((reader, writer) => handler(reader, writer), "127.0.0.1", 0);
    for (const line of ["well\n", "fail\n"]) {
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      writer.write(bytes(line));
      expect(text(yield* reader.read())).toBe(line === "fail\n" ? "" : line);
      yield* writer.aexit();
    }
    expect(reports).toEqual(["Unhandled exception in clientConnected callback: Error: no true"]);
    yield* server.aexit();
  });
});

test("addSignalHandler refuses what would do nothing", async () => {
  await real(function* () {
    const add = (f: unknown) => () => addSignalHandler("SIGUSR2", any(f));
    expect(add(bodies["a function*"])).toThrow("coroutines cannot be used with addSignalHandler()");
    expect(add(bodies["an async function*"])).toThrow(
      "addSignalHandler expects a plain function, got an async function*",
    );
    expect(add("x")).toThrow('addSignalHandler expects a plain function, got "x"');
  });
});
