// playground/dist on loopback, as hosts of static files serve it: compressed, and without headers of their own.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";

const dist = join(import.meta.dirname, "..", "dist");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };

/**
 * Calls `use({ url, requests, missing })`; `requests` gets the path and the compressed size of each answer. A file
 * whose name matches a pattern in `missing` is not found.
 */
export async function withServer(use) {
  const requests = [];
  const missing = new Set();
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    const name = path.endsWith("/") ? `${path}index.html` : path;
    try {
      if ([...missing].some((pattern) => pattern.test(name))) throw new Error(name);
      const body = gzipSync(await readFile(join(dist, name)));
      requests.push({ path, bytes: body.length });
      const type = TYPES[extname(name)] ?? "application/octet-stream";
      response.writeHead(200, { "Content-Type": type, "Content-Encoding": "gzip", "Content-Length": body.length });
      response.end(body);
    } catch {
      requests.push({ path, bytes: 0 });
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use({ url: `http://127.0.0.1:${server.address().port}/`, requests, missing });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
