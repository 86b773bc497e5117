/** Datagrams on the simulated network. */

import { type Coroutine, sleep } from "tsyncio";
import { type Address, createDatagramEndpoint, DatagramProtocol, type DatagramTransport } from "tsyncio/net";
import { explore, SimulatedNetwork, type SimulatedNetworkOptions, simulate } from "tsyncio/testing";
import { describe, expect, test } from "vitest";
import { bytes, text } from "../../node/net/support.ts";

class Log extends DatagramProtocol {
  readonly got: string[] = [];
  readonly from: Address[] = [];
  readonly errors: Error[] = [];
  override datagramReceived(data: Uint8Array, from: Address): void {
    this.got.push(text(data));
    this.from.push(from);
  }
  override errorReceived(error: Error): void {
    this.errors.push(error);
  }
}

/** A host that listens at port 9, and an endpoint of the test's that sends to it. */
function* endpoints(options: SimulatedNetworkOptions = {}): Coroutine<{
  net: SimulatedNetwork;
  log: Log;
  transport: DatagramTransport;
  client: Log;
  peer: { crash(): void };
}> {
  const net = new SimulatedNetwork({ latency: [0.01, 0.01], ...options });
  const log = new Log();
  const peer = net.host("peer", function* () {
    yield* createDatagramEndpoint(() => log, { localAddr: ["0.0.0.0", 9] });
  });
  yield* peer.join();
  const [transport, client] = yield* createDatagramEndpoint(() => new Log(), { remoteAddr: ["peer", 9] });
  return { net, log, transport, client, peer };
}

const NUMBERS = Array.from({ length: 100 }, (_, i) => String(i));

function* sendNumbers(transport: DatagramTransport): Coroutine<void> {
  for (const number of NUMBERS) transport.sendto(bytes(number));
  yield* sleep(5);
}

describe("datagrams", () => {
  test("come in the order of sending, with their sender's address, and as they were when they were sent", () => {
    simulate(function* () {
      const { log, transport } = yield* endpoints({ latency: [0.001, 1] });
      const data = bytes("mine");
      transport.sendto(data);
      data.fill(0);
      yield* sendNumbers(transport);
      expect(log.got).toEqual(["mine", ...NUMBERS]);
      expect(log.from[0]).toEqual(["10.0.0.1", 49_152]);
      expect(transport.getExtraInfo("sockname")).toEqual(["10.0.0.1", 49_152]);
    });
  });

  test("a part of them is lost, if the network loses", () => {
    simulate(function* () {
      const { log, transport } = yield* endpoints({ loss: 0.3 });
      yield* sendNumbers(transport);
      expect(log.got.length).toBeGreaterThan(50);
      expect(log.got.length).toBeLessThan(90);
      expect(log.got).toEqual(NUMBERS.filter((number) => log.got.includes(number)));
    });
  });

  test("a part is overtaken, if the network reorders; none is lost", () => {
    simulate(function* () {
      const { log, transport } = yield* endpoints({ reorder: 0.2 });
      yield* sendNumbers(transport);
      expect(log.got).not.toEqual(NUMBERS);
      expect([...log.got].sort()).toEqual([...NUMBERS].sort());
    });
  });

  test("a part comes twice, if the network duplicates", () => {
    simulate(function* () {
      const { log, transport } = yield* endpoints({ duplicate: 0.3 });
      yield* sendNumbers(transport);
      expect(log.got.length).toBeGreaterThan(110);
      expect(log.got.length).toBeLessThan(150);
      expect(new Set(log.got)).toEqual(new Set(NUMBERS));
    });
  });

  test("are lost in a partition, also those that were under way; nothing comes after the repair", () => {
    simulate(function* () {
      const { net, log, transport } = yield* endpoints();
      transport.sendto(bytes("under way"));
      yield* sleep(0.005);
      net.partition("test", "peer");
      transport.sendto(bytes("behind it"));
      yield* sleep(1);
      transport.sendto(bytes("just before the repair"));
      net.repair();
      yield* sleep(1);
      transport.sendto(bytes("after it"));
      yield* sleep(1);
      expect(log.got).toEqual(["after it"]);
    });
  });

  test("wait while they are held, and come when they are released", () => {
    simulate(function* () {
      const { net, log, transport } = yield* endpoints({ duplicate: 1 });
      net.hold("test", "peer");
      transport.sendto(bytes("a"));
      transport.sendto(bytes("b"));
      yield* sleep(10);
      expect(log.got).toEqual([]);
      net.release();
      yield* sleep(1);
      expect([...log.got].sort()).toEqual(["a", "a", "b", "b"]);
    });
  });

  test("to an unused port: a socket with that one peer hears of it", () => {
    simulate(function* () {
      const { transport, client, peer } = yield* endpoints();
      peer.crash();
      transport.sendto(bytes("anybody?"));
      yield* sleep(1);
      expect(client.errors).toMatchObject([{ name: "ConnectionRefusedError", code: "ECONNREFUSED" }]);
      const [open, log] = yield* createDatagramEndpoint(() => new Log(), { localAddr: ["0.0.0.0", 0] });
      open.sendto(bytes("anybody?"), ["peer", 9]);
      open.sendto(bytes("nowhere"), ["8.8.8.8", 9]);
      open.sendto(new Uint8Array(70_000), ["peer", 9]);
      yield* sleep(1);
      expect(log.errors).toMatchObject([{ code: "ENETUNREACH" }, { code: "EMSGSIZE" }]);
    });
  });

  test("a socket with one peer hears no other", () => {
    simulate(function* () {
      const { net, transport, client } = yield* endpoints();
      const port = transport.getExtraInfo<[string, number]>("sockname")[1];
      const other = net.host("other", function* () {
        const [stranger] = yield* createDatagramEndpoint(() => new Log(), { remoteAddr: ["test", port] });
        stranger.sendto(bytes("psst"));
      });
      yield* other.join();
      yield* sleep(1);
      expect(client.got).toEqual([]);
    });
  });

  test("bandwidth holds for them too", () => {
    simulate(function* (sim) {
      const { log, transport } = yield* endpoints({ bandwidth: 1000 });
      for (let i = 0; i < 10; i++) transport.sendto(new Uint8Array(1000));
      while (log.got.length < 10) yield* sleep(0.01);
      expect(sim.time).toBeGreaterThan(10);
      expect(sim.time).toBeLessThan(11);
    });
  });

  test("under explore each is late by its own time only, and not by that of those before it", () => {
    const late = (jitter: number): number => {
      let latest = 0;
      const trace = (line: string): void => {
        if (line.includes("arrive")) latest = Math.max(latest, Number.parseFloat(line));
      };
      explore(
        function* () {
          const { transport } = yield* endpoints({ trace });
          for (let i = 0; i < 3; i++) transport.sendto(bytes("x"));
          for (let i = 0; i < 100; i++) yield* sleep(0.001); // other events, for which time goes on
        },
        { iterations: 300, timeMs: null, jitter, strategy: { pct: 4 } },
      );
      return latest;
    };
    expect(late(0)).toBeCloseTo(0.01);
    for (const jitter of [1, 2]) {
      expect(late(jitter)).toBeGreaterThan(0.011);
      expect(late(jitter)).toBeLessThanOrEqual(0.01 * (1 + jitter) + 0.000_001);
    }
  });

  test("explore finds the lost one, and nothing else differs from the default", () => {
    const { failure } = explore(
      function* () {
        const { log, transport } = yield* endpoints({ loss: 0.05, duplicate: 0.05, reorder: 0.05 });
        for (const number of NUMBERS.slice(0, 5)) transport.sendto(bytes(number));
        yield* sleep(5);
        expect(new Set(log.got).size).toBe(5);
      },
      { throws: false, timeMs: null, seed: 1 },
    );
    expect(failure?.kind).toBe("error");
    expect(failure?.deviations).toBe(1);
  });
});
