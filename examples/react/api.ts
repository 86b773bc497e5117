/**
 * The server of the pages: a search that takes its time, and a file that comes slowly. For `vite` and `vite preview`.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { Connect, Plugin } from "vite";

const functions: readonly (readonly [name: string, what: string])[] = [
  ["createTask", "runs a coroutine in the background"],
  ["gather", "waits for several at once"],
  ["TaskGroup", "owns its tasks"],
  ["timeout", "ends a block in time"],
  ["Queue", "hands items from task to task"],
  ["PriorityQueue", "the smallest item first"],
  ["LifoQueue", "the last item first"],
  ["Lock", "one task at a time"],
  ["Semaphore", "some tasks at a time"],
  ["Event", "wakes all that wait"],
  ["Condition", "waits for a state"],
  ["sleep", "lets time pass"],
  ["shield", "keeps a cancellation off"],
  ["asCompleted", "results as they come"],
];
const FILE = { chunks: 40, chunk: 250_000, delay: 50 }; // 10 MB in 2 s

/** What has become of the requests: `"search task: answered"`, `"file: client gone"`. `/api/log` tells, for tests. */
const log: string[] = [];

export function api(): Plugin {
  const use = (server: { middlewares: Connect.Server }) => void server.middlewares.use(answer);
  return { name: "api", configureServer: use, configurePreviewServer: use };
}

function answer(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  if (pathname === "/api/log") return void response.end(JSON.stringify(log.splice(0)));
  const gone = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  const answering = answerTo(pathname, searchParams, response, gone.signal);
  if (answering === null) return next();
  const name = pathname === "/api/search" ? `search ${searchParams.get("q")}` : "file";
  answering.then(
    () => log.push(`${name}: answered`),
    () => log.push(`${name}: client gone`),
  );
}

function answerTo(path: string, query: URLSearchParams, response: ServerResponse, signal: AbortSignal) {
  if (path === "/api/search") return search(query.get("q") ?? "", response, signal);
  return path === "/api/file" ? file(response, signal) : null;
}

async function search(text: string, response: ServerResponse, signal: AbortSignal): Promise<void> {
  await wait(text.length < 3 ? 1500 : 150, null, { signal });
  if (text === "fail") response.statusCode = 503;
  const found = functions.filter(([name]) => name.toLowerCase().includes(text.toLowerCase()));
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(found.map(([name, what]) => ({ name, what }))));
}

async function file(response: ServerResponse, signal: AbortSignal): Promise<void> {
  response.setHeader("content-length", FILE.chunks * FILE.chunk);
  for (let i = 0; i < FILE.chunks; i++) {
    response.write(Buffer.alloc(FILE.chunk, i));
    await wait(FILE.delay, null, { signal });
  }
  response.end();
}
