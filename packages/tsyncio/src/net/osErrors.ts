/** Python's OSError and those of its subclasses that pipes, sockets, processes, names and TLS raise. */

import { named } from "../base/errors.ts";

export interface OSErrorOptions extends ErrorOptions {
  /** The system's name of the error: `"ECONNREFUSED"`. */
  code?: string | undefined;
  errno?: number | undefined;
  /** The call that failed. */
  syscall?: string | undefined;
  /** The file or program that it was about. */
  path?: string | undefined;
  /** The host and the port that it was about. */
  address?: string | undefined;
  port?: number | undefined;
}

/** An error of the operating system. `code` is its name, `"ENOENT"`, as in Node. Python's `OSError`. */
export const OSError = /* @__PURE__ */ named(
  "OSError",
  class OSError extends Error {
    readonly code: string | undefined;
    readonly errno: number | undefined;
    readonly syscall: string | undefined;
    readonly path: string | undefined;
    readonly address: string | undefined;
    readonly port: number | undefined;
    constructor(message?: string, options: OSErrorOptions = {}) {
      super(message, "cause" in options ? { cause: options.cause } : undefined);
      this.code = options.code;
      this.errno = options.errno;
      this.syscall = options.syscall;
      this.path = options.path;
      this.address = options.address;
      this.port = options.port;
    }
  },
);
export type OSError = InstanceType<typeof OSError>;

/** The program or file is not there: `ENOENT`. */
export const FileNotFoundError = /* @__PURE__ */ named("FileNotFoundError", class FileNotFoundError extends OSError {});
export type FileNotFoundError = InstanceType<typeof FileNotFoundError>;

/** Not allowed: `EACCES`, `EPERM`. */
export const PermissionError = /* @__PURE__ */ named("PermissionError", class PermissionError extends OSError {});
export type PermissionError = InstanceType<typeof PermissionError>;

/** The process has ended: `ESRCH`. */
export const ProcessLookupError = /* @__PURE__ */ named(
  "ProcessLookupError",
  class ProcessLookupError extends OSError {},
);
export type ProcessLookupError = InstanceType<typeof ProcessLookupError>;

/** A connection does not work: what the four that follow have in common. */
export const ConnectionError = /* @__PURE__ */ named("ConnectionError", class ConnectionError extends OSError {});
export type ConnectionError = InstanceType<typeof ConnectionError>;

/** Written into a pipe or socket whose other end is closed: `EPIPE`. */
export const BrokenPipeError = /* @__PURE__ */ named(
  "BrokenPipeError",
  class BrokenPipeError extends ConnectionError {},
);
export type BrokenPipeError = InstanceType<typeof BrokenPipeError>;

/** The other side has reset the connection: `ECONNRESET`. */
export const ConnectionResetError = /* @__PURE__ */ named(
  "ConnectionResetError",
  class ConnectionResetError extends ConnectionError {},
);
export type ConnectionResetError = InstanceType<typeof ConnectionResetError>;

/** No server listens there: `ECONNREFUSED`. */
export const ConnectionRefusedError = /* @__PURE__ */ named(
  "ConnectionRefusedError",
  class ConnectionRefusedError extends ConnectionError {},
);
export type ConnectionRefusedError = InstanceType<typeof ConnectionRefusedError>;

/** Aborted on this side: `ECONNABORTED`. */
export const ConnectionAbortedError = /* @__PURE__ */ named(
  "ConnectionAbortedError",
  class ConnectionAbortedError extends ConnectionError {},
);
export type ConnectionAbortedError = InstanceType<typeof ConnectionAbortedError>;

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
