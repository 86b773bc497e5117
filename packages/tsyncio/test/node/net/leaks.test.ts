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

/** That many at once. */
const WIDTH = 50;
const GROUPS = 30;
/** Bytes of the heap that one may cost forever: what a leak of anything would exceed. */
const ALLOWED = 200;

interface Left {
  readonly heap: number;
  readonly descriptors: number;
}

/** Measures until `enough`: what has been closed goes in some turns of the platform, on a busy machine in many. */
function* rested(enough: (left: Left, last: Left | null) => boolean): Coroutine<Left> {
  let last: Left | null = null;
  for (let i = 0; ; i++) {
    yield* sleep(0.01);
    collectGarbage();
    const left = { heap: process.memoryUsage().heapUsed, descriptors: readdirSync("/proc/self/fd").length };
    if (i === 200 || (i > 4 && enough(left, last))) return left;
    last = left;
  }
}

function* groups(count: number, one: () => Coroutine<unknown>): Coroutine<void> {
  for (let i = 0; i < count; i++) yield* gather(...Array.from({ length: WIDTH }, one));
}

/** The engine keeps something for good now and then, compiled code for example. A leak costs in every measurement. */
function* leavesNothing(one: () => Coroutine<unknown>, rounds = GROUPS): Coroutine<void> {
  yield* groups(Math.min(rounds, 12), one); // to warm up
  let cost = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 5 && cost >= ALLOWED; tries++) {
    const before = yield* rested(
      (left, last) => left.descriptors === last?.descriptors && left.heap > last.heap - ALLOWED * WIDTH,
    );
    yield* groups(rounds, one);
    const perOne = ({ heap }: Left): number => (heap - before.heap) / (rounds * WIDTH);
    const after = yield* rested((left) => perOne(left) < ALLOWED && left.descriptors <= before.descriptors);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
    cost = perOne(after);
  }
  expect(cost).toBeLessThan(ALLOWED);
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
    }, 4),
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
