"use tsyncio";

/** What the compiler infers in native syntax of tsyncio/net, /executors and /testing. */

import { sleep } from "tsyncio";
import { blocking, mainLoop, ProcessPoolExecutor, ThreadPoolExecutor } from "tsyncio/executors";
import {
  createDatagramEndpoint,
  createSubprocessExec,
  DatagramProtocol,
  type DatagramTransport,
  getaddrinfo,
  openConnection,
  openStdin,
  PIPE,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "tsyncio/net";
import { advance, explore, Sequencer, SimulatedNetwork, type Simulation, simulate } from "tsyncio/testing";
import { test as nodeTest } from "tsyncio/testing/node";
import { test } from "tsyncio/testing/vitest";
import { expect } from "vitest";
import { check, type Equal } from "../equal.ts";

/** Streams, servers, processes. */
async function serve(reader: StreamReader, writer: StreamWriter) {
  const line = await reader.readline();
  check<Equal<typeof line, Uint8Array>>();
  await writer.write(line);
  await writer.drain();
}
export async function network() {
  await using server = await startServer(serve);
  check<Equal<typeof server, Server>>();
  await using inPlace = await startServer(async (reader, writer) => {
    for await (const line of reader) await writer.write(line);
  });
  const [reader, writer] = await openConnection("localhost", 80);
  check<Equal<typeof reader, StreamReader>>();
  await using _open = writer;
  const bytes = await reader.readExactly(5);
  check<Equal<typeof bytes, Uint8Array>>();
  const part = await reader.readUntil();
  check<Equal<typeof part, Uint8Array>>();
  const [transport] = await createDatagramEndpoint(() => new DatagramProtocol());
  check<Equal<typeof transport, DatagramTransport>>();
  const child = await createSubprocessExec("echo", "x", { stdout: PIPE });
  const [stdout] = await child.communicate();
  check<Equal<typeof stdout, Uint8Array>>();
  const code = await child.wait();
  check<Equal<typeof code, number>>();
  const addresses = await getaddrinfo("localhost", 80);
  check<Equal<typeof addresses extends readonly unknown[] ? true : false, true>>();
  for await (const line of await openStdin()) check<Equal<typeof line, Uint8Array>>();
  await inPlace.serveForever();
}

/** Pools. */
const add = blocking(import.meta, (a: number, b = 1): number => a + b, { name: "add" });
const read = blocking(import.meta, async (path: string): Promise<string> => path, { name: "read" });
const ask = blocking(
  import.meta,
  async (question: string) => {
    await sleep(1);
    return question.length;
  },
  { name: "ask" },
);
export async function pools() {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const sum = await pool.submit(add, 1, 2);
  check<Equal<typeof sum, number>>();
  const content = await pool.submit(read, "a");
  check<Equal<typeof content, string>>();
  for await (const item of pool.map(add, [1, 2])) check<Equal<typeof item, number>>();
  await using _processes = new ProcessPoolExecutor();
  const answer = await mainLoop().runCoroutineThreadsafe(ask, "?");
  check<Equal<typeof answer, number>>();
}

/** Simulations and tests. */
async function program(sim: Simulation) {
  await sim.advance(1);
  await advance(1);
  return "end";
}
export function testing() {
  const value = simulate(program);
  check<Equal<typeof value, string>>();
  const inPlace = simulate(async () => 5);
  check<Equal<typeof inPlace, number>>();
  explore(program, { iterations: 1 });
  explore(async () => {
    using _turn = await new Sequencer().at(0);
  });
  const net = new SimulatedNetwork();
  const host = net.host("a", async (self) => {
    await sleep(1);
    return self.name;
  });
  const joined: PromiseLike<string> = host.join();
  void joined;
  test("an async test", async () => {
    (await program) as unknown;
  });
  test.simulate("simulated", async (sim) => check<Equal<typeof sim, Simulation>>());
  test.explore("explored", program);
  test.run("real", async ({ task }) => void task);
  nodeTest.simulate("simulated", program);
  nodeTest.run("real", async () => {});
  expect(program).toHoldUnderAllSchedules();
}
