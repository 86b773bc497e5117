/** The errors of names and of TLS, and what Node's errors of sockets are in Python. */

import { named, TimeoutError } from "../base/errors.ts";
import {
  BrokenPipeError,
  ConnectionAbortedError,
  ConnectionRefusedError,
  ConnectionResetError,
  FileNotFoundError,
  OSError,
  PermissionError,
} from "./osErrors.ts";

/** A name that cannot be resolved: `socket.gaierror`. */
export const gaierror = /* @__PURE__ */ named("gaierror", class gaierror extends OSError {});
export type gaierror = InstanceType<typeof gaierror>;

/** TLS has failed: `ssl.SSLError`. */
export const SSLError = /* @__PURE__ */ named("SSLError", class SSLError extends OSError {});
export type SSLError = InstanceType<typeof SSLError>;

/** The peer's certificate is expired, self-signed, or for another host: `ssl.SSLCertVerificationError`. */
export const SSLCertVerificationError = /* @__PURE__ */ named(
  "SSLCertVerificationError",
  class SSLCertVerificationError extends SSLError {},
);
export type SSLCertVerificationError = InstanceType<typeof SSLCertVerificationError>;

const CLASSES: Readonly<Record<string, typeof OSError>> = {
  ECONNREFUSED: ConnectionRefusedError,
  ECONNRESET: ConnectionResetError,
  ECONNABORTED: ConnectionAbortedError,
  // A write was under way when somebody destroyed the socket.
  ECANCELED: ConnectionAbortedError,
  EPIPE: BrokenPipeError,
  ESHUTDOWN: BrokenPipeError,
  ERR_STREAM_DESTROYED: BrokenPipeError,
  ERR_STREAM_WRITE_AFTER_END: BrokenPipeError,
  ENOENT: FileNotFoundError,
  EACCES: PermissionError,
  EPERM: PermissionError,
  ENOTFOUND: gaierror,
  EAI_AGAIN: gaierror,
  EAI_FAIL: gaierror,
  EAI_NODATA: gaierror,
  EPROTO: SSLError,
};

/** What OpenSSL says of a certificate that it does not accept. */
const CERTIFICATE =
  /^(?:CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY|DECODE|DECRYPT)_|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_EXCEEDED|ERR_TLS_CERT_ALTNAME)/;

interface Fields {
  readonly code?: unknown;
  readonly errno?: number;
  readonly syscall?: string;
  readonly address?: string;
  readonly port?: number;
  readonly path?: string;
}

/**
 * Node's error as the class that Python has for it, `code` and all kept; Node's own is the cause. `TimeoutError`, as in
 * Python, if the network took too long. An error without a code stays as it is.
 */
export function fromSystemError(error: unknown): Error {
  if (error instanceof OSError || !(error instanceof Error)) return error as Error;
  const { code, errno, syscall, address, port, path } = error as Fields;
  if (typeof code !== "string") return error;
  if (code === "ETIMEDOUT") {
    return Object.assign(new TimeoutError(error.message, { cause: error }), { code, errno, syscall, address, port });
  }
  return new (classOf(code))(error.message, { cause: error, code, errno, syscall, address, port, path });
}

function classOf(code: string): typeof OSError {
  const known = CLASSES[code];
  if (known !== undefined) return known;
  if (CERTIFICATE.test(code)) return SSLCertVerificationError;
  return /^ERR_(?:SSL|TLS|OSSL)_/.test(code) ? SSLError : OSError;
}
