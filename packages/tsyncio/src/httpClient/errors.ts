/**
 * aiohttp's exceptions: all that a request can fail by is a `ClientError`. Their texts have no credentials and no query
 * of a URL.
 */

import { named, TimeoutError } from "../base/errors.ts";

/** What a request was: for messages. */
export interface RequestInfo {
  readonly method: string;
  /** Without credentials. */
  readonly url: string;
}

/** `GET http://host/path?…`: a query may hold a key. */
export function describeRequest({ method, url }: RequestInfo): string {
  return `${method} ${shortUrl(url)}`;
}

/** A URL for messages; it need not be a valid one. */
export function shortUrl(url: string): string {
  if (/^(?:data|blob):/i.test(url)) return url.slice(0, url.indexOf(":") + 1);
  return url.replace(/^([^/?#]*\/\/)?[^/?#]*@/, "$1").replace(/[?#].*$/s, (rest) => (rest[0] === "?" ? "?…" : ""));
}

/** What all errors of a request are. */
export const ClientError = /* @__PURE__ */ named(
  "ClientError",
  class ClientError extends Error {
    /** A `ServerTimeoutError` is a `TimeoutError` as well, which JavaScript's inheritance cannot say. */
    static override [Symbol.hasInstance](value: unknown): boolean {
      const isTimeout = isInstance(ServerTimeoutError, value);
      // biome-ignore lint/complexity/noThisInStatic: the class that is asked, which may be one that inherits this
      return isInstance(this, value) || (isTimeout && isInstance(this, ServerConnectionError.prototype));
    }
  },
);
export type ClientError = InstanceType<typeof ClientError>;

function isInstance(cls: unknown, value: unknown): boolean {
  const { prototype } = cls as { prototype: object };
  if (typeof value !== "object" || value === null) return false;
  return prototype === value || Object.prototype.isPrototypeOf.call(prototype, value);
}

/** The server has answered, and the answer is an error: `raiseForStatus()` of a status from 400 on. */
export const ClientResponseError = /* @__PURE__ */ named(
  "ClientResponseError",
  class ClientResponseError extends ClientError {
    readonly status: number;
    readonly method: string;
    /** Without credentials. Not shown by `console.log`: its query may hold a key. */
    declare readonly url: string;
    /** The headers of the response. Not shown by `console.log`: they may have cookies. */
    declare readonly headers: Headers;

    constructor(message: string, request: RequestInfo, status: number, headers: Headers, options?: ErrorOptions) {
      super(`${describeRequest(request)}: ${message}`, options);
      this.status = status;
      this.method = request.method;
      Object.defineProperties(this, { url: { value: request.url }, headers: { value: headers } });
    }
  },
);
export type ClientResponseError = InstanceType<typeof ClientResponseError>;

/** `json()` of a body that is not JSON. */
export const ContentTypeError = /* @__PURE__ */ named(
  "ContentTypeError",
  class ContentTypeError extends ClientResponseError {},
);
export type ContentTypeError = InstanceType<typeof ContentTypeError>;

/** There was no connection, or it has ended too early. */
export const ClientConnectionError = /* @__PURE__ */ named(
  "ClientConnectionError",
  class ClientConnectionError extends ClientError {},
);
export type ClientConnectionError = InstanceType<typeof ClientConnectionError>;

/** One redirect led to the next, more often than the platform follows: 20 times. */
export const TooManyRedirects = /* @__PURE__ */ named(
  "TooManyRedirects",
  class TooManyRedirects extends ClientError {},
);
export type TooManyRedirects = InstanceType<typeof TooManyRedirects>;

/** The operating system has refused. `code` is its name of the error: `ECONNREFUSED`. */
export const ClientOSError = /* @__PURE__ */ named(
  "ClientOSError",
  class ClientOSError extends ClientConnectionError {
    readonly code: string;

    constructor(message: string, code: string, options?: ErrorOptions) {
      super(message, options);
      this.code = code;
    }
  },
);
export type ClientOSError = InstanceType<typeof ClientOSError>;

/** No connection to the host could be made. */
export const ClientConnectorError = /* @__PURE__ */ named(
  "ClientConnectorError",
  class ClientConnectorError extends ClientOSError {},
);
export type ClientConnectorError = InstanceType<typeof ClientConnectorError>;

/** The name of the host is unknown. */
export const ClientConnectorDNSError = /* @__PURE__ */ named(
  "ClientConnectorDNSError",
  class ClientConnectorDNSError extends ClientConnectorError {},
);
export type ClientConnectorDNSError = InstanceType<typeof ClientConnectorDNSError>;

/** The host does not speak TLS, or its certificate is not to be trusted. */
export const ClientConnectorSSLError = /* @__PURE__ */ named(
  "ClientConnectorSSLError",
  class ClientConnectorSSLError extends ClientConnectorError {},
);
export type ClientConnectorSSLError = InstanceType<typeof ClientConnectorSSLError>;

/** It was the server that did not do its part. */
export const ServerConnectionError = /* @__PURE__ */ named(
  "ServerConnectionError",
  class ServerConnectionError extends ClientConnectionError {},
);
export type ServerConnectionError = InstanceType<typeof ServerConnectionError>;

/** The server has closed the connection before its answer. */
export const ServerDisconnectedError = /* @__PURE__ */ named(
  "ServerDisconnectedError",
  class ServerDisconnectedError extends ServerConnectionError {},
);
export type ServerDisconnectedError = InstanceType<typeof ServerDisconnectedError>;

/** The `timeout` of the request is over. Also a `ServerConnectionError`, for `instanceof`. */
export const ServerTimeoutError = /* @__PURE__ */ named(
  "ServerTimeoutError",
  class ServerTimeoutError extends TimeoutError {},
);
export type ServerTimeoutError = InstanceType<typeof ServerTimeoutError>;

/** The body has ended too early, is damaged, or larger than `maxBody`. */
export const ClientPayloadError = /* @__PURE__ */ named(
  "ClientPayloadError",
  class ClientPayloadError extends ClientError {},
);
export type ClientPayloadError = InstanceType<typeof ClientPayloadError>;

/** The URL cannot be used. */
export const InvalidURL = /* @__PURE__ */ named("InvalidURL", class InvalidURL extends ClientError {});
export type InvalidURL = InstanceType<typeof InvalidURL>;
