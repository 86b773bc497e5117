/** Whatever the network does to it, a stream stays a stream. */

import { type Coroutine, createTask, gather, sleep } from "tsyncio";
import { openConnection, type StreamReader, type StreamWriter, startServer } from "tsyncio/net";
import { SimulatedNetwork, type Simulation, simulate } from "tsyncio/testing";
import { expect, test } from "vitest";

const CLIENTS = ["a", "b"];

/** Draws from the simulation's seed. */
class Dice {
  private readonly sim: Simulation;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  below(count: number): number {
    return Math.floor(this.sim.random() * count);
  }

  of<T>(things: readonly T[]): T {
    return things[this.below(things.length)] as T;
  }

  /** Now and then that many seconds. */
  *pause(most: number): Coroutine<void> {
    if (this.below(10) === 0) yield* sleep(this.sim.random() * most);
  }
}

function* send(dice: Dice, writer: StreamWriter, data: Uint8Array) {
  for (let at = 0; at < data.length; ) {
    const end = at + 1 + dice.below(200);
    yield* writer.write(data.subarray(at, end));
    at = end;
    yield* dice.pause(0.05);
  }
  writer.writeEof();
}

function* receive(dice: Dice, reader: StreamReader) {
  const all: number[] = [];
  for (;;) {
    const data = yield* reader.read(1 + dice.below(300));
    if (data.length === 0) return Uint8Array.from(all);
    all.push(...data);
    yield* dice.pause(0.1);
  }
}

/** Sends and receives at once, to both ends. */
function* talk(dice: Dice, reader: StreamReader, writer: StreamWriter, data: Uint8Array) {
  writer.transport.setWriteBufferLimits({ high: 100 });
  const [received] = yield* gather(receive(dice, reader), send(dice, writer, data));
  writer.close();
  yield* writer.waitClosed();
  return received;
}

/** One fault after the other; each ends. */
function* disturb(dice: Dice, net: SimulatedNetwork) {
  for (;;) {
    yield* sleep(dice.below(300) / 1000);
    const client = dice.of(CLIENTS);
    const faults = [
      () => net.partition(client, "server"),
      () => net.partitionOneway(client, "server"),
      () => net.partitionOneway("server", client),
      () => net.hold(client, "server"),
      () => net.setLatency(client, "server", [0, dice.below(100) / 1000]),
    ];
    dice.of(faults)();
    yield* sleep(dice.below(300) / 1000);
    net.repair();
    net.release();
  }
}

function* chaos(sim: Simulation) {
  const dice = new Dice(sim);
  const net = new SimulatedNetwork({
    latency: [0.001, 0.05],
    loss: dice.of([0, 0.1]),
    buffer: dice.of([1, 7, 100, 5000, 65_536]),
    bandwidth: dice.of([100_000, 1_000_000_000]),
  });
  const make = (n: number): Uint8Array =>
    Uint8Array.from({ length: 300 + dice.below(2000) }, (_, i) => i * n + (i >> 8));
  const [question, answer] = [make(7), make(31)];
  const limit = dice.of([10, 100, 65_536]);
  const heard: Uint8Array[] = [];
  net.host("server", function* () {
    const serve = function* (reader: StreamReader, writer: StreamWriter) {
      heard.push(yield* talk(dice, reader, writer, answer));
    };
    const server = yield* startServer(serve, "0.0.0.0", 80, { limit });
    yield* server.serveForever();
  });
  yield* sleep(0.001);
  const clients = CLIENTS.map((name) =>
    net.host(name, function* () {
      const [reader, writer] = yield* openConnection("server", 80, { limit });
      return yield* talk(dice, reader, writer, question);
    }),
  );
  const faults = createTask(disturb(dice, net));
  for (const client of clients) expect(yield* client.join()).toEqual(answer);
  while (heard.length < CLIENTS.length) yield* sleep(1);
  expect(heard).toEqual([question, question]);
  faults.cancel();
}

test("what is sent arrives, in its order and whole, through losses, partitions, holds and small buffers", () => {
  for (let seed = 0; seed < 60; seed++) simulate(chaos, { seed, model: seed % 2 === 0 ? "fifo" : "events" });
});
