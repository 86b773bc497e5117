"use tsyncio";
// A proxy: each connection to its port goes on to another host and port, in both directions at once.
// Python: asyncio.start_server, open_connection, TaskGroup.
// Usage: npm start -- net/proxy [PORT [TARGET-HOST [TARGET-PORT]]]
import { run, TaskGroup } from "tsyncio";
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
async function pump(reader: StreamReader, writer: StreamWriter): Promise<void> {
  try {
    for (;;) {
      const data = await reader.read(64 * 1024);
      if (data.length === 0) break;
      await writer.write(data);
    }
    writer.writeEof();
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    writer.transport.abort(); // one end is broken: so is the other
  }
}

export async function main(port: number, targetHost: string, targetPort: number): Promise<void> {
  const connect = async (reader: StreamReader, writer: StreamWriter): Promise<void> => {
    await using _client = writer;
    let target: [StreamReader, StreamWriter];
    try {
      target = await openConnection(targetHost, targetPort);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      console.log(`${targetHost}:${targetPort} cannot be reached: ${error.message}`);
      return;
    }
    const [answers, requests] = target;
    await using _target = requests;
    await using group = new TaskGroup();
    group.createTask(pump(reader, requests));
    group.createTask(pump(answers, writer));
  };
  const server = await startServer(connect, "127.0.0.1", port);
  console.log(`from ${server.sockets[0]?.getsockname().slice(0, 2)} to ${targetHost}:${targetPort}`);
  await server.serveForever();
}

if (isMain(import.meta)) {
  const [port = "8890", host = "127.0.0.1", target = "8888"] = process.argv.slice(2);
  await run(main(Number(port), host, Number(target)));
}
