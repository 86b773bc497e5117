/** Partitions and holds on the simulated network. */

import { asyncWith, createTask, sleep, TimeoutError, timeout } from "tsyncio";
import { openConnection } from "tsyncio/net";
import { type SimulatedHost, SimulatedNetwork, simulate } from "tsyncio/testing";
import { describe, expect, test } from "vitest";
import { bytes, text } from "../../node/net/support.ts";
import { errorOf } from "../../support.ts";
import { ask, serve, withServer } from "./networkSupport.ts";

describe("partition", () => {
  test("what connections send is sent again after repair", () => {
    simulate(function* (sim) {
      const { net } = yield* withServer();
      const [reader, writer] = yield* openConnection("server", 80);
      net.partition("test", "server");
      const asked = createTask(ask(reader, writer, "hello"));
      yield* sleep(60);
      expect(asked.done()).toBe(false);
      net.repair("test", "server");
      expect(yield* asked).toBe("hello");
      expect(sim.time).toBeLessThan(61);
      yield* writer.aexit();
    });
  });

  test("connecting waits for the repair, for the caller's timeout, or gives up after two minutes", () => {
    simulate(function* (sim) {
      const { net } = yield* withServer();
      net.partition("test", "server");
      const began = sim.time;
      expect(yield* errorOf(asyncWith(timeout(5), () => openConnection("server", 80)))).toBeInstanceOf(TimeoutError);
      expect(sim.time - began).toBeCloseTo(5);
      expect(yield* errorOf(openConnection("server", 80))).toMatchObject({ name: "TimeoutError", code: "ETIMEDOUT" });
      expect(sim.time - began).toBeCloseTo(132, 0);
      net.repair("test", "server");
      net.partitionOneway("server", "test"); // the answer is lost
      expect(yield* errorOf(openConnection("server", 80))).toMatchObject({ name: "TimeoutError", code: "ETIMEDOUT" });
      expect(sim.time - began).toBeCloseTo(259, 0);
      const connecting = createTask(openConnection("server", 80));
      yield* sleep(10);
      net.repair();
      const [reader, writer] = yield* connecting;
      expect(yield* ask(reader, writer, "at last")).toBe("at last");
      yield* writer.aexit();
    });
  });

  test("one that lasts ends a connection on which something is to be sent; an idle one survives", () => {
    simulate(function* (sim) {
      const { net } = yield* withServer();
      const [reader, writer] = yield* openConnection("server", 80);
      const [idleReader, idle] = yield* openConnection("server", 80);
      net.partition("test", "server");
      const began = sim.time;
      expect(yield* errorOf(ask(reader, writer, "hello"))).toMatchObject({ name: "TimeoutError", code: "ETIMEDOUT" });
      expect(sim.time - began).toBeCloseTo(924, 0);
      net.repair();
      expect(yield* ask(idleReader, idle, "still there")).toBe("still there");
      yield* idle.aexit();
    });
  });

  test("one that begins while a connection is being made does not end what is idle, but what is to be sent", () => {
    simulate(function* (sim) {
      const { net } = yield* withServer();
      const [reader, writer] = yield* openConnection("server", 80);
      net.partition("test", "server"); // the end of the handshake is under way
      yield* sleep(2000);
      const asked = sim.time;
      expect(yield* errorOf(ask(reader, writer, "hello"))).toMatchObject({ code: "ETIMEDOUT" });
      expect(sim.time - asked).toBeCloseTo(924, 0);
    });
  });

  test("a client that has given up is not heard after the repair", () => {
    simulate(function* () {
      const arrived: string[] = [];
      const trace = (line: string): void => void (line.includes(" arrive ") && arrived.push(line));
      const { net } = yield* withServer({ trace });
      net.partition("test", "server");
      for (let i = 0; i < 3; i++) yield* errorOf(asyncWith(timeout(1), () => openConnection("server", 80)));
      net.repair();
      yield* sleep(1000);
      expect(arrived).toEqual([]);
    });
  });

  test("of one direction: questions arrive, answers do not", () => {
    simulate(function* () {
      const got: string[] = [];
      const net = new SimulatedNetwork();
      net.host("server", () =>
        serve(function* (reader, writer) {
          const line = yield* reader.readline();
          got.push(text(line).trim());
          yield* writer.write(line);
          writer.close();
        }),
      );
      yield* sleep(0.001);
      const [reader, writer] = yield* openConnection("server", 80);
      net.partitionOneway("server", "test");
      const asked = createTask(ask(reader, writer, "hello"));
      yield* sleep(10);
      expect([got, asked.done()]).toEqual([["hello"], false]);
      expect(net.links()).toEqual([
        { from: "test", to: "server", state: "up", latency: [0.001, 0.01] },
        { from: "server", to: "test", state: "partitioned", latency: [0.001, 0.01] },
      ]);
      net.repair("test", "server");
      expect(yield* asked).toBe("hello");
      yield* writer.aexit();
    });
  });

  test("of several hosts from several others", () => {
    simulate(function* () {
      const net = new SimulatedNetwork();
      const hosts = ["a", "b", "c"].map((name) => net.host(name, () => serve()));
      const [a, b, c] = hosts as [SimulatedHost, SimulatedHost, SimulatedHost];
      yield* sleep(0.01);
      net.partition([a, b], [c, "test"]);
      const cut = net.links().filter((link) => link.state === "partitioned");
      expect(cut.map(({ from, to }) => from + to).sort()).toEqual([
        "ac",
        "atest",
        "bc",
        "btest",
        "ca",
        "cb",
        "testa",
        "testb",
      ]);
      const [reader, writer] = yield* openConnection("c", 80);
      expect(yield* ask(reader, writer, "same side")).toBe("same side");
      yield* writer.aexit();
    });
  });
});

describe("hold", () => {
  test("what is sent waits, and comes in its order when released; nothing times out", () => {
    simulate(function* (sim) {
      const { net } = yield* withServer();
      const [reader, writer] = yield* openConnection("server", 80);
      net.hold("test", "server");
      const connecting = createTask(openConnection("server", 80));
      writer.write(bytes("one\n"));
      yield* sleep(2000);
      writer.write(bytes("two\n"));
      net.release("test", "server");
      const released = sim.time;
      expect([text(yield* reader.readline()), text(yield* reader.readline())]).toEqual(["one\n", "two\n"]);
      expect(sim.time - released).toBeLessThan(1);
      const [, second] = yield* connecting;
      yield* second.aexit();
      yield* writer.aexit();
    });
  });
});
