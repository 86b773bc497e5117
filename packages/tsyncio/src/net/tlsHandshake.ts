/** TLS over a socket that is connected. */

import type { Socket } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import { withoutPrototype } from "../base/checks.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { callLater } from "../tasks/sleep.ts";
import { leftoversOf } from "./leftovers.ts";
import { ConnectionAbortedError, ConnectionResetError } from "./osErrors.ts";
import { endByError, ignoreError } from "./socketEvents.ts";
import { fromSystemError } from "./systemErrors.ts";
import { type ClientTls, clientOptions, readable, type ServerTls, serverOptions } from "./tlsOptions.ts";

/** One side of TLS, made and checked before a connection is touched. */
export interface TlsSide {
  /** Begins the handshake, and gives the socket that ends with it. */
  begin(socket: Socket, waiter: Future<TLSSocket>): Socket;
}

/** The client's side. See `clientOptions`. */
export function clientSide(ssl: ClientTls, serverHostname: string | null, host: string | null = null): TlsSide {
  const options = clientOptions(ssl, serverHostname, host);
  return {
    begin(socket, waiter) {
      const secured = connect(Object.assign(withoutPrototype(options), { socket }));
      secured.once("secureConnect", () => settle(waiter, secured));
      secured.once("error", (error) => failed(waiter, error));
      secured.once("close", () => failed(waiter, closedEarly()));
      return secured;
    },
  };
}

/** The server's side. Its options are read here: what is wrong with them is thrown here. */
export function serverSide(ssl: ServerTls, seconds: number): TlsSide {
  const options = serverOptions(ssl, seconds);
  const server = readable(() => createServer(options));
  return {
    begin(socket, waiter) {
      socket.allowHalfOpen = false;
      server.once("secureConnection", (secured) => settle(waiter, secured));
      server.once("tlsClientError", (error) => failed(waiter, error));
      socket.once("close", () => failed(waiter, closedEarly()));
      server.emit("connection", socket);
      return socket;
    },
  };
}

/**
 * Takes the socket over: destroys it, if the handshake fails or is cancelled. Throws `SSLCertVerificationError` for a
 * certificate that is not to be trusted, `SSLError` for other failures of TLS, `ConnectionAbortedError` after `seconds`.
 */
export function* handshake(loop: EventLoop, socket: Socket, side: TlsSide, seconds: number): Coroutine<TLSSocket> {
  const owner: WaitOwner = { describeWait: () => "a TLS handshake" };
  const waiter = createWaiter<TLSSocket>(loop, owner);
  const message = `SSL handshake is taking longer than ${seconds} seconds: aborting the connection`;
  const timer = callLater(loop, seconds, () => failed(waiter, new ConnectionAbortedError(message)));
  const leftover = { _loopClosed: () => void socket.destroy() };
  leftoversOf(loop).add(leftover);
  socket.on("error", ignoreError);
  let made: Socket = socket;
  let done = false;
  try {
    made = side.begin(socket, waiter);
    const secured = yield* waiter;
    done = true;
    return secured;
  } finally {
    timer.cancel();
    leftoversOf(loop).delete(leftover);
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

function closedEarly(): Error {
  return new ConnectionResetError("the connection was closed in the handshake", { code: "ECONNRESET" });
}
