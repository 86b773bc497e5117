/** Real servers for the tests of the client: node:http on Node, Bun and Deno. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Coroutine, fromPromise, sleep } from "tsyncio";
import { expect } from "vitest";

/** A server, and what is under way at it. */
export interface Site {
  readonly url: string;
  /** Requests that have come. */
  readonly asked: number;
  /** Requests whose answer is not at its end, and whose connection is open. */
  readonly open: number;
  readonly mostOpen: number;
  /** Answers that the client has not waited for. */
  readonly left: number;
}

/** Runs `body` beside a server on loopback; afterwards its connections are closed. */
export function* serving<T>(listener: RequestListener, body: (site: Site) => Coroutine<T>): Coroutine<T> {
  const site = { url: "", asked: 0, open: 0, mostOpen: 0, left: 0 };
  const server = createServer((request, response) => {
    site.asked++;
    site.mostOpen = Math.max(site.mostOpen, ++site.open);
    response.on("close", () => {
      site.open--;
      if (!response.writableFinished) site.left++;
    });
    listener(request, response);
  });
  yield* fromPromise(once(server.listen(0, "127.0.0.1"), "listening"));
  site.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    return yield* body(site);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** By the path: `routes["users"]` answers `/users?…`. */
export function routes(
  table: Record<string, (request: IncomingMessage, response: ServerResponse) => void>,
): RequestListener {
  return (request, response) => {
    const path = (request.url ?? "").split("?")[0]?.slice(1) ?? "";
    const route = table[path];
    if (route !== undefined) return route(request, response);
    response.statusCode = 404;
    response.end(`no ${path}`);
  };
}

/** Waits, in real time, for what the other side of a socket will see; half a minute at most. */
export function* until(condition: () => boolean): Coroutine<void> {
  for (let i = 0; i < 15_000 && !condition(); i++) yield* sleep(0.002);
  expect(condition()).toBe(true);
}
