/** `connect` over ws; in Bun and Deno over the platform's WebSocket. */

import type { ConnectionOptions as TlsOptions } from "node:tls";
import { type OptionNames, ownOptions } from "../../base/checks.ts";
import { RuntimeError } from "../../base/errors.ts";
import { currentLoop } from "../../kernel/future.ts";
import type { EventLoop } from "../../kernel/loop.ts";
import type { Coroutine } from "../../kernel/protocol.ts";
import { fromSystemError } from "../../net/systemErrors.ts";
import type { Channel } from "../channel.ts";
import { Connecting } from "../connecting.ts";
import { Connection } from "../connection.ts";
import { InvalidHandshake, InvalidStatus } from "../errors.ts";
import { handshake, type Target, targetOf } from "../handshake.ts";
import { CONNECTION_OPTIONS, type ConnectionOptions, settingsOf } from "../options.ts";
import { connectByPlatform } from "../platform.ts";
import { loadWs } from "./library.ts";
import { milliseconds, WsWire } from "./wsWire.ts";

/** Options of `connect`. */
export interface ConnectOptions extends ConnectionOptions {
  /** Headers of the opening handshake: `{ authorization: "Bearer …" }`. Node only. */
  headers?: Readonly<Record<string, string>>;
  /** The header `Origin`, which servers that are meant for browsers check. None by default. Node only. */
  origin?: string;
  /** For `wss:`, the options of node:tls: `{ ca }`. Node only. */
  ssl?: TlsOptions;
  /**
   * `"deflate"` compresses messages, where the server does too: that costs both sides time and memory. Null by default.
   * Node only.
   */
  compression?: "deflate" | null;
}

const NODE_ONLY = { headers: true, origin: true, ssl: true, compression: true } as const;
const OPTIONS: OptionNames<ConnectOptions> = { ...CONNECTION_OPTIONS, ...NODE_ONLY };

/**
 * Connects to a server, and returns a `Connection`: `websockets.connect`.
 *
 *     await using connection = await connect("ws://127.0.0.1:8080/chat");
 *     await connection.send("hello");
 *     const answer = await connection.recv();
 *
 * `asyncWith(connect(url), function* (connection) { … })` is `async with connect(url) as connection`. Cancelled, it
 * leaves no socket.
 *
 * @throws InvalidURI for what is no `ws:` or `wss:` URL.
 * @throws InvalidStatus if the server answers with another status than 101, a redirect for example.
 * @throws InvalidHandshake if its answer is no WebSocket's; in browsers, Bun and Deno for whatever fails.
 * @throws TimeoutError after `openTimeout` seconds.
 * @throws OSError if there is no connection: a `ConnectionRefusedError`, a `gaierror` for an unknown host.
 */
export function connect(url: string | URL, options?: ConnectOptions | null): Connecting {
  return new Connecting(connecting(url, options));
}

function* connecting(url: string | URL, options: ConnectOptions | null | undefined): Coroutine<Connection> {
  const own = ownOptions("connect", options, OPTIONS);
  const usesPlatform = "Bun" in globalThis || "Deno" in globalThis;
  const target = targetOf(url, settingsOf(own, !usesPlatform));
  const loop = currentLoop();
  if (!usesPlatform) return new Connection(yield* connectByWs(loop, target, own));
  for (const name of Object.keys(NODE_ONLY)) {
    if (own[name as keyof ConnectOptions] != null) throw new RuntimeError(`the option ${name} of connect is for Node`);
  }
  return new Connection(yield* connectByPlatform(loop, target));
}

function* connectByWs(loop: EventLoop, target: Target, options: ConnectOptions): Coroutine<Channel> {
  const { WebSocket } = yield* loadWs("connect");
  const { headers = {}, origin, ssl = {}, compression = null } = options;
  const { maxPayload, subprotocols, closeTimeout } = target.settings;
  return yield* handshake(loop, target, (outcome) => {
    const ws = new WebSocket(target.url, [...subprotocols], {
      ...ssl,
      headers: { ...headers },
      ...(origin === undefined ? {} : { origin }),
      maxPayload,
      perMessageDeflate: compression === "deflate",
      closeTimeout: milliseconds(closeTimeout),
    } as object);
    ws.on("open", () => outcome.opened((listener) => new WsWire(ws, listener, null)));
    ws.on("unexpected-response", (_request, response) => {
      outcome.failed(new InvalidStatus(response.statusCode ?? 0));
      response.resume();
    });
    ws.on("error", (error) => outcome.failed(asHandshakeError(error, target.place)));
    return () => ws.terminate();
  });
}

/** An error of the system by its class; all others are about the answer of the server. */
function asHandshakeError(error: Error, place: string): Error {
  const { code, errors } = error as { code?: unknown; errors?: readonly Error[] };
  if (typeof code !== "string" || code.startsWith("HPE_") || code.startsWith("WS_ERR_")) {
    return new InvalidHandshake(`no WebSocket connection to ${place}: ${error.message}`, { cause: error });
  }
  // A host with several addresses: Node's error has no message of its own.
  if (error.message === "" && errors !== undefined) error.message = errors.map(({ message }) => message).join("; ");
  return fromSystemError(error);
}
