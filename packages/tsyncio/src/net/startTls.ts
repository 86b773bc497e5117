/** TLS on a connection that was made without. */

import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type OptionNames, ownOptions } from "../base/checks.ts";
import { isCancelled, ValueError } from "../base/errors.ts";
import { thenable } from "../kernel/coroutines.ts";
import { currentLoop } from "../kernel/future.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { made } from "./connection.ts";
import { networkOf } from "./network.ts";
import { SSLError } from "./osErrors.ts";
import type { StreamProtocol, Transport } from "./protocols.ts";
import { SocketTransport } from "./socketTransport.ts";
import { clientSide, handshake, serverSide } from "./tlsHandshake.ts";
import {
  type ClientTls,
  HANDSHAKE_TIMEOUT,
  type ServerTls,
  SHUTDOWN_TIMEOUT,
  type TlsTimes,
  tlsTime,
} from "./tlsOptions.ts";
import { takeUnread } from "./unread.ts";

/** The options of `startTls`. */
export interface StartTlsOptions extends TlsTimes {
  /** This side is the server. */
  serverSide?: boolean;
  serverHostname?: string | null;
}

const START_TLS: OptionNames<StartTlsOptions> = {
  serverSide: true,
  serverHostname: true,
  sslHandshakeTimeout: true,
  sslShutdownTimeout: true,
};

/**
 * Goes on with TLS on a connection that was made without: `loop.start_tls`. Returns the transport to use from now on;
 * the old one must not be used. What a server has received and a `StreamReaderProtocol` has not read goes into the
 * handshake. On a client unread bytes are an `SSLError`: what came in the clear must not look as if it had come over
 * TLS. Throws as `createConnection` does, and closes the connection then; wrong arguments leave it as it is.
 */
export const startTls = /* @__PURE__ */ thenable(function* startTls(
  transport: Transport,
  protocol: StreamProtocol,
  ssl: ClientTls | ServerTls,
  options: StartTlsOptions = {},
): Coroutine<Transport> {
  const loop = currentLoop();
  const own = ownOptions("startTls", options, START_TLS);
  const seconds = tlsTime(own.sslHandshakeTimeout, "sslHandshakeTimeout", HANDSHAKE_TIMEOUT);
  const shutdownTimeout = tlsTime(own.sslShutdownTimeout, "sslShutdownTimeout", SHUTDOWN_TIMEOUT);
  const side = own.serverSide
    ? serverSide(ssl as ServerTls, seconds)
    : clientSide(ssl as ClientTls, own.serverHostname ?? null);
  if (!(transport instanceof SocketTransport)) {
    throw new TypeError(`transport ${transport} is not supported by startTls()`);
  }
  networkOf(loop)?.refuse("TLS");
  const released = transport.release();
  if (released === null) throw new ValueError(`startTls() of a transport that is closing: ${transport}`);
  const { socket, server, run, context } = released;
  let secured: TLSSocket;
  let failure: Error | null = null;
  let done = false;
  try {
    handUnread(socket, [takeUnread(protocol), ...released.unread], own.serverSide ?? false);
    secured = yield* handshake(loop, socket, side, seconds);
    done = true;
  } catch (error) {
    if (!isCancelled(error)) failure = error as Error;
    throw error;
  } finally {
    if (!done) {
      socket.destroy();
      transport.ending.upgradeFailed(failure);
    }
  }
  const extra = { sslcontext: ssl };
  return yield* made(loop, secured, protocol, { shutdownTimeout, server, run, context, replaces: transport, extra });
});

/** Throws `SSLError` on a client: what came in the clear must not be read as if it had come over TLS. */
function handUnread(socket: Socket, unread: readonly Uint8Array[], server: boolean): void {
  const size = unread.reduce((sum, chunk) => sum + chunk.length, socket.readableLength);
  if (size > 0 && !server) throw new SSLError(`startTls(): ${size} bytes that came before TLS are unread`);
  for (const chunk of [...unread].reverse()) if (chunk.length > 0) socket.unshift(chunk);
}
