/** The HTTP servers. They have a thread of their own, so that they do not disturb the client, nor Ctrl-C them. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { parentPort, workerData } from "node:worker_threads";
import { servers, treat } from "./plan.ts";

const { seed } = workerData as { seed: number };
const attempts = new Map<number, number>();

function serve(request: IncomingMessage, response: ServerResponse): void {
  const id = Number(request.url?.split("/").at(-1));
  const attempt = (attempts.get(id) ?? 0) + 1;
  attempts.set(id, attempt);
  const { delay, answer } = treat(seed, id, attempt);
  if (answer === "none") return;
  setTimeout(() => {
    if (answer === "reset") return void request.socket.resetAndDestroy();
    response.writeHead(answer === "ok" ? 200 : 500, { "content-type": "application/json" });
    response.end(JSON.stringify({ id, attempt }));
  }, delay * 1000);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

const ports: Record<string, number> = {};
for (const { name } of servers) ports[name] = await listen(createServer(serve));
parentPort?.postMessage(ports);
