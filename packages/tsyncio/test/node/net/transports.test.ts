import { ContextVar, type ExceptionContext, getRunningLoop, RuntimeError, sleep, ValueError } from "tsyncio";
import { BufferedProtocol, createConnection, createServer, type Protocol, type Transport } from "tsyncio/net";
import { describe, expect, test } from "vitest";
import { thrownBy } from "../../support.ts";
import { bytes, Notes, portOf, real, text, until } from "./support.ts";

/** A client and the server's end of its connection, each with notes. */
function* pair(make: () => Protocol | BufferedProtocol = () => new Notes()) {
  const made: (Protocol | BufferedProtocol)[] = [];
  const server = yield* createServer(
    () => {
      const protocol = make();
      made.push(protocol);
      return protocol;
    },
    "127.0.0.1",
    0,
  );
  const [transport, client] = yield* createConnection(() => new Notes(), "127.0.0.1", portOf(server));
  yield* until(() => made.length === 1);
  yield* sleep(0.005);
  return { server, transport, client, peer: made[0] as Notes };
}

const HUGE = 30 * 2 ** 20;

describe("a transport calls its protocol", () => {
  test("connectionMade first, then data, the end, connectionLost; in the loop", () =>
    real(function* () {
      const loop = getRunningLoop();
      const loops = new Set<unknown>();
      class Look extends Notes {
        override connectionMade(transport: Transport) {
          loops.add(getRunningLoop());
          super.connectionMade(transport);
        }
        override dataReceived(data: Uint8Array) {
          loops.add(getRunningLoop());
          super.dataReceived(data);
        }
        override connectionLost(error: Error | null) {
          loops.add(getRunningLoop());
          super.connectionLost(error);
        }
      }
      const { server, transport, client, peer } = yield* pair(() => new Look());
      transport.write(bytes("hello"));
      yield* until(() => peer.received === 5);
      transport.close();
      yield* until(() => peer.lost !== undefined);
      expect(peer.log).toEqual(["made", "data", "eof", "lost"]);
      expect(client.log).toEqual(["made", "lost"]);
      expect([peer.lost, client.lost]).toEqual([null, null]);
      expect([...loops]).toEqual([loop]);
      yield* server.aexit();
    }));

  test("close() sends what is buffered, then calls connectionLost(null), not at once", () =>
    real(function* () {
      const { server, transport, client, peer } = yield* pair();
      transport.write(new Uint8Array(HUGE));
      expect(transport.getWriteBufferSize()).toBeGreaterThan(0);
      transport.close();
      transport.close();
      expect([transport.isClosing(), transport.isReading(), client.lost]).toEqual([true, false, undefined]);
      yield* until(() => client.lost !== undefined);
      yield* until(() => peer.lost !== undefined);
      expect(peer.received).toBe(HUGE);
      expect(client.log).toEqual(["made", "pause", "resume", "lost"]);
      yield* server.aexit();
    }));

  test("close() with nothing buffered calls connectionLost(null) by callSoon", () =>
    real(function* () {
      const { server, transport, client } = yield* pair();
      transport.close();
      expect(client.lost).toBe(undefined);
      yield* sleep(0);
      expect(client.lost).toBe(null);
      yield* server.aexit();
    }));

  test("abort() drops what is buffered", () =>
    real(function* () {
      const { server, transport, client, peer } = yield* pair();
      peer.transport.pauseReading();
      transport.write(new Uint8Array(HUGE));
      transport.abort();
      yield* sleep(0);
      expect([client.lost, transport.getWriteBufferSize()]).toEqual([null, 0]);
      peer.transport.resumeReading();
      yield* until(() => peer.lost !== undefined);
      expect(peer.received).toBeLessThan(HUGE);
      yield* server.aexit();
    }));

  test("eofReceived() that returns true keeps our side open for writing", () =>
    real(function* () {
      const { server, transport, client, peer } = yield* pair(() => Object.assign(new Notes(), { keepOpen: true }));
      transport.writeEof();
      yield* until(() => peer.log.includes("eof"));
      peer.transport.write(bytes("still here"));
      yield* until(() => client.received === 10);
      peer.transport.close();
      yield* until(() => client.lost !== undefined);
      expect(client.log).toEqual(["made", "data", "eof", "lost"]);
      yield* server.aexit();
    }));

  test("an exception in dataReceived is reported, and ends the connection with it", async () => {
    const reports: ExceptionContext[] = [];
    class Fails extends Notes {
      override dataReceived(): void {
        throw new Error("in dataReceived");
      }
    }
    await real(function* () {
      const { server, transport, peer } = yield* pair(() => new Fails());
      transport.write(bytes("x"));
      yield* until(() => peer.lost !== undefined);
      expect(String(peer.lost)).toBe("Error: in dataReceived");
      transport.close();
      yield* server.aexit();
    }, reports);
    expect(reports.map(({ message }) => message)).toEqual(["Fatal error: protocol.dataReceived() call failed."]);
  });
});

describe("pauseReading", () => {
  test("stops the data, what was read is kept, and resumeReading returns it", () =>
    real(function* () {
      const { server, transport, peer } = yield* pair();
      peer.transport.pauseReading();
      peer.transport.pauseReading();
      expect(peer.transport.isReading()).toBe(false);
      transport.write(bytes("hello"));
      transport.close();
      yield* sleep(0.02);
      expect(peer.log).toEqual(["made"]);
      peer.transport.resumeReading();
      yield* until(() => peer.lost !== undefined);
      expect(peer.log).toEqual(["made", "data", "eof", "lost"]);
      yield* server.aexit();
    }));

  test("between two chunks stops the second", () =>
    real(function* () {
      const seen: string[] = [];
      class OneByOne extends Notes {
        override dataReceived(data: Uint8Array): void {
          seen.push(text(data));
          this.transport.pauseReading();
        }
      }
      const { server, transport, peer } = yield* pair(() => new OneByOne());
      transport.write(bytes("a"));
      yield* until(() => seen.length > 0);
      for (const piece of ["b", "c"]) {
        transport.write(bytes(piece));
        yield* sleep(0.01);
      }
      expect(seen).toEqual(["a"]);
      yield* until(() => {
        peer.transport.resumeReading();
        return seen.join("") === "abc";
      });
      transport.close();
      peer.transport.close();
      yield* server.aexit();
    }));
});

describe("the write buffer", () => {
  test("pauseWriting is called by write() itself, resumeWriting when little is left", () =>
    real(function* () {
      const { server, transport, client, peer } = yield* pair();
      expect(transport.getWriteBufferLimits()).toEqual([16 * 1024, 64 * 1024]);
      peer.transport.pauseReading();
      transport.write(new Uint8Array(HUGE));
      expect(client.log).toEqual(["made", "pause"]);
      yield* sleep(0.02);
      expect(client.log).toEqual(["made", "pause"]);
      peer.transport.resumeReading();
      yield* until(() => client.log.length === 3);
      expect(client.log).toEqual(["made", "pause", "resume"]);
      expect(transport.getWriteBufferSize()).toBeLessThanOrEqual(16 * 1024);
      transport.close();
      yield* server.aexit();
    }));

  test("what the system takes at once is not buffered: no pause", () =>
    real(function* () {
      const { server, transport, client } = yield* pair();
      for (let i = 0; i < 20; i++) transport.write(new Uint8Array(10_000));
      expect([transport.getWriteBufferSize(), client.log]).toEqual([0, ["made"]]);
      transport.close();
      yield* server.aexit();
    }));

  test("marks of 0 pause at the first byte that waits, and resume when none does", () =>
    real(function* () {
      const { server, transport, client, peer } = yield* pair();
      transport.setWriteBufferLimits({ high: 0 });
      expect(transport.getWriteBufferLimits()).toEqual([0, 0]);
      transport.write(new Uint8Array(HUGE));
      yield* until(() => client.log.at(-1) === "resume");
      expect(transport.getWriteBufferSize()).toBe(0);
      transport.close();
      yield* until(() => peer.lost !== undefined);
      expect(peer.received).toBe(HUGE);
      yield* server.aexit();
    }));

  test("limits: low defaults to a quarter of high, high to four times low; wrong ones are refused", () =>
    real(function* () {
      const { server, transport } = yield* pair();
      transport.setWriteBufferLimits({ high: 100 });
      expect(transport.getWriteBufferLimits()).toEqual([25, 100]);
      transport.setWriteBufferLimits({ low: 100 });
      expect(transport.getWriteBufferLimits()).toEqual([100, 400]);
      transport.setWriteBufferLimits();
      expect(transport.getWriteBufferLimits()).toEqual([16 * 1024, 64 * 1024]);
      expect(thrownBy(() => transport.setWriteBufferLimits({ high: 1, low: 2 }))).toBeInstanceOf(ValueError);
      expect(thrownBy(() => transport.setWriteBufferLimits({ high: -1 }))).toBeInstanceOf(ValueError);
      transport.close();
      yield* server.aexit();
    }));

  test("write() refuses what is no bytes, and anything after writeEof()", () =>
    real(function* () {
      const { server, transport } = yield* pair();
      expect(String(thrownBy(() => transport.write("text" as never)))).toContain(
        'write expects a Uint8Array, got "text". For text use new TextEncoder().encode(text).',
      );
      expect(String(thrownBy(() => transport.writelines([bytes("a"), 5 as never])))).toContain("Uint8Array");
      transport.writeEof();
      transport.writeEof();
      expect(thrownBy(() => transport.write(bytes("x")))).toBeInstanceOf(RuntimeError);
      expect(thrownBy(() => transport.writelines([bytes("x")]))).toBeInstanceOf(RuntimeError);
      transport.close();
      yield* server.aexit();
    }));

  test("writelines sends all pieces in order", () =>
    real(function* () {
      const got: string[] = [];
      class Keep extends Notes {
        override dataReceived(data: Uint8Array): void {
          got.push(text(data));
        }
      }
      const { server, transport } = yield* pair(() => new Keep());
      transport.writelines([]);
      transport.writelines(["a", "b", "", "c"].map(bytes));
      transport.close();
      yield* until(() => got.join("") === "abc");
      yield* server.aexit();
    }));
});

test("a BufferedProtocol gets the data in its own memory, however small that is", () =>
  real(function* () {
    let all = "";
    class Small extends BufferedProtocol {
      private readonly memory = new Uint8Array(4);
      lost = false;
      override getBuffer(): Uint8Array {
        return this.memory;
      }
      override bufferUpdated(count: number): void {
        all += text(this.memory.subarray(0, count));
      }
      override connectionLost(): void {
        this.lost = true;
      }
    }
    const { server, transport, peer } = yield* pair(() => new Small());
    transport.write(bytes("hello, world"));
    transport.close();
    yield* until(() => (peer as unknown as Small).lost);
    expect(all).toBe("hello, world");
    yield* server.aexit();
  }));

test("getExtraInfo knows the addresses, also when the connection has ended", () =>
  real(function* () {
    const { server, transport, peer } = yield* pair();
    const [sockname, peername] = [transport.getExtraInfo("sockname"), transport.getExtraInfo("peername")];
    expect(peername).toEqual(["127.0.0.1", portOf(server)]);
    expect(peer.transport.getExtraInfo("peername")).toEqual(sockname);
    expect(transport.getExtraInfo("no such thing", 7)).toBe(7);
    expect(transport.getExtraInfo("cipher")).toBe(undefined);
    transport.close();
    yield* until(() => peer.lost !== undefined);
    expect([transport.getExtraInfo("sockname"), transport.getExtraInfo("peername")]).toEqual([sockname, peername]);
    yield* server.aexit();
  }));

test.each(["127.0.0.1", "0.0.0.0", ""])(
  "a connection of a server on %j knows both of its addresses, also when it has ended",
  (host) =>
    real(function* () {
      const accepted: Notes[] = [];
      const factory = (): Notes => {
        accepted.push(new Notes());
        return accepted.at(-1) as Notes;
      };
      const server = yield* createServer(factory, host, 0);
      const port = portOf(server);
      const [transport] = yield* createConnection(() => new Notes(), "127.0.0.1", port);
      const [, own] = transport.getExtraInfo<[string, number]>("sockname");
      yield* until(() => accepted.length === 1);
      transport.abort();
      yield* until(() => accepted[0]?.lost !== undefined);
      const plain = (address: readonly [string, number]) => [address[0].replace("::ffff:", ""), address[1]];
      const other = (accepted[0] as Notes).transport;
      expect(plain(other.getExtraInfo("peername"))).toEqual(["127.0.0.1", own]);
      expect(plain(other.getExtraInfo("sockname"))).toEqual(["127.0.0.1", port]);
      yield* server.aexit();
    }),
);

test("setProtocol hands the connection over to another protocol", () =>
  real(function* () {
    const { server, transport, peer } = yield* pair();
    const second = new Notes();
    peer.transport.setProtocol(second);
    expect(peer.transport.getProtocol()).toBe(second);
    transport.write(bytes("hello"));
    yield* until(() => second.received === 5);
    transport.close();
    yield* until(() => second.lost !== undefined);
    expect(peer.log).toEqual(["made"]);
    yield* server.aexit();
  }));

describe("the context of a connection", () => {
  const variable = new ContextVar<string>("variable", { default: "none" });

  class Seen extends Notes {
    readonly seen: string[] = [];
    override connectionMade(transport: Transport): void {
      super.connectionMade(transport);
      this.seen.push(variable.get());
      variable.set("made");
    }
    override dataReceived(data: Uint8Array): void {
      super.dataReceived(data);
      this.seen.push(variable.get());
      variable.set(text(data));
    }
    override eofReceived(): boolean {
      this.seen.push(variable.get());
      return super.eofReceived();
    }
    override connectionLost(error: Error | null): void {
      this.seen.push(variable.get());
      super.connectionLost(error);
    }
  }

  test("is one for all callbacks of its protocol, and a copy of the one in which it was made", () =>
    real(function* () {
      variable.set("of the server");
      const made: Seen[] = [];
      const server = yield* createServer(
        () => {
          const protocol = new Seen();
          made.push(protocol);
          return protocol;
        },
        "127.0.0.1",
        0,
      );
      variable.set("of the client");
      const clients: Seen[] = [];
      for (const name of ["one", "two"]) {
        const [transport, client] = yield* createConnection(() => new Seen(), "127.0.0.1", portOf(server));
        clients.push(client);
        transport.write(bytes(name));
        transport.close();
      }
      yield* until(() => [...made, ...clients].filter(({ lost }) => lost === null).length === 4);
      for (const [i, name] of ["one", "two"].entries()) {
        expect(made[i]?.seen).toEqual(["of the server", "made", name, name]);
        expect(clients[i]?.seen).toEqual(["of the client", "made"]);
      }
      expect(variable.get()).toBe("of the client");
      yield* server.aexit();
    }));
});

test("the getBuffer() of BufferedProtocol itself returns nothing, which a transport reports", () => {
  expect(new BufferedProtocol().getBuffer(-1)).toEqual(new Uint8Array(0));
  const reports: ExceptionContext[] = [];
  return real(function* () {
    const { server, client, transport } = yield* pair(() => new BufferedProtocol());
    transport.write(bytes("hello"));
    yield* until(() => client.lost !== undefined);
    expect(String(reports[0]?.exception)).toContain("getBuffer() returned an empty buffer");
    yield* server.aexit();
  }, reports);
});
