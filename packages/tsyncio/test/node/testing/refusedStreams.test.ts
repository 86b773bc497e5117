import { open } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { asyncFor, type Coroutine, sleep } from "tsyncio";
import { ThreadPoolExecutor } from "tsyncio/executors";
import {
  connectReadPipe,
  connectWritePipe,
  fromWebStreams,
  openConnection,
  openStderr,
  openStdin,
  openStdout,
  Protocol,
  sendfile,
  startServer,
  type Transport,
} from "tsyncio/net";
import { NotSimulatedError, SimulatedNetwork, simulate } from "tsyncio/testing";
import { expect, test } from "vitest";
import { add } from "../../io/jobs.ts";

const programs: [string, () => Coroutine<unknown>][] = [
  ["connectReadPipe", () => connectReadPipe(() => new Protocol(), new PassThrough())],
  ["connectWritePipe", () => connectWritePipe(() => new Protocol(), new PassThrough())],
  ["openStdin", () => openStdin()],
  ["openStdout", () => openStdout()],
  ["openStderr", () => openStderr()],
  [
    "fromWebStreams",
    function* () {
      const [reader] = fromWebStreams(new TransformStream());
      yield* reader.read(1);
    },
  ],
];

test.each(programs)("%s is refused in a simulation", (_, program) => {
  expect(() => simulate(program)).toThrow(NotSimulatedError);
});

test("sendfile is refused in a simulation, on a simulated connection too", async () => {
  const file = await open(import.meta.filename);
  const main = function* () {
    const net = new SimulatedNetwork();
    net.host("server", function* () {
      const server = yield* startServer((reader) => reader.read(), "0.0.0.0", 80);
      yield* server.serveForever();
    });
    yield* sleep(1);
    const [, writer] = yield* openConnection("server", 80);
    yield* sendfile(writer.transport as Transport, file);
  };
  try {
    expect(() => simulate(main)).toThrow(NotSimulatedError);
  } finally {
    await file.close();
  }
});

test("a job that is submitted in a simulation, or awaited in one, is refused", async () => {
  await using pool = new ThreadPoolExecutor(1);
  const submitted = function* () {
    yield* pool.submit(add, 1, 2);
  };
  const mapped = function* () {
    yield* asyncFor(pool.map(add, [1], [2]), function* () {});
  };
  for (const main of [submitted, mapped]) expect(() => simulate(main)).toThrow(NotSimulatedError);
  const job = pool.submit(add, 1, 2);
  const awaited = function* () {
    return yield* job;
  };
  expect(() => simulate(awaited)).toThrow(NotSimulatedError);
  expect(await job).toBe(3);
  expect(simulate(awaited)).toBe(3); // it is done: nothing has to be waited for
});
