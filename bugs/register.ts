/** A distributed program on a simulated network: a register that three servers keep, one of which may fail. */

import { type Coroutine, createTask, sleep } from "tsyncio";
import { type SimulatedHost, SimulatedNetwork } from "tsyncio/testing";
import { History } from "../examples/generators/net/register/history.ts";
import { Disk, RegisterClient, startReplica } from "../examples/generators/net/register.ts";
import { type Bug, bug } from "./bug.ts";

const PORT = 7000;
const REPLICAS = ["a", "b", "c"];

/**
 * Three replicas, one writer, and one reader; now and then a fault. Throws unless the history is linearizable.
 */
function* cluster(writesBack: boolean): Coroutine<void> {
  const net = new SimulatedNetwork({ latency: [0.01, 0.01] });
  const history = new History();
  const replicas = REPLICAS.map((name) => {
    const disk = new Disk();
    return net.host(name, function* () {
      const server = yield* startReplica(disk, "0.0.0.0", PORT);
      yield* server.serveForever();
    });
  });
  yield* sleep(0.001);
  const addresses = REPLICAS.map((name) => [name, PORT] as const);
  const writer = net.host("writer", function* () {
    const client = new RegisterClient("writer", addresses);
    yield* history.write("writer", "new", client.write("new"));
  });
  const reader = net.host("reader", function* () {
    const client = new RegisterClient("reader", addresses, { writesBack });
    for (let i = 0; i < 3; i++) yield* history.read("reader", client.read());
  });
  const faults = [createTask(crash(net, replicas)), createTask(isolate(net, replicas))];
  yield* writer.join();
  yield* reader.join();
  for (const fault of faults) fault.cancel();
  history.check();
}

/** Now and then a replica crashes, and comes back. */
function* crash(net: SimulatedNetwork, replicas: readonly SimulatedHost[]): Coroutine<void> {
  for (;;) {
    yield* sleep(0.01);
    for (const replica of replicas) {
      if (!net.chance(0.05, `crash of ${replica.name}`)) continue;
      replica.crash();
      yield* sleep(0.1);
      replica.restart();
    }
  }
}

/** Now and then the writer sees only one of the replicas, for a while. */
function* isolate(net: SimulatedNetwork, replicas: readonly SimulatedHost[]): Coroutine<void> {
  for (;;) {
    yield* sleep(0.01);
    for (const replica of replicas) {
      if (!net.chance(0.05, `only ${replica.name} sees the writer`)) continue;
      const others = replicas.filter((other) => other !== replica);
      net.partition("writer", others);
      yield* sleep(0.2);
      net.repair("writer", others);
    }
  }
}

export const registerBugs: readonly Bug[] = [
  bug(
    {
      name: "abd-register",
      source:
        "Attiya, Bar-Noy, Dolev, Sharing Memory Robustly in Message-Passing Systems (JACM 1995, https://doi.org/10.1145/200836.200869)",
      story:
        "A reader asks a majority of three servers, and returns the newest value without writing it back. A write that has come to one server only is seen by one read, and not by the next.",
      finds: "error",
    },
    cluster,
  ),
];
