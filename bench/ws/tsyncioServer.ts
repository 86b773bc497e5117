"use tsyncio";
/** The server of tsyncio, in native syntax: prints its port. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { run } from "tsyncio";
import { acceptWebSockets, broadcast } from "tsyncio/websocket";

async function main(): Promise<void> {
  const server = createServer();
  await acceptWebSockets(
    server,
    async (connection) => {
      for await (const message of connection) await connection.send(message);
    },
    { path: "/echo" },
  );
  const news = await acceptWebSockets(
    server,
    async (connection) => {
      for await (const message of connection) broadcast(news.connections, message);
    },
    { path: "/broadcast" },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  console.log((server.address() as AddressInfo).port);
  await once(server, "close");
}

await run(main());
