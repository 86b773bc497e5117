// An echo server: what it gets it sends back. Try it with `nc 127.0.0.1 8888`, or with echoClient.ts. Ctrl-C ends it.
// Python: the "TCP echo server using streams" of the documentation. Native syntax: ../../net/echoServer.ts.
// Usage: npm start -- generators/net/echoServer [PORT]
import { asyncWith, type Coroutine, run } from "tsyncio";
import { type Address, type StreamReader, type StreamWriter, startServer } from "tsyncio/net";
import { isMain } from "../../lib/isMain.ts";

function* echo(reader: StreamReader, writer: StreamWriter) {
  const [host, port] = writer.getExtraInfo<Address>("peername");
  console.log(`${host}:${port} has connected`);
  yield* asyncWith(writer, function* () {
    for (;;) {
      const data = yield* reader.read(64 * 1024);
      if (data.length === 0) break; // the client has ended its side
      yield* writer.write(data);
    }
  });
  console.log(`${host}:${port} has left`);
}

export function* main(port = 8888): Coroutine<void> {
  const server = yield* startServer(echo, "127.0.0.1", port);
  yield* asyncWith(server, function* () {
    console.log(`serving on ${server.sockets.map((socket) => socket.getsockname().slice(0, 2)).join(" and ")}`);
    yield* server.serveForever();
  });
}

if (isMain(import.meta)) await run(main(Number(process.argv[2] ?? 8888)));
