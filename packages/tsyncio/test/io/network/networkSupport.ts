/** What the tests of the simulated network share. */

import { type Coroutine, sleep } from "tsyncio";
import { ConnectionResetError, OSError, type StreamReader, type StreamWriter, startServer } from "tsyncio/net";
import { type SimulatedHost, SimulatedNetwork, type SimulatedNetworkOptions } from "tsyncio/testing";
import { bytes, text } from "../../node/net/support.ts";

/** Sends each line back. A client that breaks the connection is not missed. */
export function* echo(reader: StreamReader, writer: StreamWriter) {
  try {
    for (let line = yield* reader.readline(); line.length > 0; line = yield* reader.readline()) {
      yield* writer.write(line);
    }
  } catch (error) {
    if (!(error instanceof ConnectionResetError)) throw error;
  }
  writer.close();
}

export function* serve(handler = echo) {
  const server = yield* startServer(handler, "0.0.0.0", 80);
  yield* server.serveForever();
}

/** One question, one answer. */
export function* ask(reader: StreamReader, writer: StreamWriter, what: string) {
  yield* writer.write(bytes(`${what}\n`));
  return text(yield* reader.readline()).trim();
}

/** A network with an echo server; the server is up. */
export function* withServer(options: SimulatedNetworkOptions = {}) {
  const net = new SimulatedNetwork({ latency: [0.01, 0.01], ...options });
  const server: SimulatedHost = net.host("server", () => serve());
  yield* sleep(0.001);
  return { net, server };
}

/** Waits forever, and notes that it was stopped. */
export function* forEver(log: string[], what: string) {
  try {
    for (;;) yield* sleep(10);
  } finally {
    log.push(what);
  }
}

export type Program = () => Coroutine<unknown>;

/** What is not the same in every run. */
export function nameOf(error: unknown): string {
  return error instanceof OSError ? `${error.name} ${error.code}` : String(error);
}

/** Takes a moment, long enough for what is under way on either network. */
export const moment = (): Coroutine<void> => sleep(0.05);
