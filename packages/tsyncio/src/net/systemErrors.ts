/** Node's errors of the system as the classes that Python has for them: the one map of their codes. */

import { getSystemErrorMap } from "node:util";
import { TimeoutError } from "../base/errors.ts";
import {
  BrokenPipeError,
  ConnectionAbortedError,
  ConnectionRefusedError,
  ConnectionResetError,
  FileNotFoundError,
  gaierror,
  OSError,
  PermissionError,
  ProcessLookupError,
  SSLCertVerificationError,
  SSLError,
} from "./osErrors.ts";

const CLASSES: Readonly<Record<string, typeof OSError>> = {
  ECONNREFUSED: ConnectionRefusedError,
  ECONNRESET: ConnectionResetError,
  ECONNABORTED: ConnectionAbortedError,
  // A write was under way when other code destroyed the socket.
  ECANCELED: ConnectionAbortedError,
  EPIPE: BrokenPipeError,
  ESHUTDOWN: BrokenPipeError,
  ERR_STREAM_DESTROYED: BrokenPipeError,
  ERR_STREAM_WRITE_AFTER_END: BrokenPipeError,
  ENOENT: FileNotFoundError,
  EACCES: PermissionError,
  EPERM: PermissionError,
  ESRCH: ProcessLookupError,
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
  return typeof (error as Fields).code === "string" ? translated(error, error.message) : error;
}

/** The same for an error about a program, a process or a pipe: Node's message says little. `path`: what it is about. */
export function describedError(error: Error, path = (error as Fields).path): Error {
  const { code, errno } = error as Fields;
  const description = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  if (description === undefined) return translated(error, error.message, path);
  return translated(error, `[${code}] ${description}${path === undefined ? "" : `: ${JSON.stringify(path)}`}`, path);
}

/** The same for what a stream has failed with: an error of the stream's own code, whatever its code, stays as it is. */
export function fromStreamError(error: Error): Error {
  return isSystemError(error) ? describedError(error) : error;
}

function translated(cause: Error, message: string, path = (cause as Fields).path): Error {
  const { code, errno, syscall, address, port } = cause as Fields;
  const fields = { code: codeOf(cause), errno, syscall, address, port, path };
  if (code === "ETIMEDOUT") return Object.assign(new TimeoutError(message, { cause }), fields);
  return new (classOf(fields.code ?? ""))(message, { ...fields, cause });
}

/** True for an error of the system, such as the end of the peer; false for what other code has thrown. */
export function isSystemError(error: Error): boolean {
  return typeof (error as Fields).syscall === "string";
}

/** The code of an error of the system, Node's or ours; undefined for a value that has none. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as Fields | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

function classOf(code: string): typeof OSError {
  const known = CLASSES[code];
  if (known !== undefined) return known;
  if (CERTIFICATE.test(code)) return SSLCertVerificationError;
  return /^ERR_(?:SSL|TLS|OSSL)_/.test(code) ? SSLError : OSError;
}
