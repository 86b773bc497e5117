/** A connection of any kind between two sides that do random things, and strangers that speak no protocol. */

import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  asyncWith,
  type Coroutine,
  createTask,
  Event,
  formatTaskTree,
  fromPromise,
  gather,
  getRunningLoop,
  sleep,
  TimeoutError,
  timeout,
} from "tsyncio";
import {
  createConnection,
  createServer,
  createUnixConnection,
  createUnixServer,
  OSError,
  type Server,
  StreamReader,
  StreamWriter,
  type Transport,
} from "tsyncio/net";
import { mixSeeds, Random } from "../packages/tsyncio/src/testing/random.ts";
import type { Certificates } from "../packages/tsyncio/test/node/net/certificates.ts";
import { CountingProtocol, canBeReset, PATIENCE, Side } from "./netSide.ts";

const KINDS = ["TCP", "TLS", "unix", "startTls"] as const;
type Kind = (typeof KINDS)[number];

let paths = 0;

/** What was found wrong with one connection. */
export function* connection(seed: number, certificates: Certificates): Coroutine<string[]> {
  const random = new Random(seed);
  const kind = KINDS[random.below(KINDS.length)] as Kind;
  const stranger = random.below(8) === 0;
  const problems: string[] = [];
  let waiting = "";
  const late = getRunningLoop().callLater(PATIENCE * 0.9, () => {
    waiting = formatTaskTree();
  });
  try {
    yield* asyncWith(timeout(PATIENCE), function* () {
      if (stranger) yield* meetStranger(kind, random, seed, certificates);
      else problems.push(...(yield* twoSides(kind, random, seed, certificates)));
    });
  } catch (error) {
    problems.push(error instanceof TimeoutError ? `it has not ended:\n${waiting}` : String((error as Error).stack));
  } finally {
    late.cancel();
  }
  return problems.map((problem) => `${kind}${stranger ? ", a stranger" : ""}: ${problem}`);
}

function* twoSides(kind: Kind, random: Random, seed: number, certificates: Certificates): Coroutine<string[]> {
  const sides: (Side | null)[] = [null, null];
  const done = new Event();
  const running = function* (number: 0 | 1, protocol: CountingProtocol, reader: StreamReader, writer: StreamWriter) {
    const side = new Side(number, new Random(mixSeeds(seed, number + 1)), protocol);
    sides[number] = side;
    yield* side.run(reader, writer);
  };
  const at = yield* listening(kind, certificates, function* (protocol, reader, writer) {
    try {
      if (kind === "startTls") yield* writer.startTls(tlsOfServer(certificates));
      yield* running(1, protocol, reader, writer);
    } finally {
      writer.transport.abort();
      done.set();
    }
  });
  const limit = 1 + random.below(100_000);
  const client = createTask(
    (function* () {
      const { protocol, reader, writer } = yield* at.connect(limit, certificates);
      if (kind === "startTls") {
        yield* writer.startTls({ ca: certificates.ca.cert }, { serverHostname: "localhost" });
      }
      yield* running(0, protocol, reader, writer);
    })(),
  );
  if (random.below(6) === 0) getRunningLoop().callLater(0.02 * random.next(), () => void client.cancel());
  const [result] = yield* gather(client, { returnExceptions: true });
  at.server.close();
  const how = random.below(6);
  if (how < 2) sides[1]?.dropped();
  if (how === 0) at.server.abortClients();
  else if (how === 1) at.server.closeClients();
  if (sides[1] !== null) yield* done.wait();
  yield* at.server.waitClosed();
  const [one, other] = sides;
  // One that was cancelled, or refused, has not come so far.
  if (one != null && other != null && !(result instanceof Error)) {
    one.check(other);
    other.check(one);
  }
  return sides.flatMap((side) => side?.problems ?? []);
}

/** A client that sends bytes of no protocol, and leaves in some way. */
function* meetStranger(kind: Kind, random: Random, seed: number, certificates: Certificates): Coroutine<void> {
  const at = yield* listening(kind, certificates, function* (protocol, reader, writer) {
    try {
      if (kind === "startTls") yield* writer.startTls(tlsOfServer(certificates));
      yield* new Side(1, new Random(mixSeeds(seed, 1)), protocol).run(reader, writer);
    } finally {
      writer.transport.abort();
    }
  });
  const socket: Socket = typeof at.address === "string" ? connect(at.address) : connect(at.address[1], "127.0.0.1");
  socket.on("error", () => {});
  if (random.below(2) === 0) socket.resume();
  // The server may have reset the connection before it is told of here.
  yield* fromPromise(new Promise((resolve) => socket.once("connect", resolve).once("close", resolve)));
  for (let left = random.below(4); left > 0; left--) {
    socket.write(Buffer.from(Array.from({ length: random.below(2000) }, () => random.below(256))));
    yield* sleep(random.next() / 100);
  }
  const how = random.below(3);
  if (how === 0) socket.end();
  else if (how === 1) socket.destroy();
  else if (kind !== "unix" && canBeReset(socket)) socket.resetAndDestroy();
  yield* sleep(random.next() / 100);
  at.server.close();
  at.server.closeClients();
  if (how === 0) socket.destroySoon();
  socket.destroy();
  yield* at.server.waitClosed();
}

interface Listening {
  readonly server: Server;
  readonly address: string | readonly [string, number];
  connect(limit: number, certificates: Certificates): Coroutine<Streams>;
}

interface Streams {
  readonly protocol: CountingProtocol;
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
}

type Handler = (protocol: CountingProtocol, reader: StreamReader, writer: StreamWriter) => Coroutine<void>;

function* listening(kind: Kind, certificates: Certificates, handler: Handler): Coroutine<Listening> {
  const factory = (): CountingProtocol => {
    const protocol: CountingProtocol = new CountingProtocol(new StreamReader(), (reader, writer) =>
      quietly(handler(protocol, reader, writer)),
    );
    return protocol;
  };
  if (kind === "unix") {
    const path = join(tmpdir(), `tsyncio-fuzz-${process.pid}-${++paths}`);
    const server = yield* createUnixServer(factory, path);
    const made = (limit: number) => streams(limit, (make) => createUnixConnection(make, path));
    return { server, address: path, connect: made };
  }
  const ssl = kind === "TLS" ? tlsOfServer(certificates) : null;
  const server = yield* createServer(factory, "127.0.0.1", 0, { ssl });
  const address = server.sockets[0]?.getsockname() as [string, number];
  const ca = certificates.ca.cert;
  const options = kind === "TLS" ? { ssl: { ca } } : {};
  const made = (limit: number) => streams(limit, (make) => createConnection(make, "127.0.0.1", address[1], options));
  return { server, address, connect: made };
}

function* streams(
  limit: number,
  connected: (make: () => CountingProtocol) => Coroutine<[Transport, CountingProtocol]>,
): Coroutine<Streams> {
  const reader = new StreamReader({ limit });
  const [transport, protocol] = yield* connected(() => new CountingProtocol(reader));
  return { protocol, reader, writer: new StreamWriter(transport, protocol, reader, getRunningLoop()) };
}

/** What a connection has failed with is the business of its sides. */
function* quietly(handler: Coroutine<void>): Coroutine<void> {
  try {
    yield* handler;
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
  }
}

function tlsOfServer(certificates: Certificates): { cert: string; key: string } {
  const { cert, key } = certificates.good;
  return { cert, key };
}
