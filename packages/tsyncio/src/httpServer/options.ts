/** The options of `serve`. */

import type { ServerOptions } from "srvx";
import { DEV } from "#dev";
import { checkType, type OptionNames, ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import { checkSeconds } from "../tasks/timeouts.ts";
import { type CancelOnDisconnect, checkCancelOnDisconnect } from "./disconnect.ts";

/** Options of `serve`. */
export interface HttpServerOptions {
  /** Defaults to 127.0.0.1: only this machine can connect. "0.0.0.0" and "::" are all addresses. */
  hostname?: string;
  /** Defaults to 8080. 0 lets the system choose: `server.port` says what. */
  port?: number;
  /** Which requests are cancelled when their client leaves. Defaults to "safe": GET, HEAD and OPTIONS. */
  cancelOnDisconnect?: CancelOnDisconnect;
  /** The headers of a request, in bytes. More is answered with 431. Defaults to 16 KiB. Node only. */
  maxHeaderSize?: number;
  /** The body of a request, in bytes. More is answered with 413. Defaults to 1 MiB; Infinity is no limit. */
  maxBodySize?: number;
  /**
   * Seconds that a client has to send the headers of a request, then 408. Defaults to 10; Infinity is no limit. Node
   * only.
   */
  headersTimeout?: number;
  /** Seconds that a client has to send a whole request, then 408. Defaults to 300; Infinity is no limit. Node only. */
  requestTimeout?: number;
  /** Seconds that `shutdown()` waits for requests before it cancels them. Defaults to 5. */
  grace?: number;
  /** HTTPS: certificate and key as PEM texts, or the paths of their files. */
  tls?: { cert: string; key: string; passphrase?: string };
  /** Several processes share the port; the system spreads the connections. */
  reusePort?: boolean;
  /**
   * Whose `X-Forwarded-…` headers decide `request.url` and `request.ip`: see srvx. Defaults to false: those of no
   * proxy.
   */
  trustProxy?: boolean | "loopback" | string[];
}

const NAMES: OptionNames<HttpServerOptions> = {
  hostname: true,
  port: true,
  cancelOnDisconnect: true,
  maxHeaderSize: true,
  maxBodySize: true,
  headersTimeout: true,
  requestTimeout: true,
  grace: true,
  tls: true,
  reusePort: true,
  trustProxy: true,
};

export type CheckedOptions = ReturnType<typeof checkServe>;

export function checkServe(given: HttpServerOptions | null | undefined) {
  const own = ownOptions("serve", given, NAMES);
  const options = {
    hostname: own.hostname || "127.0.0.1", // of an empty one Node would make all addresses
    port: own.port ?? 8080,
    cancelOnDisconnect: own.cancelOnDisconnect ?? "safe",
    maxHeaderSize: own.maxHeaderSize ?? 16 * 1024,
    maxBodySize: own.maxBodySize ?? 1024 * 1024,
    headersTimeout: own.headersTimeout ?? 10,
    requestTimeout: own.requestTimeout ?? 300,
    grace: own.grace ?? 5,
    tls: own.tls ?? null,
    reusePort: own.reusePort ?? false,
    trustProxy: own.trustProxy ?? false,
  };
  if (DEV) checkValues(options);
  return options;
}

function checkValues(
  options: Required<Omit<HttpServerOptions, "tls">> & { tls: NonNullable<HttpServerOptions["tls"]> | null },
): void {
  const { hostname, port, maxHeaderSize, maxBodySize, headersTimeout, requestTimeout, grace, tls } = options;
  if (typeof hostname !== "string") throw new TypeError(`hostname must be a string, got ${describe(hostname)}`);
  checkType(port, "number", "port must be a number");
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new ValueError(`port must be a whole number from 0 to 65535, got ${port}`);
  }
  checkCancelOnDisconnect(options.cancelOnDisconnect);
  checkBytes(maxHeaderSize, "maxHeaderSize");
  checkBytes(maxBodySize, "maxBodySize");
  checkSeconds(headersTimeout, "headersTimeout");
  checkSeconds(requestTimeout, "requestTimeout");
  checkSeconds(grace, "grace");
  if (tls !== null) checkTls(tls);
  if (typeof options.reusePort !== "boolean") {
    throw new TypeError(`reusePort must be true or false, got ${describe(options.reusePort)}`);
  }
  checkTrustProxy(options.trustProxy);
}

/** An empty text would be no TLS at all: srvx takes it for one that is not given. */
function checkTls({ cert, key, passphrase }: NonNullable<HttpServerOptions["tls"]>): void {
  const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
  if (!isText(cert) || !isText(key)) {
    throw new TypeError("tls must be { cert, key }, PEM texts or the paths of their files");
  }
  if (passphrase !== undefined && typeof passphrase !== "string")
    throw new TypeError("tls.passphrase must be a string");
}

/** In a string srvx would look for the address of the client as a part of it. */
function checkTrustProxy(value: unknown): void {
  if (typeof value === "boolean" || value === "loopback") return;
  if (Array.isArray(value) && value.every((address) => typeof address === "string")) return;
  throw new TypeError(`trustProxy must be true, false, "loopback" or an array of addresses, got ${describe(value)}`);
}

function checkBytes(size: unknown, name: string): void {
  checkType(size, "number", `${name} must be a number of bytes`);
  if (!((size as number) >= 0)) throw new ValueError(`${name} must be 0 bytes or more, got ${size}`);
}

/** What srvx and Node are given. The signals of the process are the program's, and the console too. */
export function srvxOptions(options: CheckedOptions): Omit<ServerOptions, "fetch"> {
  const { hostname, port, tls, reusePort, trustProxy, maxBodySize, headersTimeout, requestTimeout } = options;
  const first = Math.min(headersTimeout, requestTimeout);
  return {
    hostname,
    port,
    reusePort,
    trustProxy,
    manual: true,
    silent: true,
    gracefulShutdown: false,
    ...(tls === null ? null : { tls }),
    ...(maxBodySize === Number.POSITIVE_INFINITY ? null : { maxRequestBodySize: maxBodySize }),
    node: {
      http2: false,
      maxHeaderSize: Math.min(options.maxHeaderSize, 2 ** 31 - 1),
      headersTimeout: milliseconds(first),
      requestTimeout: milliseconds(requestTimeout),
      ...(tls === null ? null : { handshakeTimeout: milliseconds(first) }),
      // Node looks for those that are late twice a minute, which is later than the headers may be.
      connectionsCheckingInterval: Math.max(50, Math.min(2000, first * 200)),
    },
  };
}

/** For Node 0 is no limit. */
function milliseconds(seconds: number): number {
  return seconds === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.min(Math.ceil(seconds * 1000), 2 ** 31 - 1));
}
