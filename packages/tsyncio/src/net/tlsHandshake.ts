/** TLS over a socket that is connected. */

import { isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect, createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { describe } from "../kernel/describe.ts";
import { ValueError } from "../kernel/errors.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { callLater } from "../tasks/sleep.ts";
import { checkSeconds } from "../tasks/timeouts.ts";
import { fromSystemError } from "./netErrors.ts";
import { ConnectionAbortedError, ConnectionResetError } from "./osErrors.ts";
import { endByError, ignoreError } from "./socketEvents.ts";

/** Seconds. */
export const HANDSHAKE_TIMEOUT = 60;
/** Seconds. */
export const SHUTDOWN_TIMEOUT = 30;

/** How long TLS may take. */
export interface TlsTimes {
  /** Seconds; 60 without it. */
  sslHandshakeTimeout?: number | null;
  /** Seconds; 30 without it. */
  sslShutdownTimeout?: number | null;
}

/** `true`, or Node's options. The server's certificate is verified unless `rejectUnauthorized: false` is given. */
export type ClientTls = boolean | ConnectionOptions;
/** Node's options: at least a certificate and its key. */
export type ServerTls = TlsOptions;

/** A time of TLS in seconds. Throws `ValueError` unless it is positive. */
export function tlsTime(given: number | null | undefined, name: string, otherwise: number): number {
  if (given === undefined || given === null) return otherwise;
  checkSeconds(given, name);
  if (given <= 0) throw new ValueError(`${name} should be a positive number, got ${given}`);
  return given;
}

/**
 * The client's side. Takes the socket over: destroys it, if the handshake fails or is cancelled. Throws
 * `SSLCertVerificationError` for a certificate that is not to be trusted, `SSLError` for other failures of TLS,
 * `ConnectionAbortedError` after `seconds`. An empty `hostname` is not checked, as in asyncio.
 */
export function clientHandshake(
  loop: EventLoop,
  socket: Socket,
  ssl: ClientTls,
  hostname: string,
  seconds: number,
): Coroutine<TLSSocket> {
  const given = typeof ssl === "boolean" ? {} : ssl;
  const options: ConnectionOptions = { ...given, socket, rejectUnauthorized: given.rejectUnauthorized ?? true };
  if (hostname === "") options.checkServerIdentity = () => undefined;
  else {
    options.host = hostname;
    // The name that is sent. An address is not sent, but checked.
    options.servername ??= isIP(hostname) === 0 ? hostname : "";
  }
  return handshake(loop, socket, seconds, (waiter) => {
    const secured = connect(options);
    secured.once("secureConnect", () => settle(waiter, secured));
    secured.once("error", (error) => failed(waiter, error));
    secured.once("close", () => failed(waiter, new ConnectionResetError("the connection was closed in the handshake")));
    return secured;
  });
}

/** The server's side, the same way. */
export function serverHandshake(
  loop: EventLoop,
  socket: Socket,
  ssl: ServerTls,
  seconds: number,
): Coroutine<TLSSocket> {
  return handshake(loop, socket, seconds, (waiter) => {
    const server = createServer(serverOptions(ssl, seconds));
    socket.allowHalfOpen = false;
    server.once("secureConnection", (secured) => settle(waiter, secured));
    server.once("tlsClientError", (error) => failed(waiter, error));
    socket.once("close", () => failed(waiter, new ConnectionResetError("the connection was closed in the handshake")));
    server.emit("connection", socket);
    return socket;
  });
}

/**
 * What a server of node:tls needs beside the user's options. A socket that stays half open would never end a handshake
 * that its client has left.
 */
export function serverOptions(ssl: ServerTls, seconds: number): TlsOptions {
  if (typeof ssl !== "object" || ssl === null) {
    throw new TypeError(`a server's ssl is an object such as { cert, key }, got ${describe(ssl)}`);
  }
  return { ...ssl, handshakeTimeout: Math.ceil(seconds * 1000), pauseOnConnect: true, allowHalfOpen: false };
}

function* handshake(
  loop: EventLoop,
  socket: Socket,
  seconds: number,
  begin: (waiter: Future<TLSSocket>) => Socket,
): Coroutine<TLSSocket> {
  const owner: WaitOwner = { describeWait: () => "a TLS handshake" };
  const waiter = createWaiter<TLSSocket>(loop, owner);
  const message = `SSL handshake is taking longer than ${seconds} seconds: aborting the connection`;
  const timer = callLater(loop, seconds, () => failed(waiter, new ConnectionAbortedError(message)));
  socket.on("error", ignoreError);
  let made: Socket = socket;
  let done = false;
  try {
    made = begin(waiter);
    const secured = yield* waiter;
    done = true;
    return secured;
  } finally {
    timer.cancel();
    made.on("error", ignoreError);
    if (!done) {
      if (waiter.done() && !waiter.cancelled() && waiter.exception() === null) waiter.result().destroy();
      made.destroy();
      socket.destroy();
    }
  }
}

function settle(waiter: Future<TLSSocket>, secured: TLSSocket): void {
  secured.pause();
  secured.on("error", endByError);
  if (waiter.done()) secured.destroy();
  else waiter.setResult(secured);
}

function failed(waiter: Future<TLSSocket>, error: Error): void {
  if (!waiter.done()) waiter.setException(fromSystemError(error));
}
