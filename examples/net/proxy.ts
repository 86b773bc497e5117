// A proxy: each connection to its port goes on to another host and port, in both directions at once.
// Python: asyncio.start_server, open_connection, TaskGroup.
// Usage: node --conditions=@tsyncio/source proxy.ts [PORT [TARGET-HOST [TARGET-PORT]]]
import { asyncWith, type Coroutine, run, TaskGroup } from "tsyncio";
import {
  ConnectionError,
  OSError,
  openConnection,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "tsyncio/net";
import { isMain } from "../lib/isMain.ts";

/** Copies until the end of one side, which it passes on. The slower end sets the pace. */
function* pump(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    for (;;) {
      const data = yield* reader.read(64 * 1024);
      if (data.length === 0) break;
      yield* writer.write(data);
    }
    writer.writeEof();
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    writer.transport.abort(); // one end is broken: so is the other
  }
}

export function* main(port: number, targetHost: string, targetPort: number): Coroutine<void> {
  const connect = function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    yield* asyncWith(writer, function* () {
      let target: [StreamReader, StreamWriter];
      try {
        target = yield* openConnection(targetHost, targetPort);
      } catch (error) {
        if (!(error instanceof OSError)) throw error;
        console.log(`${targetHost}:${targetPort} cannot be reached: ${error.message}`);
        return;
      }
      const [answers, requests] = target;
      yield* asyncWith(requests, function* () {
        yield* asyncWith(new TaskGroup(), function* (group) {
          group.createTask(pump(reader, requests));
          group.createTask(pump(answers, writer));
        });
      });
    });
  };
  const server = yield* startServer(connect, "127.0.0.1", port);
  console.log(`from ${server.sockets[0]?.getsockname().slice(0, 2)} to ${targetHost}:${targetPort}`);
  yield* server.serveForever();
}

if (isMain(import.meta)) {
  const [port = "8890", host = "127.0.0.1", target = "8888"] = process.argv.slice(2);
  await run(main(Number(port), host, Number(target)));
}
