/** WebSockets on an HTTP server: what `websockets.serve` does on a port of its own. */

import { type OptionNames, ownOptions } from "../../base/checks.ts";
import { describe } from "../../base/describe.ts";
import { lazyOf } from "../../base/lazy.ts";
import { thenable } from "../../kernel/coroutines.ts";
import { currentLoop } from "../../kernel/future.ts";
import type { Coroutine } from "../../kernel/protocol.ts";
import { CONNECTION_OPTIONS, type ConnectionOptions, settingsOf } from "../options.ts";
import { loadWs } from "./library.ts";
import { checkOrigins, type Origins } from "./origins.ts";
import type { WebServer } from "./upgrades.ts";
import { type Handler, type ProcessRequest, WebSocketServer } from "./webSocketServer.ts";

/** Options of `acceptWebSockets`. */
export interface AcceptOptions extends ConnectionOptions {
  /** The path of the URL, `"/chat"`; other requests are left to other listeners, or get a 404. All paths by default. */
  path?: string | null;
  /**
   * Which pages may connect: their origins, `["https://example.org"]`, or regular expressions that match the whole of
   * one, or `"*"`. By default those of the host that they connect to. A request without `Origin` is no browser's, and
   * is accepted.
   */
  origins?: Origins | null;
  /** Called before the handshake: returns a `Response` that refuses the request, for example with 401, or null. */
  processRequest?: ProcessRequest | null;
  /**
   * `"deflate"` compresses messages, where the client does too: that costs both sides time and memory. Null by default.
   */
  compression?: "deflate" | null;
}

const OPTIONS: OptionNames<AcceptOptions> = {
  ...CONNECTION_OPTIONS,
  path: true,
  origins: true,
  processRequest: true,
  compression: true,
};

/**
 * Accepts WebSockets on an HTTP server, which goes on answering other requests. `handler(connection)` runs as a task
 * for each:
 *
 *     await using sockets = await acceptWebSockets(server, async (connection) => {
 *       for await (const message of connection) await connection.send(message);
 *     });
 *
 * When the handler ends the connection is closed with code 1000; with 1011 when it throws, which is reported, unless
 * that is the end of its own connection; with 1001 when it is cancelled. Leaving the block closes all connections, and
 * waits for the handlers.
 *
 * @throws RuntimeError if the package ws is not installed.
 */
export const acceptWebSockets = /* @__PURE__ */ thenable(function* acceptWebSockets(
  server: WebServer,
  handler: Handler,
  options?: AcceptOptions | null,
): Coroutine<WebSocketServer> {
  const own = ownOptions("acceptWebSockets", options, OPTIONS);
  if (typeof handler !== "function") {
    throw new TypeError(`acceptWebSockets expects a function that handles a connection, got ${describe(handler)}`);
  }
  const { path = null, processRequest = null, compression = null } = own;
  if (path !== null && (typeof path !== "string" || !path.startsWith("/"))) {
    throw new TypeError(`path must be a string such as "/chat", got ${describe(path)}`);
  }
  if (processRequest !== null && typeof processRequest !== "function") {
    throw new TypeError(`processRequest must be a function, got ${describe(processRequest)}`);
  }
  const plan = {
    handler: lazyOf(handler),
    path,
    origins: checkOrigins(own.origins),
    processRequest: lazyOf(processRequest),
    compression,
    settings: settingsOf(own, true),
  };
  const loop = currentLoop();
  return new WebSocketServer(loop, server, plan, yield* loadWs("acceptWebSockets"));
});
