/** Time and connections on the simulated network, and what explore makes of them. */

import { asyncWith, createTask, Lock, sleep, TimeoutError, timeout } from "tsyncio";
import { ConnectionResetError, openConnection, type StreamWriter, startServer } from "tsyncio/net";
import { explore, SimulatedNetwork, simulate } from "tsyncio/testing";
import { describe, expect, test } from "vitest";
import { bytes, text } from "../../node/net/support.ts";
import { errorOf, thrownBy } from "../../support.ts";
import { ask, echo, serve, withServer } from "./networkSupport.ts";

describe("time", () => {
  test("shutdown() waits grace seconds for the clients to end, closes those that are left, aborts after grace more", () => {
    simulate(function* (sim) {
      new SimulatedNetwork({ latency: [0.001, 0.001] });
      const ended = new Map<string, number>();
      const server = yield* startServer(
        function* (reader, writer) {
          const name = text(yield* reader.readline()).trim();
          // More than the network takes from a client that does not read.
          if (name === "stuck") writer.write(new Uint8Array(1_000_000));
          yield* reader.read();
          writer.close();
          yield* writer.waitClosed();
          ended.set(name, Math.round(sim.time - began));
        },
        "127.0.0.1",
        80,
      );
      const writers: StreamWriter[] = [];
      for (const name of ["good", "idle", "stuck"]) {
        const [, writer] = yield* openConnection("127.0.0.1", 80);
        yield* writer.write(bytes(`${name}\n`));
        writers.push(writer);
      }
      yield* sleep(0.1);
      const began = sim.time;
      const task = createTask(server.shutdown({ grace: 10 }));
      yield* sleep(3);
      writers[0]?.close();
      yield* task;
      expect(Math.round(sim.time - began)).toBe(20);
      yield* sleep(1);
      expect([...ended]).toEqual([
        ["good", 3],
        ["idle", 10],
        ["stuck", 20],
      ]);
      for (const writer of writers) writer.transport.abort();
    });
  });

  test("each packet takes a time within the latency: a round trip is two of them, connecting too", () => {
    simulate(function* (sim) {
      const { net } = yield* withServer({ latency: [0.1, 0.1] });
      const began = sim.time;
      const [reader, writer] = yield* openConnection("server", 80);
      expect(sim.time - began).toBeCloseTo(0.2);
      yield* ask(reader, writer, "how long?");
      expect(sim.time - began).toBeCloseTo(0.4);
      net.setLatency("test", "server", [1, 1]);
      yield* ask(reader, writer, "and now?");
      expect(sim.time - began).toBeCloseTo(2.4);
      yield* writer.aexit();
    });
  });

  test("is drawn from the seed: the same seed returns the same trace, another one another", () => {
    const traceOf = (seed: number): string[] => {
      const trace: string[] = [];
      simulate(
        function* () {
          const options = { loss: 0.2, reorder: 0.2, duplicate: 0.2, trace: (line: string) => void trace.push(line) };
          const { net, server } = yield* withServer({ ...options, latency: [0.001, 0.05] });
          const client = function* () {
            for (let i = 0; i < 5; i++) {
              const [reader, writer] = yield* openConnection("server", 80);
              yield* ask(reader, writer, `question ${i}`);
              yield* writer.aexit();
            }
          };
          const clients = ["a", "b", "c"].map((name) => net.host(name, client));
          for (const one of clients) yield* one.join();
          server.crash();
        },
        { seed },
      );
      return trace;
    };
    expect(traceOf(1).length).toBeGreaterThan(100);
    expect(traceOf(1)).toEqual(traceOf(1));
    expect(traceOf(2)).not.toEqual(traceOf(1));
  });

  test("bandwidth: what is sent takes as long as its size", () => {
    simulate(function* (sim) {
      const net = new SimulatedNetwork({ latency: [0, 0], bandwidth: 1000, buffer: 1_000_000 });
      net.host("sink", function* () {
        const server = yield* startServer(
          function* (reader, writer) {
            yield* reader.read();
            writer.write(bytes("done"));
            writer.close();
          },
          "0.0.0.0",
          80,
        );
        yield* server.serveForever();
      });
      yield* sleep(0.001);
      const [reader, writer] = yield* openConnection("sink", 80);
      writer.write(new Uint8Array(10_000));
      writer.writeEof();
      yield* reader.read();
      expect(sim.time).toBeGreaterThan(10);
      expect(sim.time).toBeLessThan(11);
      yield* writer.aexit();
    });
  });

  test("options that make no sense are refused", () => {
    const refused = (options: object) =>
      simulate(function* () {
        return thrownBy(() => new SimulatedNetwork(options)) as Error;
      }).name;
    expect(refused({ loss: 2 })).toBe("ValueError");
    expect(refused({ reorder: -1 })).toBe("ValueError");
    expect(refused({ duplicate: Number.NaN })).toBe("ValueError");
    expect(refused({ latency: [2, 1] })).toBe("ValueError");
    expect(refused({ latency: 0.1 })).toBe("TypeError");
    expect(refused({ bandwidth: 0 })).toBe("ValueError");
    expect(refused({ buffer: 0 })).toBe("ValueError");
  });
});

describe("connections", () => {
  test("keep their order and lose nothing on a network that loses, reorders and duplicates", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      simulate(
        function* () {
          yield* withServer({ latency: [0.001, 0.1], loss: 0.3, reorder: 0.3, duplicate: 0.3 });
          const [reader, writer] = yield* openConnection("server", 80);
          const lines = Array.from({ length: 50 }, (_, i) => `line ${i}`);
          for (const line of lines) writer.write(bytes(`${line}\n`));
          for (const line of lines) expect(text(yield* reader.readline()).trim()).toBe(line);
          yield* writer.aexit();
        },
        { seed },
      );
    }
  });

  test("a lost packet comes when it is sent again", () => {
    simulate(function* (sim) {
      yield* withServer({ loss: 1 });
      yield* openConnection("server", 80);
      expect(sim.time).toBeGreaterThan(2 * 0.2);
    });
  });

  test("a host loses nothing of what it sends to itself", () => {
    simulate(function* (sim) {
      new SimulatedNetwork({ loss: 1, latency: [1, 1], bandwidth: 1 });
      const server = yield* startServer(echo, "127.0.0.1", 80);
      for (const host of ["test", "::1"]) {
        expect(yield* errorOf(openConnection(host, 80))).toMatchObject({ code: "ECONNREFUSED" });
      }
      for (const host of ["127.0.0.1", "localhost"]) {
        const [reader, writer] = yield* openConnection(host, 80);
        yield* ask(reader, writer, "hello");
        yield* writer.aexit();
      }
      expect(sim.time).toBeLessThan(0.01);
      yield* server.aexit();
    });
  });

  test("a server that closes while a client connects resets the connection", () => {
    simulate(function* () {
      const net = new SimulatedNetwork({ latency: [0.01, 0.01] });
      let accepted = 0;
      net.host("server", function* () {
        const server = yield* startServer(() => void accepted++, "0.0.0.0", 80);
        yield* sleep(0.02);
        yield* server.aexit();
      });
      yield* sleep(0.001);
      const [reader] = yield* openConnection("server", 80);
      expect(yield* errorOf(reader.read())).toBeInstanceOf(ConnectionResetError);
      expect(accepted).toBe(0);
    });
  });

  test("drain waits while the peer does not read, however small the buffer is", () => {
    simulate(function* () {
      const net = new SimulatedNetwork({ buffer: 100, latency: [0.01, 0.01] });
      const gate = new Lock();
      yield* gate.acquire();
      let read = 0;
      net.host("slow", function* () {
        const server = yield* startServer(
          function* (reader, writer) {
            yield* gate.acquire();
            for (let data = yield* reader.read(50); data.length > 0; data = yield* reader.read(50)) read += data.length;
            writer.close();
          },
          "0.0.0.0",
          80,
          { limit: 50 },
        );
        yield* server.serveForever();
      });
      yield* sleep(0.001);
      const [reader, writer] = yield* openConnection("slow", 80);
      writer.transport.setWriteBufferLimits({ high: 200 });
      writer.write(new Uint8Array(1000));
      expect(yield* errorOf(asyncWith(timeout(60), () => writer.drain()))).toBeInstanceOf(TimeoutError);
      expect(writer.transport.getWriteBufferSize()).toBeGreaterThan(200);
      gate.release();
      yield* writer.drain();
      expect(writer.transport.getWriteBufferSize()).toBeLessThanOrEqual(50);
      writer.writeEof();
      yield* reader.read();
      expect(read).toBe(1000);
      yield* writer.aexit();
    });
  });

  test("hosts share no memory: bytes that are changed after write() arrive as they were", () => {
    simulate(function* () {
      yield* withServer();
      const [reader, writer] = yield* openConnection("server", 80);
      const data = bytes("as it was\n");
      writer.write(data);
      data.fill(0);
      expect(text(yield* reader.readline())).toBe("as it was\n");
      yield* writer.aexit();
    });
  });
});

describe("explore", () => {
  test("faults are choices: a shrunk schedule has only those that matter", () => {
    const { failure } = explore(
      function* () {
        const { net } = yield* withServer({ loss: 0.1, latency: [0.001, 0.002] });
        const talk = function* () {
          const [reader, writer] = yield* openConnection("server", 80);
          for (let i = 0; i < 3; i++) yield* asyncWith(timeout(0.15), () => ask(reader, writer, "hello"));
          yield* writer.aexit();
        };
        yield* net.host("client", talk).join();
      },
      { throws: false, timeMs: null, seed: 1 },
    );
    expect(failure?.kind).toBe("error");
    expect(failure?.error).toBeInstanceOf(TimeoutError);
    expect(failure?.deviations).toBe(1);
  });

  test("packets of different connections come in any order, those of one in theirs", () => {
    const orders = new Set<string>();
    explore(
      function* () {
        const net = new SimulatedNetwork({ latency: [0.01, 0.01] });
        const got: string[] = [];
        net.host("server", () =>
          serve(function* (reader, writer) {
            for (let line = yield* reader.readline(); line.length > 0; line = yield* reader.readline()) {
              got.push(text(line).trim());
            }
            writer.close();
          }),
        );
        yield* sleep(0.001);
        const client = (name: string) =>
          function* () {
            const [, writer] = yield* openConnection("server", 80);
            writer.write(bytes(`${name}1\n`));
            writer.write(bytes(`${name}2\n`));
            yield* writer.aexit();
          };
        const [a, b] = [net.host("a", client("a")), net.host("b", client("b"))];
        yield* a.join();
        yield* b.join();
        yield* sleep(1);
        orders.add(got.join(" "));
      },
      { iterations: 1000, timeMs: null },
    );
    expect([...orders].sort()).toEqual([
      "a1 a2 b1 b2",
      "a1 b1 a2 b2",
      "a1 b1 b2 a2",
      "b1 a1 a2 b2",
      "b1 a1 b2 a2",
      "b1 b2 a1 a2",
    ]);
  });
});
