/** What there is to wait for, and its end. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Coroutine } from "tsyncio";
import {
  createServer,
  openConnection,
  type Server,
  type ServerOptions,
  type StreamReader,
  type StreamWriter,
  startServer,
  startUnixServer,
  type Transport,
} from "tsyncio/net";
import { type Certificates, makeCertificates } from "../net/certificates.ts";
import { bytes, Notes, portOf } from "../net/support.ts";

let made: Certificates | null = null;
export function certificates(): Certificates {
  made ??= makeCertificates();
  return made;
}
export function removeCertificates(): void {
  made?.remove();
}

export interface Place {
  readonly server: Server;
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
  readonly port: number;
}

/** More than any system takes for a peer that does not read. */
export const FULL = new Uint8Array(40 * 2 ** 20);

class Silent extends Notes {
  override connectionMade(transport: Transport): void {
    super.connectionMade(transport);
    transport.pauseReading();
  }
}

/** A connection to a server that never says or reads anything. */
export function* silence(): Coroutine<Place> {
  const server = yield* createServer(() => new Silent(), "127.0.0.1", 0);
  const port = portOf(server);
  const [reader, writer] = yield* openConnection("127.0.0.1", port);
  return { server, reader, writer, port };
}

export function* end({ server, writer }: Pick<Place, "server" | "writer">): Coroutine<void> {
  writer.transport.abort();
  yield* stop(server);
}

/** Such a connection for each attempt. */
export const inSilence = (wait: (place: Place) => Coroutine<unknown> | Iterable<never>) =>
  function* () {
    const place = yield* silence();
    return { wait: wait(place) as Coroutine<unknown>, after: () => end(place) };
  };

export function* stop(server: Server): Coroutine<void> {
  server.close();
  server.abortClients();
  yield* server.waitClosed();
}

const hello = (_reader: StreamReader, writer: StreamWriter): void => void writer.write(bytes("hello\n"));

/** A server that says hello. */
export function* greeter<T>(options: ServerOptions, body: (port: number) => Coroutine<T>): Coroutine<T> {
  const server = yield* startServer(hello, "127.0.0.1", 0, options);
  try {
    return yield* body(portOf(server));
  } finally {
    yield* stop(server);
  }
}

export function* unixGreeter<T>(options: ServerOptions, body: (path: string) => Coroutine<T>): Coroutine<T> {
  const folder = mkdtempSync(join(tmpdir(), "tsyncio-awaits-"));
  const path = join(folder, "s");
  const server = yield* startUnixServer(hello, path, options);
  try {
    return yield* body(path);
  } finally {
    yield* stop(server);
    rmSync(folder, { recursive: true });
  }
}

export const serverTls = (): ServerOptions => ({
  ssl: { cert: certificates().good.cert, key: certificates().good.key },
});
export const clientTls = () => ({ ssl: { ca: certificates().ca.cert }, serverHostname: "localhost" });
