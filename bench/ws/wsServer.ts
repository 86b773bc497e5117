/** The same server over ws by hand, with the same conversion of text: prints its port. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

const server = createServer();
const sockets = new WebSocketServer({ noServer: true, maxPayload: 2 ** 20 });
const clients = new Set<WebSocket>();

server.on("upgrade", (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (ws) => {
    ws.on("error", () => {});
    if (request.url === "/echo") ws.on("message", (data, isBinary) => ws.send(isBinary ? data : data.toString()));
    else {
      clients.add(ws);
      ws.on("close", () => clients.delete(ws));
      ws.on("message", (data, isBinary) => {
        const message = isBinary ? data : data.toString();
        for (const client of clients) client.send(message);
      });
    }
  });
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
