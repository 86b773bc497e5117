/** The options of a session and of a request. */

import { ownOptions, withoutPrototype } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import type { AsyncSource } from "../iteration/sources.ts";
import type { Awaitable, Native } from "../kernel/protocol.ts";
import { type RetryOptions, type RetryPolicy, retryPolicy } from "./retrying.ts";
import { type Params, type RelativeTo, relativeTo } from "./urls.ts";

/** Names are in any case; of two fields of one name the later one counts. */
export type HeaderFields = Headers | Readonly<Record<string, string>> | Iterable<readonly [string, string]>;

/** Seconds; null is no limit. */
export interface ClientTimeout {
  /** For one attempt, from its place among the `limit` to the end of the body. Defaults to 300. */
  total?: number | null;
  /** Of these, until the headers of the response have come. Defaults to `total`. */
  headers?: number | null;
}

/** What a request, or a session for all its requests, may say. */
interface CommonOptions {
  headers?: HeaderFields | null;
  /** Seconds, null for no limit. A number is `{ total }`. Defaults to 300. */
  timeout?: number | null | ClientTimeout;
  /** More attempts of GET, HEAD, OPTIONS, PUT and DELETE. Defaults to null: one attempt. */
  retry?: RetryOptions | null;
  /**
   * How many bytes of a body `text()`, `json()` and `bytes()` take, and one line of `lines()`. Defaults to 64 MiB;
   * `Infinity` is no limit.
   */
  maxBody?: number;
}

/** Options of `ClientSession`. */
export interface SessionOptions extends CommonOptions {
  /**
   * Absolute; ends with a slash. What a request's URL is relative to. Credentials of `headers` go to its origin only.
   */
  base?: string | URL | null;
  /**
   * How many requests may be under way at a time; one ends when its body has been read or dropped. Defaults to 100;
   * `Infinity` is no limit.
   */
  limit?: number;
  /** Answers the requests, in place of the platform's `fetch`. */
  fetch?: Fetch | null;
}

/** Options of one request. */
export interface RequestOptions extends CommonOptions {
  /** Added to the query of the URL. */
  params?: Params | null;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. A stream or an async iterable of `Uint8Array`s can be sent once: there is no second attempt. */
  data?: RequestData | null;
  /** False returns the redirect itself; not in browsers. Defaults to true. */
  allowRedirects?: boolean;
}

/** What a request may have as its body. */
export type RequestData = NonNullable<RequestInit["body"]> | AsyncSource<Uint8Array>;

/** Like the platform's, or a coroutine function; `init.signal` aborts when the request is dropped. */
export type Fetch = (
  url: string,
  init: FetchInit,
) => FetchedResponse | PromiseLike<FetchedResponse> | Awaitable<FetchedResponse> | Native<FetchedResponse>;

/** What `fetch` of a session is called with. */
export interface FetchInit extends RequestInit {
  readonly method: string;
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

/** What a session needs of a `Response`. */
export interface FetchedResponse {
  readonly status: number;
  readonly statusText?: string;
  readonly headers?: HeaderFields;
  /** After redirects. */
  readonly url?: string;
  readonly redirected?: boolean;
  readonly body?: ReadableStream<Uint8Array> | Uint8Array | string | null;
}

const COMMON = { headers: true, timeout: true, retry: true, maxBody: true } as const;
const OF_REQUEST = { ...COMMON, params: true, json: true, data: true, allowRedirects: true } as const;
const NO_OPTIONS: RequestOptions = /* @__PURE__ */ withoutPrototype({});
const DEFAULTS = { timeout: { total: 300 }, maxBody: 64 * 2 ** 20, limit: 100 };

/** Checked, and with the defaults. */
export interface Settings extends RelativeTo {
  readonly headers: Headers | null;
  readonly total: number | null;
  readonly untilHeaders: number | null;
  readonly retry: RetryPolicy | null;
  readonly maxBody: number;
  readonly limit: number;
  readonly fetch: Fetch | null;
}

export function sessionSettings(options: SessionOptions | null | undefined): Settings {
  const names = { ...COMMON, base: true, limit: true, fetch: true } as const;
  const { base, limit = DEFAULTS.limit, fetch = null, ...common } = ownOptions("ClientSession", options, names);
  if (typeof limit !== "number") throw new TypeError(`limit must be a number of requests, got ${describe(limit)}`);
  if (!(limit >= 1) || (limit % 1 !== 0 && limit !== Number.POSITIVE_INFINITY)) {
    throw new ValueError(`limit must be a whole number from 1 on, or Infinity, got ${limit}`);
  }
  if (fetch !== null && typeof fetch !== "function") {
    throw new TypeError(`fetch must be a function such as globalThis.fetch, got ${describe(fetch)}`);
  }
  const { total, untilHeaders } = times(common.timeout === undefined ? DEFAULTS.timeout : common.timeout);
  return {
    ...relativeTo(base),
    headers: common.headers == null ? null : headersOf(common.headers),
    total,
    untilHeaders,
    retry: retryPolicy(common.retry ?? null),
    maxBody: checkMaxBody(common.maxBody ?? DEFAULTS.maxBody),
    limit,
    fetch,
  };
}

/** What a request says, over what its session says. */
export function requestSettings(
  method: string,
  options: RequestOptions | null | undefined,
  session: Settings,
): { own: RequestOptions; settings: Settings } {
  if (options == null) return { own: NO_OPTIONS, settings: session };
  const own = ownOptions(`session.${method.toLowerCase()}`, options, OF_REQUEST);
  const settings = {
    ...session,
    ...(own.timeout === undefined ? null : times(own.timeout)),
    ...(own.retry === undefined ? null : { retry: retryPolicy(own.retry) }),
    ...(own.maxBody === undefined ? null : { maxBody: checkMaxBody(own.maxBody) }),
  };
  return { own, settings };
}

/** An own copy. The platform's own error for a value that cannot be sent would show it, a key perhaps. */
export function headersOf(init: HeaderFields | null | undefined): Headers {
  const headers = new Headers();
  if (init == null) return headers;
  if (typeof init !== "object") throw new TypeError(`headers must be an object of strings, got ${describe(init)}`);
  for (const [name, value] of Symbol.iterator in init ? init : Object.entries(init)) {
    if (typeof value !== "string") {
      throw new TypeError(`the header ${JSON.stringify(name)} must be a string, got ${describe(value)}`);
    }
    try {
      headers.set(name as string, value);
    } catch {
      throw new TypeError(
        `the header ${JSON.stringify(name)} cannot be sent: its name or its value has characters that no header may have`,
      );
    }
  }
  return headers;
}

function times(timeout: number | null | ClientTimeout): { total: number | null; untilHeaders: number | null } {
  if (typeof timeout === "object" && timeout !== null) {
    const own = ownOptions("timeout", timeout, { total: true, headers: true });
    const { total = DEFAULTS.timeout.total, headers = null } = own;
    return { total: seconds(total, "timeout.total"), untilHeaders: seconds(headers, "timeout.headers") };
  }
  return { total: seconds(timeout, "timeout"), untilHeaders: null };
}

function seconds(value: unknown, what: string): number | null {
  if (value === null) return null;
  if (typeof value !== "number")
    throw new TypeError(`${what} must be a number of seconds or null, got ${describe(value)}`);
  if (!(value > 0)) throw new ValueError(`${what} must be more than 0 seconds, or null for no limit, got ${value}`);
  return value === Number.POSITIVE_INFINITY ? null : value;
}

function checkMaxBody(bytes: unknown): number {
  if (typeof bytes !== "number") throw new TypeError(`maxBody must be a number of bytes, got ${describe(bytes)}`);
  if (!(bytes >= 0)) throw new ValueError(`maxBody must be 0 bytes or more, got ${bytes}`);
  return bytes;
}
