/** What node:tls is given: checked, own properties only, before a connection is touched. */

import { isIP } from "node:net";
import { type ConnectionOptions, checkServerIdentity, createSecureContext, type TlsOptions } from "node:tls";
import { withoutPrototype } from "../base/checks.ts";
import { ValueError } from "../base/errors.ts";
import { checkSeconds } from "../tasks/timeouts.ts";
import { fromSystemError } from "./systemErrors.ts";

/** Seconds. */
export const HANDSHAKE_TIMEOUT = 60;
/** Seconds. */
export const SHUTDOWN_TIMEOUT = 30;
/** Longer times overflow the platform's timers, which then fire at once. */
const LONGEST_MILLISECONDS = 2 ** 31 - 1;

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
 * The options of a client that verifies `hostname`, in order: what the program names, `ssl.servername`, `host`. Throws
 * `ValueError` where certificates are verified and there is no name to verify, `SSLError` for keys and certificates
 * that cannot be read.
 */
export function clientOptions(ssl: ClientTls, serverHostname: string | null, host: string | null): ConnectionOptions {
  const given = typeof ssl === "boolean" ? ({} as ConnectionOptions) : checked(ssl, "true, or options such as { ca }");
  const own = withoutPrototype(given);
  const name = serverHostname ?? own.servername ?? host ?? "";
  const verifies = own.rejectUnauthorized !== false;
  if (name === "" && verifies && own.checkServerIdentity === undefined) {
    throw new ValueError(
      "check_hostname requires server_hostname: pass serverHostname, or turn the check of names off by " +
        "ssl: { checkServerIdentity: () => undefined }",
    );
  }
  const check = own.checkServerIdentity ?? (name === "" ? () => undefined : checkServerIdentity);
  own.rejectUnauthorized = verifies;
  own.checkServerIdentity = (_name, certificate) => check(name, certificate);
  // The name that is sent. An address is not sent, but checked.
  own.servername ??= isIP(name) === 0 ? name : "";
  own.secureContext ??= readable(() => createSecureContext(own));
  return own;
}

/** What a server of node:tls needs beside the program's options. */
export function serverOptions(ssl: ServerTls, seconds: number): TlsOptions {
  const own = withoutPrototype(checked(ssl, "options such as { cert, key }"));
  own.handshakeTimeout = Math.min(Math.ceil(seconds * 1000), LONGEST_MILLISECONDS);
  own.pauseOnConnect = true;
  // One that stays half open would never end a handshake that its client has left.
  own.allowHalfOpen = false;
  return own;
}

/** Runs what reads keys and certificates. Node's `TypeError` would show what it has got: a passphrase, for example. */
export function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TypeError)) throw fromSystemError(error);
    throw new TypeError(`ssl: ${error.message.replace(/\.? Received .*$/s, "")}`);
  }
}

function checked<O extends object>(ssl: O, expected: string): O {
  if (typeof ssl === "object" && ssl !== null && !Array.isArray(ssl) && !ArrayBuffer.isView(ssl)) return ssl;
  // The value may be a key.
  const got = ssl === null ? "null" : typeof ssl === "object" ? `a ${(ssl as object).constructor.name}` : typeof ssl;
  throw new TypeError(`ssl must be ${expected}, got ${got}`);
}
