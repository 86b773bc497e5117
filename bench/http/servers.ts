/** The servers of the workload `http`: servers.ts KIND. Each prints its port, then answers everything with "hello". */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import fastify from "fastify";
import { Hono } from "hono";
import { FastResponse, serve as srvx } from "srvx";
import { type Coroutine, fromPromise, run } from "tsyncio";
import { type Handler, serve, toHandler } from "tsyncio/http-server";

const ready = (port: number): void => console.log(port);
const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** srvx by hand, with the limit on bodies that ours has. */
async function byHand(handler: (request: Request) => Response | Promise<Response>): Promise<void> {
  const options = {
    port: 0,
    hostname: "127.0.0.1",
    silent: true,
    gracefulShutdown: false,
    maxRequestBodySize: 1 << 20,
  };
  const server = await srvx({ ...options, fetch: handler }).ready();
  ready(Number(new URL(server.url as string).port));
}

const ours = (handler: Handler): Promise<void> =>
  run(
    (function* () {
      const server = yield* serve(handler, { port: 0 });
      ready(server.port);
      yield* server.serveForever();
    })(),
  );

async function inFastify(handler: () => unknown): Promise<void> {
  const app = fastify();
  app.get("/", handler as () => Promise<string>);
  await app.listen({ port: 0, host: "127.0.0.1" });
  ready((app.server.address() as AddressInfo).port);
}

function listening(server: ReturnType<typeof createServer>): void {
  server.listen(0, "127.0.0.1", () => ready((server.address() as AddressInfo).port));
}

const kinds: Record<string, () => unknown> = {
  srvx: () => byHand(async () => new Response("hello")),
  serve: () =>
    ours(function* () {
      return new Response("hello");
    }),
  "srvx-fast": () => byHand(async () => new FastResponse("hello")),
  "serve-fast": () =>
    ours(function* () {
      return new FastResponse("hello");
    }),
  "srvx-await": () =>
    byHand(async () => {
      await later();
      return new FastResponse("hello");
    }),
  "serve-await": () =>
    ours(function* (): Coroutine<Response> {
      yield* fromPromise(later());
      return new FastResponse("hello");
    }),
  fastify: () => inFastify(async () => "hello"),
  "fastify-toHandler": () =>
    inFastify(
      toHandler(function* () {
        return "hello";
      }),
    ),
  "fastify-await": () =>
    inFastify(async () => {
      await later();
      return "hello";
    }),
  "fastify-toHandler-await": () =>
    inFastify(
      toHandler(function* () {
        yield* fromPromise(later());
        return "hello";
      }),
    ),
  node: () => listening(createServer((_request, response) => response.end("hello"))),
  hono: () => listening(createServer(getRequestListener(new Hono().get("/", (c) => c.text("hello")).fetch))),
};

const kind = kinds[process.argv[2] ?? ""];
if (kind === undefined) throw new Error(`there is no HTTP server "${process.argv[2]}"`);
await kind();
