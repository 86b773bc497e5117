/** Starting a server. */

import type { ServerRequest } from "srvx";
import { RuntimeError } from "../base/errors.ts";
import { fromPromise } from "../interop/fromPromise.ts";
import { thenable } from "../kernel/coroutines.ts";
import { currentLoop } from "../kernel/future.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { type Handler, lazyHandler } from "./handler.ts";
import { checkServe, type HttpServerOptions, srvxOptions } from "./options.ts";
import { Requests } from "./requests.ts";
import { HttpServer } from "./server.ts";

/**
 * An HTTP server: `handler` gets each request, a web `Request`, and returns a web `Response`. A request is a task, with
 * its own copy of the caller's context and with the caller's `AsyncLocalStorage`:
 *
 *     const server = yield* serve(function* (request) {
 *       yield* sleep(0.1);
 *       return new Response("hello");
 *     }, { port: 8080 });
 *     yield* asyncWith(server, () => server.serveForever());
 *
 * An exception of the handler is answered with 500, without its text, and reported to the loop's exception handler. A
 * request is cancelled when its client leaves, if it is a GET, HEAD or OPTIONS: see `cancelOnDisconnect`.
 *
 * @throws OSError's like of Node (`code` EADDRINUSE, EACCES, …) if it cannot listen; RuntimeError without the package
 * srvx.
 */
export const serve = /* @__PURE__ */ thenable(function* serve(
  handler: Handler,
  options?: HttpServerOptions | null,
): Coroutine<HttpServer> {
  const lazy = lazyHandler<[ServerRequest], Response>(handler, "serve");
  const own = checkServe(options);
  const loop = currentLoop();
  loop._host.refuse?.("an HTTP server: call the handler itself");
  const { serve: listen } = yield* fromPromise(import("srvx").catch(missing));
  let server: HttpServer | null = null;
  const requests = new Requests(loop, lazy, own, () => server?.checkEnd());
  const { deno, fetch } = requests;
  const srvx = listen({ ...srvxOptions(own), ...(deno === null ? null : { deno: { signal: deno.signal } }), fetch });
  yield* fromPromise(Promise.resolve(srvx.serve()), { late: () => srvx.close(true) });
  server = new HttpServer(srvx, requests, own);
  return server;
});

function missing(error: { code?: string }): never {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  throw new RuntimeError("tsyncio/http-server needs the package srvx: npm install srvx", { cause: error });
}
