/** Thousands of connections, children and jobs leave the heap, the handles and the descriptors as they were. */

import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Coroutine, createTask, gather, run, sleep } from "tsyncio";
import { ThreadPoolExecutor } from "tsyncio/executors";
import {
  ConnectionError,
  createConnection,
  createDatagramEndpoint,
  createServer,
  createSubprocessExec,
  DatagramProtocol,
  openConnection,
  PIPE,
  startServer,
} from "tsyncio/net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { add } from "../executors/jobs.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { bytes, Notes, portOf } from "./support.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

/** So many at once. */
const WIDTH = 50;
const GROUPS = 30;
/** Bytes of the heap that one may cost for ever: what a leak of anything would exceed. */
const ALLOWED = 200;

function* rested(): Coroutine<{ heap: number; descriptors: number }> {
  // What has been closed goes in a few turns of the platform.
  for (let i = 0; i < 5; i++) {
    yield* sleep(0.01);
    collectGarbage();
  }
  return { heap: process.memoryUsage().heapUsed, descriptors: readdirSync("/proc/self/fd").length };
}

function* groups(count: number, one: () => Coroutine<unknown>): Coroutine<void> {
  for (let i = 0; i < count; i++) yield* gather(...Array.from({ length: WIDTH }, one));
}

function* leavesNothing(one: () => Coroutine<unknown>, rounds = GROUPS): Coroutine<void> {
  yield* groups(Math.min(rounds, 12), one); // to warm up
  const before = yield* rested();
  yield* groups(rounds, one);
  const after = yield* rested();
  expect((after.heap - before.heap) / (rounds * WIDTH)).toBeLessThan(ALLOWED);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
}

const serverTls = () => ({ ssl: { cert: certificates.good.cert, key: certificates.good.key } });

test.each(["TCP", "TLS"])("connections over %s, ended by either side or by a reset", (kind) =>
  run(
    (function* () {
      const tls = kind === "TLS";
      const server = yield* startServer(
        function* (reader, writer) {
          const line = yield* reader.readline();
          yield* writer.write(line);
          if (line[0] === 114) writer.transport.abort();
          yield* writer.aexit();
        },
        "127.0.0.1",
        0,
        tls ? serverTls() : {},
      );
      const options = tls ? { ssl: { ca: certificates.ca.cert } } : {};
      let n = 0;
      yield* leavesNothing(
        function* () {
          const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server), options);
          n++;
          yield* writer.write(bytes(n % 3 === 0 ? "reset\n" : "hello\n"));
          if (n % 3 === 1) yield* reader.readline();
          try {
            if (n % 3 !== 1) yield* reader.read();
          } catch (error) {
            if (!(error instanceof ConnectionError)) throw error;
          }
          yield* writer.aexit();
        },
        tls ? 20 : GROUPS,
      );
      yield* server.aexit();
    })(),
  ),
);

test("connects that are refused or cancelled, datagram endpoints, servers", () =>
  run(
    (function* () {
      const server = yield* createServer(() => new Notes(), "127.0.0.1", 0);
      const port = portOf(server);
      yield* leavesNothing(function* () {
        const task = createTask(createConnection(() => new Notes(), "localhost", port));
        yield* sleep(0);
        task.cancel();
        yield* gather(task, { returnExceptions: true });
        const remoteAddr = ["127.0.0.1", port] as const;
        const [transport] = yield* createDatagramEndpoint(() => new DatagramProtocol(), { remoteAddr });
        transport.close();
        const other = yield* createServer(() => new Notes(), "127.0.0.1", 0);
        const nobody = portOf(other);
        yield* other.aexit();
        yield* gather(openConnection("127.0.0.1", nobody), { returnExceptions: true });
      });
      yield* server.aexit();
    })(),
  ));

test("children", () =>
  run(
    leavesNothing(function* () {
      const child = yield* createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE });
      yield* child.communicate(bytes("hello"));
    }, 6),
  ));

test("jobs", () =>
  run(
    (function* () {
      const pool = new ThreadPoolExecutor(2);
      yield* leavesNothing(function* () {
        yield* pool.submit(add, 1, 2);
      }, 60);
      yield* pool.aexit(null);
    })(),
  ));
