/** A request as it is given to fetch. */

import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import type { AsyncSource } from "../iteration/sources.ts";
import type { RequestInfo } from "./errors.ts";
import { headersOf, type RequestData, type RequestOptions, requestSettings, type Settings } from "./options.ts";
import { mayRepeat, type RetryPolicy } from "./retrying.ts";
import { type Upload, uploadOf } from "./upload.ts";
import { type Address, addressOf } from "./urls.ts";

/** What must not go to another origin than that for which a session has it. */
const CREDENTIALS = ["authorization", "cookie", "proxy-authorization"];
const REFUSED = ["CONNECT", "TRACE", "TRACK"];

export interface PreparedRequest extends RequestInfo {
  readonly settings: Settings;
  readonly init: RequestInit & { readonly method: string };
  /** A body that is made while it is sent. No other can be sent only once. */
  readonly upload: Upload | null;
}

/** What is asked of a session. Thousands may wait for their place: what they send is made when they have it. */
export class Order {
  private readonly method: string;
  private readonly target: string | URL;
  private readonly own: RequestOptions;
  private readonly settings: Settings;
  private made: PreparedRequest | null = null;

  constructor(method: string, target: string | URL, options: RequestOptions | null | undefined, session: Settings) {
    if (typeof method !== "string" || !/^[A-Z]+$/i.test(method)) {
      throw new TypeError(`a request's method must be a word such as "GET", got ${describe(method)}`);
    }
    const verb = method.toUpperCase();
    if (REFUSED.includes(verb)) throw new ValueError(`fetch does not send ${verb}`);
    const { own, settings } = requestSettings(method, options, session);
    this.method = verb;
    this.target = target;
    this.own = own;
    this.settings = settings;
    // A source is the request's from the beginning: it is closed though there is never a place.
    if (own.data != null) this.prepared();
  }

  /** Null where one attempt is all. */
  get retry(): RetryPolicy | null {
    const { retry } = this.settings;
    return retry === null || !mayRepeat(this.method) ? null : retry;
  }

  /** A body that is made while it is sent. */
  get upload(): Upload | null {
    return this.made === null ? null : this.made.upload;
  }

  /** The same for all attempts. */
  prepared(): PreparedRequest {
    this.made ??= prepare(this.method, this.target, this.own, this.settings);
    return this.made;
  }
}

function prepare(method: string, target: string | URL, own: RequestOptions, settings: Settings): PreparedRequest {
  const address = addressOf(target, own.params, settings);
  const { body, type = null, upload = null } = bodyOf(method, own);
  const init: { method: string; headers?: Headers } & RequestInit = { method };
  const named = settings.headers !== null || own.headers != null || address.login !== null || type !== null;
  // The platform's fetch takes longer with headers, though they are empty; the program's own counts on them.
  if (named || settings.fetch !== null) init.headers = headersFor(address, own.headers, type, settings);
  if (body !== null) init.body = body;
  if (upload !== null) init.duplex = "half";
  if (own.allowRedirects === false) init.redirect = "manual";
  return { method, url: address.href, settings, init, upload };
}

function headersFor(
  { login, away }: Address,
  own: RequestOptions["headers"],
  type: string | null,
  session: Settings,
): Headers {
  const headers = new Headers(session.headers ?? undefined);
  if (away) for (const name of CREDENTIALS) headers.delete(name);
  const given = own == null ? null : headersOf(own);
  if (given !== null) for (const [name, value] of given) headers.set(name, value);
  if (login !== null) {
    if (given?.has("authorization")) {
      throw new ValueError("the URL has credentials, and there is a header authorization: pass one of them");
    }
    headers.set("authorization", login);
  }
  if (type !== null && !headers.has("content-type")) headers.set("content-type", type);
  return headers;
}

interface Body {
  readonly body: NonNullable<RequestInit["body"]> | null;
  readonly type?: string;
  readonly upload?: Upload;
}

function bodyOf(method: string, { json, data }: RequestOptions): Body {
  if (json === undefined && data == null) return { body: null };
  if (method === "GET" || method === "HEAD") throw new ValueError(`a ${method} has no body: leave out json and data`);
  if (json !== undefined && data != null) throw new ValueError("a request has one body: pass json or data");
  if (data == null) return { body: jsonOf(json), type: "application/json" };
  if (isSource(data)) {
    const upload = uploadOf(data);
    return { body: upload.stream, upload };
  }
  if (isWhole(data)) return { body: data };
  throw new TypeError(
    `data must be a string, bytes, a FormData, a URLSearchParams, a Blob, a stream or an async iterable, got ${describe(data)}. ` +
      "Pass an object as json, or for a form as new URLSearchParams(object)",
  );
}

function jsonOf(value: unknown): string {
  const text: unknown = JSON.stringify(value);
  if (typeof text === "string") return text;
  throw new TypeError(`json must be what JSON can say, got ${describe(value)}`);
}

function isSource(data: RequestData): data is AsyncSource<Uint8Array> | ReadableStream<Uint8Array> {
  if (typeof data !== "object") return false;
  return data instanceof ReadableStream || "aiter" in data || Symbol.asyncIterator in data;
}

function isWhole(data: unknown): data is NonNullable<RequestInit["body"]> {
  if (typeof data === "string" || data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return true;
  return [URLSearchParams, FormData, Blob].some((cls) => data instanceof cls);
}
