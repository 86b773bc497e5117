"use tsyncio";
// An echo server: what it gets it sends back. Try it with `nc 127.0.0.1 8888`, or with echoClient.ts. Ctrl-C ends it.
// Python: the "TCP echo server using streams" of the documentation. Generator form: ../generators/net/echoServer.ts.
// Usage: npm start -- net/echoServer [PORT]
import { run } from "tsyncio";
import { type Address, type StreamReader, type StreamWriter, startServer } from "tsyncio/net";
import { isMain } from "../lib/isMain.ts";

async function echo(reader: StreamReader, writer: StreamWriter) {
  const [host, port] = writer.getExtraInfo<Address>("peername");
  console.log(`${host}:${port} has connected`);
  {
    await using _open = writer;
    for (;;) {
      const data = await reader.read(64 * 1024);
      if (data.length === 0) break; // the client has ended its side
      await writer.write(data);
    }
  }
  console.log(`${host}:${port} has left`);
}

export async function main(port = 8888) {
  await using server = await startServer(echo, "127.0.0.1", port);
  console.log(`serving on ${server.sockets.map((socket) => socket.getsockname().slice(0, 2)).join(" and ")}`);
  await server.serveForever();
}

if (isMain(import.meta)) await run(main(Number(process.argv[2] ?? 8888)));
