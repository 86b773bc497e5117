/** The server that all clients of a sample ask: /BYTES answers that many. Raw node:http; prints its port. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const bodies = new Map<string, Buffer>();

function bodyOf(url: string): Buffer {
  const known = bodies.get(url);
  if (known !== undefined) return known;
  const body = Buffer.from(JSON.stringify({ text: "x".repeat(Number(url.slice(1))) }));
  bodies.set(url, body);
  return body;
}

const server = createServer((request, response) => {
  const body = bodyOf(request.url ?? "/0");
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
