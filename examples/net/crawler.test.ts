// The crawler, on a site that is served here: to its end, and interrupted in the middle.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const npmStart = fileURLToPath(new URL("../../scripts/start.mjs", import.meta.url));
/** /0 to /39, each with links to the next two; some pages are special. */
const PAGES = 40;
let server: Server;
let url: string;
let asked: string[] = [];
/** What the page /slow waits for. */
let atSlow = (): void => {};

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const page = (body: string) => response.setHeader("content-type", "text/html; charset=utf-8").end(body);
    const number = Number(path.slice(1));
    if (path === "/slow") return void atSlow();
    if (path === "/reset") return void request.socket.destroy();
    if (path === "/file") return void response.write("a file without an end, and no page");
    if (path === "/busy" && asked.filter((one) => one === path).length < 3) {
      return void response.writeHead(503, { "retry-after": "0" }).end();
    }
    if (path === "/busy") return void page("<p>no links</p>");
    if (!(number < PAGES)) return void response.writeHead(404).end("no such page");
    const links = [number + 1, number + 2].map((next) => `<a class="x" href="/${next}">next</a>`);
    if (number === 5)
      links.push('<a href="file#part">file</a> <a href="/busy">busy</a> <a href="http://elsewhere.invalid/">out</a>');
    if (number === 7) links.push('<a href="/reset">reset</a>');
    if (number === 9 && slow) links.push('<a href="/slow">slow</a>');
    page(links.join("\n"));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
let slow = false;

/** What `npm start` adds. */
const LAST =
  "\nIts source is examples/net/crawler.ts. Next: npm start -- fetcher; npm start -- --help lists all examples.\n";

async function crawl(
  signal?: (child: ChildProcess) => void,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  asked = [];
  const child = spawn(process.execPath, [npmStart, "net/crawler", `${url}0`], { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  signal?.(child);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

it("finds every page once, tries again what is busy, and tells which links are dead", async () => {
  const { code, stdout, stderr } = await crawl();
  expect([code, stderr]).toEqual([0, LAST]);
  expect(stdout.split("\n")).toEqual([
    `${PAGES + 2} pages, 3 dead links`,
    `  ${url}40: GET ${url}40: 404 Not Found`,
    `  ${url}41: GET ${url}41: 404 Not Found`,
    `  ${url}reset: GET ${url}reset: the server has closed the connection before its answer`,
    "",
  ]);
  expect(asked.filter((path) => path === "/busy")).toHaveLength(3);
  expect(asked.filter((path) => path === "/reset")).toHaveLength(3);
  expect(asked.filter((path) => path === "/20")).toHaveLength(1);
});

it("at Ctrl-C prints what it has found, and no stack", async () => {
  slow = true;
  const { code, stdout, stderr } = await crawl((child) => {
    // All others are done when they are quiet: it waits for this page alone.
    atSlow = () => void untilAsked(PAGES + 2).then(() => child.kill("SIGINT"));
  });
  slow = false;
  expect(stderr).toBe(LAST);
  expect(code).toBe(130);
  expect(stdout).toMatch(/^interrupted: \d+ pages, \d dead links\n/);
  expect(Number(/\d+/.exec(stdout)?.[0])).toBeGreaterThan(10);
});

async function untilAsked(count: number): Promise<void> {
  while (new Set(asked).size < count) await new Promise((resolve) => setTimeout(resolve, 5));
}
