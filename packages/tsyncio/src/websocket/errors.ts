/** How a connection has ended, and why one could not be opened: the exceptions of Python's websockets. */

import { named, RuntimeError, ValueError } from "../base/errors.ts";

const EXPLANATIONS: Readonly<Record<number, string>> = {
  1000: "OK",
  1001: "going away",
  1002: "protocol error",
  1003: "unsupported data",
  1005: "no status received",
  1006: "connection closed abnormally",
  1007: "invalid frame payload data",
  1008: "policy violation",
  1009: "message too big",
  1010: "extension missing",
  1011: "internal error",
  1012: "service restart",
  1013: "try again later",
  1014: "bad gateway",
};

/** A close frame that was sent or received. */
export class Close {
  /** 1005 for a frame without a code. */
  declare readonly code: number;
  declare readonly reason: string;

  constructor(code: number, reason: string) {
    this.code = code;
    this.reason = reason;
  }

  /** `1001 (going away) restart`. */
  toString(): string {
    const { code, reason } = this;
    let explanation = EXPLANATIONS[code] ?? "unknown";
    if (code >= 4000) explanation = "private use";
    else if (code >= 3000) explanation = "registered";
    return reason === "" ? `${code} (${explanation})` : `${code} (${explanation}) ${reason}`;
  }
}

/**
 * The connection has ended: thrown by `recv`, `send` and `ping`. It is a `ConnectionClosedOK` if both sides have sent a
 * close frame with code 1000, 1001 or none, else a `ConnectionClosedError`.
 */
export const ConnectionClosed = /* @__PURE__ */ named(
  "ConnectionClosed",
  class ConnectionClosed extends Error {
    /** The close frame of the peer; null if none has come. */
    readonly rcvd: Close | null;
    /** Ours; null if none was sent. */
    readonly sent: Close | null;
    /** Which came first; null unless there are both. */
    readonly rcvdThenSent: boolean | null;
    constructor(rcvd: Close | null, sent: Close | null, rcvdThenSent: boolean | null, options?: ErrorOptions) {
      super(describeEnd(rcvd, sent, rcvdThenSent), options);
      this.rcvd = rcvd;
      this.sent = sent;
      this.rcvdThenSent = rcvdThenSent;
    }
  },
);
export type ConnectionClosed = InstanceType<typeof ConnectionClosed>;

/** The connection has ended in good order. `for await` over a connection ends by it without an error. */
export const ConnectionClosedOK = /* @__PURE__ */ named(
  "ConnectionClosedOK",
  class ConnectionClosedOK extends ConnectionClosed {},
);
export type ConnectionClosedOK = InstanceType<typeof ConnectionClosedOK>;

/** The connection has ended by an error, by a code that stands for one, or without a close frame. */
export const ConnectionClosedError = /* @__PURE__ */ named(
  "ConnectionClosedError",
  class ConnectionClosedError extends ConnectionClosed {},
);
export type ConnectionClosedError = InstanceType<typeof ConnectionClosedError>;

/** The opening handshake has failed. */
export const InvalidHandshake = /* @__PURE__ */ named("InvalidHandshake", class InvalidHandshake extends Error {});
export type InvalidHandshake = InstanceType<typeof InvalidHandshake>;

/** The server has answered the opening handshake with another status than 101. */
export const InvalidStatus = /* @__PURE__ */ named(
  "InvalidStatus",
  class InvalidStatus extends InvalidHandshake {
    /** The status of HTTP: 403, for example. */
    readonly status: number;
    constructor(status: number, options?: ErrorOptions) {
      super(`the server has rejected the WebSocket connection: HTTP ${status}`, options);
      this.status = status;
    }
  },
);
export type InvalidStatus = InstanceType<typeof InvalidStatus>;

/** The URL is no `ws:` or `wss:` URL. */
export const InvalidURI = /* @__PURE__ */ named("InvalidURI", class InvalidURI extends ValueError {});
export type InvalidURI = InstanceType<typeof InvalidURI>;

/** Two tasks call `recv()` of one connection. */
export const ConcurrencyError = /* @__PURE__ */ named(
  "ConcurrencyError",
  class ConcurrencyError extends RuntimeError {},
);
export type ConcurrencyError = InstanceType<typeof ConcurrencyError>;

/** The exception for a connection that has ended. */
export function closedBy(
  rcvd: Close | null,
  sent: Close | null,
  rcvdThenSent: boolean | null,
  cause: unknown,
): ConnectionClosed {
  const wasOk = isOk(rcvd) && isOk(sent);
  return new (wasOk ? ConnectionClosedOK : ConnectionClosedError)(
    rcvd,
    sent,
    rcvdThenSent,
    cause === null ? undefined : { cause },
  );
}

function isOk(close: Close | null): boolean {
  return close !== null && (close.code === 1000 || close.code === 1001 || close.code === 1005);
}

function describeEnd(rcvd: Close | null, sent: Close | null, rcvdThenSent: boolean | null): string {
  if (rcvd === null) return sent === null ? "no close frame received or sent" : `sent ${sent}; no close frame received`;
  if (sent === null) return `received ${rcvd}; no close frame sent`;
  return rcvdThenSent ? `received ${rcvd}; then sent ${sent}` : `sent ${sent}; then received ${rcvd}`;
}
