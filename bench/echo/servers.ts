/** The echo servers that are compared: servers.ts KIND. Prints its port, then serves until it is killed. */
import { createServer as createNodeServer } from "node:net";
import { type Coroutine, run } from "tsyncio";
import { type Address, ConnectionError, createServer, Protocol, startServer, type Transport } from "tsyncio/net";

class Echo extends Protocol {
  private transport!: Transport;
  override connectionMade(transport: Transport): void {
    this.transport = transport;
  }
  override dataReceived(data: Uint8Array): void {
    this.transport.write(data);
  }
}

function* protocol(): Coroutine<never> {
  return yield* serve(yield* createServer(() => new Echo(), "127.0.0.1", 0));
}

function* streams(): Coroutine<never> {
  const server = yield* startServer(
    function* (reader, writer) {
      try {
        for (;;) {
          const data = yield* reader.read(256 * 1024);
          if (data.length === 0) break;
          writer.write(data);
          yield* writer.drain();
        }
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error; // a client may leave by a reset
      }
      writer.close();
    },
    "127.0.0.1",
    0,
  );
  return yield* serve(server);
}

interface Servable {
  readonly sockets: readonly { getsockname(): Address }[];
  serveForever(): Coroutine<never>;
}

function serve(server: Servable): Coroutine<never> {
  console.log(server.sockets[0]?.getsockname()[1]);
  return server.serveForever();
}

/** As it is written with regard to the marks of the socket. */
function node(): void {
  const server = createNodeServer({ noDelay: true }, (socket) => {
    socket.on("data", (data) => {
      if (!socket.write(data)) socket.pause();
    });
    socket.on("drain", () => socket.resume());
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1", () => console.log((server.address() as { port: number }).port));
}

/** For the workload `connections`. */
process.on("message", () => {
  for (let i = 0; i < 3; i += 1) globalThis.gc?.();
  process.send?.(process.memoryUsage());
});

const kind = process.argv[2];
if (kind === "node") node();
else if (kind === "protocol") await run(protocol());
else if (kind === "streams") await run(streams());
else throw new Error(`there is no echo server "${kind}"`);
