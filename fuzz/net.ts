/** The net fuzzer: real connections, random programs at both ends. */

import { asyncWith, type Coroutine, run, timeout } from "tsyncio";
import { openConnection, type StreamReader, type StreamWriter, startServer } from "tsyncio/net";
import { Random } from "../packages/tsyncio/src/testing/random.ts";
import type { Fuzzer, FuzzRun } from "./fuzzer.ts";

/** Seconds after which a connection that has not ended never will. */
const PATIENCE = 30;

export const net: Fuzzer = {
  name: "net",
  what: "connections over real sockets: what is sent arrives, and each connection ends",
  cases: "connections",
  short: 50,
  run: fuzz,
};

async function fuzz({ seed: first, seconds, count, begin, report }: FuzzRun): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let ran = 0;
  for (; ran < count && performance.now() < end; ran++) {
    const seed = first + ran;
    begin(seed);
    try {
      await run(connection(new Random(seed)));
    } catch (error) {
      report({ seed, what: "the connection has failed", error });
    }
  }
  return ran;
}

function* connection(random: Random): Coroutine<void> {
  const sent = new Uint8Array(random.below(200_000)).map((_, i) => i);
  const server = yield* startServer(echo, "127.0.0.1", 0);
  yield* asyncWith(server, function* () {
    const [, port] = server.sockets[0]!.getsockname() as [string, number];
    yield* asyncWith(timeout(PATIENCE), function* () {
      const [reader, writer] = yield* openConnection("127.0.0.1", port);
      yield* asyncWith(writer, function* () {
        writer.write(sent);
        writer.writeEof();
        const received = yield* reader.read();
        if (Buffer.compare(received, sent) !== 0)
          throw new Error(`${received.length} of ${sent.length} bytes came back`);
      });
    });
  });
}

function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (;;) {
    const data = yield* reader.read(2 ** 16);
    if (data.length === 0) break;
    yield* writer.write(data);
  }
  writer.close();
  yield* writer.waitClosed();
}
