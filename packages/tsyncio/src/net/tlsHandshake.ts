/** TLS over a socket that is connected. */

import type { Socket } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import { withoutPrototype } from "../base/checks.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { callLater } from "../tasks/sleep.ts";
import { Deferred } from "./deferred.ts";
import { leftoversOf } from "./leftovers.ts";
import { ConnectionAbortedError, ConnectionResetError } from "./osErrors.ts";
import { endByError, ignoreError } from "./socketEvents.ts";
import { type ClientTls, clientOptions, readable, type ServerTls, serverOptions } from "./tlsOptions.ts";

/** One side of TLS, made and checked before a connection is touched. */
export interface TlsSide {
  /** Begins the handshake, and returns the socket that ends with it. */
  begin(socket: Socket, secure: Deferred<TLSSocket>): Socket;
}

/** The client's side. See `clientOptions`. */
export function clientSide(ssl: ClientTls, serverHostname: string | null, host: string | null = null): TlsSide {
  const options = clientOptions(ssl, serverHostname, host);
  return {
    begin(socket, secure) {
      const secured = connect(Object.assign(withoutPrototype(options), { socket }));
      secured.once("secureConnect", () => succeed(secure, secured));
      secured.once("error", secure.reject);
      secured.once("close", () => secure.reject(closedEarly()));
      return secured;
    },
  };
}

/** The server's side. Its options are read here: what is wrong with them is thrown here. */
export function serverSide(ssl: ServerTls, seconds: number): TlsSide {
  const options = serverOptions(ssl, seconds);
  const server = readable(() => createServer(options));
  return {
    begin(socket, secure) {
      socket.allowHalfOpen = false;
      server.once("secureConnection", (secured) => succeed(secure, secured));
      server.once("tlsClientError", secure.reject);
      socket.once("close", () => secure.reject(closedEarly()));
      server.emit("connection", socket);
      return socket;
    },
  };
}

/**
 * Takes the socket over: destroys it, if the handshake fails or is cancelled. Throws `SSLCertVerificationError` for a
 * certificate that is not to be trusted, `SSLError` for other failures of TLS, `ConnectionAbortedError` after
 * `seconds`.
 */
export function* handshake(loop: EventLoop, socket: Socket, side: TlsSide, seconds: number): Coroutine<TLSSocket> {
  const secure = new Deferred<TLSSocket>(loop, "a TLS handshake");
  const message = `SSL handshake is taking longer than ${seconds} seconds: aborting the connection`;
  const timer = callLater(loop, seconds, () => secure.reject(new ConnectionAbortedError(message)));
  const leftover = { _loopClosed: () => void socket.destroy() };
  leftoversOf(loop).add(leftover);
  socket.on("error", ignoreError);
  let made: Socket = socket;
  let done = false;
  try {
    made = side.begin(socket, secure);
    const secured = yield* secure.future;
    done = true;
    return secured;
  } finally {
    timer.cancel();
    leftoversOf(loop).delete(leftover);
    made.on("error", ignoreError);
    if (!done) {
      const { future } = secure;
      if (future.done() && !future.cancelled() && future.exception() === null) future.result().destroy();
      made.destroy();
      socket.destroy();
    }
  }
}

function succeed(secure: Deferred<TLSSocket>, secured: TLSSocket): void {
  secured.pause();
  secured.on("error", endByError);
  if (secure.future.done()) secured.destroy();
  else secure.resolve(secured);
}

function closedEarly(): Error {
  return new ConnectionResetError("the connection was closed in the handshake", { code: "ECONNRESET" });
}
