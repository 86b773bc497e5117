// A variable that three servers keep together, so that one of them may fail: the register of Attiya, Bar-Noy and Dolev.
// It knows nothing of simulations. On a simulated network, bugs/register.ts finds the bug that `writesBack: false` is.
// Usage: npm start -- generators/net/register (`using` needs Node 24)
import {
  asCompleted,
  asyncWith,
  type Coroutine,
  createTask,
  IncompleteReadError,
  Lock,
  run,
  sleep,
  TimeoutError,
  timeout,
} from "tsyncio";
import {
  ConnectionError,
  openConnection,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "tsyncio/net";
import { isMain } from "../../lib/isMain.ts";

/** A value, and what orders it among the others: a number, and the writer's name where two have the same. */
export interface Version {
  readonly number: number;
  readonly writer: string;
  readonly value: string | null;
}

type Request = { readonly get: true } | { readonly set: Version };

export const EMPTY: Version = { number: 0, writer: "", value: null };

/** Seconds after which a replica that does not answer is asked again. */
const PATIENCE = 1;
const PAUSE = 0.02;

function newer(a: Version, b: Version): boolean {
  return a.number > b.number || (a.number === b.number && a.writer > b.writer);
}

function encode(message: Request | Version): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(message)}\n`);
}

/** What a replica keeps over a crash. */
export class Disk {
  version = EMPTY;
}

/** One of the servers. It answers each request with what it has then. */
export function startReplica(disk: Disk, host: string, port: number): Coroutine<Server> {
  function* serve(reader: StreamReader, writer: StreamWriter) {
    try {
      for (let line = yield* reader.readline(); line.length > 0; line = yield* reader.readline()) {
        const request = JSON.parse(new TextDecoder().decode(line)) as Request;
        if ("set" in request && newer(request.set, disk.version)) disk.version = request.set;
        yield* writer.write(encode(disk.version));
      }
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
    } finally {
      writer.close();
    }
  }
  return startServer(serve, host, port);
}

/** The host and port of a replica. */
export type ReplicaAddress = readonly [host: string, port: number];

/** A client's connection to one replica; made anew when it breaks, or is silent for too long. */
class Replica {
  private readonly address: ReplicaAddress;
  private readonly turn = new Lock();
  private streams: [StreamReader, StreamWriter] | null = null;

  constructor(address: ReplicaAddress) {
    this.address = address;
  }

  /** Asks until there is an answer. All requests may be repeated. */
  *call(request: Request): Coroutine<Version> {
    using _ = yield* this.turn.acquire();
    for (;;) {
      try {
        return yield* asyncWith(timeout(PATIENCE), () => this.once(request));
      } catch (error) {
        this.streams?.[1].transport.abort();
        this.streams = null;
        const transient = [ConnectionError, TimeoutError, IncompleteReadError].some((kind) => error instanceof kind);
        if (!transient) throw error;
      }
      yield* sleep(PAUSE);
    }
  }

  private *once(request: Request): Coroutine<Version> {
    this.streams ??= yield* openConnection(...this.address);
    const [reader, writer] = this.streams;
    yield* writer.write(encode(request));
    const line = yield* reader.readUntil();
    return JSON.parse(new TextDecoder().decode(line)) as Version;
  }

  close(): void {
    this.streams?.[1].close();
  }
}

export interface ClientOptions {
  /**
   * The bug, if false: a reader returns what it has found, and does not see to it that the others know it too. Then the
   * next reader may find what was there before.
   */
  readonly writesBack?: boolean;
}

export class RegisterClient {
  private readonly name: string;
  private readonly replicas: readonly Replica[];
  private readonly writesBack: boolean;

  constructor(name: string, addresses: readonly ReplicaAddress[], options: ClientOptions = {}) {
    this.name = name;
    this.replicas = addresses.map((address) => new Replica(address));
    this.writesBack = options.writesBack ?? true;
  }

  *read(): Coroutine<string | null> {
    const latest = yield* this.majority({ get: true });
    if (this.writesBack) yield* this.majority({ set: latest });
    return latest.value;
  }

  *write(value: string): Coroutine<void> {
    const { number } = yield* this.majority({ get: true });
    yield* this.majority({ set: { number: number + 1, writer: this.name, value } });
  }

  close(): void {
    for (const replica of this.replicas) replica.close();
  }

  /**
   * Asks all, waits for more than half, and returns the newest answer. The others may still come: they are not waited
   * for.
   */
  private *majority(request: Request): Coroutine<Version> {
    const calls = this.replicas.map((replica) => createTask(replica.call(request)));
    let latest = EMPTY;
    let missing = Math.floor(calls.length / 2) + 1;
    for (const call of asCompleted(calls)) {
      const version = yield* call;
      if (newer(version, latest)) latest = version;
      if (--missing === 0) break;
    }
    return latest;
  }
}

export function addressOf(server: Server): ReplicaAddress {
  return server.sockets[0]?.getsockname() as ReplicaAddress;
}

export function* main(): Coroutine<void> {
  const servers: Server[] = [];
  for (let i = 0; i < 3; i++) servers.push(yield* startReplica(new Disk(), "127.0.0.1", 0));
  const client = new RegisterClient("client", servers.map(addressOf));
  yield* client.write("with three");
  console.log(`three servers: ${yield* client.read()}`);
  servers[0]?.close();
  servers[0]?.abortClients();
  yield* client.write("with two");
  console.log(`two servers: ${yield* client.read()}`);
  client.close();
}

if (isMain(import.meta)) await run(main());
