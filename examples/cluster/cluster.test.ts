// The examples on `connection: "embedded"`: by one command, without a server.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "tsyncio";
import { afterAll, beforeAll, expect, it } from "vitest";
import { crawl } from "./crawl.ts";
import { hashFolder } from "./hashFolder.ts";

const folder = mkdtempSync(join(tmpdir(), "tsyncio-hash-folder-"));
let server: Server;
let url = "";

beforeAll(async () => {
  server = createServer((request, response) => {
    const number = Number((request.url ?? "").slice(1));
    if (!(number < 12)) return void response.writeHead(404).end("no such page");
    const links = [number + 1, number * 2].map((next) => `<a href="/${next}">page ${next}</a>`);
    const html = `<title>Page ${number}</title><script>let hidden;</script><p>${"word ".repeat(number)}${links.join(" ")}</p>`;
    response.setHeader("content-type", "text/html; charset=utf-8").end(html);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

it("hashFolder: the hash of every file, and a bar that goes up to the end", async () => {
  mkdirSync(join(folder, "inner"));
  const contents = { "a.bin": 0, "b.bin": 3_500_000, "inner/c.bin": 10 };
  for (const [name, size] of Object.entries(contents)) writeFileSync(join(folder, name), Buffer.alloc(size, name));
  const shares: number[] = [];
  const hashes = await run(hashFolder(folder, "embedded", (share) => shares.push(share)));
  const expected = Object.entries(contents).map(([name, size]) => {
    return [name, createHash("sha256").update(Buffer.alloc(size, name)).digest("hex")];
  });
  expect([...hashes].sort()).toEqual(expected);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

it("crawl: every page once, parsed by a worker; what is no page is left out", async () => {
  const pages = await run(crawl(`${url}1`, "embedded"));
  expect([...pages.keys()].sort()).toEqual(Array.from({ length: 11 }, (_, n) => `${url}${n + 1}`).sort());
  expect(pages.get(`${url}3`)).toEqual({ title: "Page 3", words: 2 + 3 + 4, links: [`${url}4`, `${url}6`] });
});
