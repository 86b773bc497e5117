/** aiohttp's ClientResponse. */

import { describe } from "../base/describe.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { hideInside } from "../base/inspection.ts";
import { type AsyncGen, asyncGenerator } from "../iteration/asyncGenerator.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { ContextMethod, Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { Body } from "./body.ts";
import { ClientResponseError, ContentTypeError, describeRequest, type RequestInfo } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { type FetchedResponse, headersOf } from "./options.ts";

/**
 * The answer to a request: the headers are there, the body is read by one of its methods. It has one of the session's
 * places until the body is read, or dropped: by `close()`, by the end of its block or of the session's, or when the
 * request's `timeout` is over.
 */
export class ClientResponse implements AsyncDisposable {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(ClientResponse);
  readonly status: number;
  readonly headers: Headers;
  private readonly request: RequestInfo;
  private readonly fetched: FetchedResponse;
  private readonly body: Body;

  /** @internal */
  constructor(exchange: Exchange, fetched: FetchedResponse) {
    // Asked once each: the getters of a platform check what they are called on.
    const status = fetched?.status;
    if (typeof status !== "number") {
      throw new TypeError(`fetch must return a Response, or an object with a status, got ${describe(fetched)}`);
    }
    const { headers } = fetched;
    this.status = status;
    this.headers = isHeaders(headers) ? headers : headersOf(headers);
    this.request = exchange.request;
    this.fetched = fetched;
    this.body = new Body(exchange, status, fetched.body, this.headers);
  }

  get method(): string {
    return this.request.method;
  }

  /** After redirects. */
  get url(): string {
    return this.fetched.url || this.request.url;
  }

  /** `Not Found`; empty in HTTP/2. */
  get reason(): string {
    return this.fetched.statusText ?? "";
  }

  /** True if the request was redirected. */
  get redirected(): boolean {
    return this.fetched.redirected ?? false;
  }

  /** True below status 400, as in aiohttp: where `raiseForStatus()` does not throw. */
  get ok(): boolean {
    return this.status < 400;
  }

  /** Throws `ClientResponseError` for a status from 400 on, and drops the body then. Returns the response. */
  raiseForStatus(): this {
    if (this.ok) return this;
    this.close();
    throw new ClientResponseError(`${this.status} ${this.reason}`.trimEnd(), this, this.status, this.headers);
  }

  /**
   * The whole body. Each of `bytes`, `text` and `json` may be called again.
   *
   * @throws ClientPayloadError if it is larger than `maxBody`, or does not come to its end.
   */
  bytes(): CoroutineObject<Uint8Array>;
  *bytes(): Coroutine<Uint8Array> {
    return yield* this.body.bytes();
  }

  /** The whole body as text, decoded by the `charset` of its content type, else as UTF-8. Throws as `bytes`. */
  text(): CoroutineObject<string>;
  *text(): Coroutine<string> {
    return textOf(this.headers, yield* this.body.bytes());
  }

  /**
   * The whole body as a value. Throws as `bytes`.
   *
   * @throws ContentTypeError if the body is not JSON. What the content type says does not matter.
   */
  json<T = unknown>(): CoroutineObject<T>;
  *json<T = unknown>(): Coroutine<T> {
    const text = textOf(this.headers, yield* this.body.bytes());
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      const type = this.headers.get("content-type") ?? "no content type";
      throw new ContentTypeError(`the body is not JSON (${type})`, this, this.status, this.headers, { cause });
    }
  }

  /** The body in pieces, as they come, however long it is. Leaving the loop early drops the rest. */
  chunks(): AsyncGen<Uint8Array> {
    return piecesOf(this.body);
  }

  /**
   * The body line by line, as it comes, however long it is, without the line ends `\n` and `\r\n`. Leaving the loop
   * early drops the rest.
   *
   * @throws ClientPayloadError if one line is longer than `maxBody`.
   */
  lines(): AsyncGen<string> {
    return linesOf(this.body, decoderFor(charsetOf(this.headers)));
  }

  /** Drops what has not been read of the body, and with it the connection. */
  close(): void {
    this.body.drop();
  }

  aenter(): ContextMethod<this>;
  *aenter(): Coroutine<this> | ContextMethod<this> {
    return this;
  }

  aexit(_error?: unknown): ContextMethod<void>;
  *aexit(_error?: unknown): Coroutine<void> | ContextMethod<void> {
    this.close();
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    this.close();
  }

  toString(): string {
    return `<ClientResponse ${describeRequest(this)} [${`${this.status} ${this.reason}`.trimEnd()}]>`;
  }
}

// Inside are the headers of the request.
hideInside(ClientResponse);

const piecesOf = /* @__PURE__ */ asyncGenerator(function* chunks(body: Body) {
  try {
    for (;;) {
      const piece = yield* body.next();
      if (piece === null) return;
      yield piece;
    }
  } finally {
    body.drop();
  }
});

const linesOf = /* @__PURE__ */ asyncGenerator(function* lines(body: Body, decoder: TextDecoder) {
  /** The beginning of a line whose end has not come. */
  let begun: string[] = [];
  let length = 0;
  try {
    for (;;) {
      const piece = yield* body.next();
      const parts = decoder.decode(piece ?? undefined, { stream: piece !== null }).split("\n");
      const last = parts.pop() as string;
      for (const part of parts) {
        const line = begun.length === 0 ? part : begun.join("") + part;
        begun = [];
        length = 0;
        yield line.endsWith("\r") ? line.slice(0, -1) : line;
      }
      begun.push(last);
      length += last.length;
      body.checkLine(length);
      if (piece === null) break;
    }
    const line = begun.join("");
    if (line !== "") yield line;
  } finally {
    body.drop();
  }
});

function textOf(headers: Headers, bytes: Uint8Array): string {
  const charset = charsetOf(headers);
  return charset === null ? UTF_8.decode(bytes) : decoderFor(charset).decode(bytes);
}

/** Making one costs more than to decode a short text. */
const UTF_8 = /* @__PURE__ */ new TextDecoder();

/** Null is UTF-8. */
function charsetOf(headers: Headers): string | null {
  const charset = /;\s*charset="?([^\s;"]+)/i.exec(headers.get("content-type") ?? "")?.[1];
  return charset === undefined || /^utf-?8$/i.test(charset) ? null : charset;
}

function decoderFor(charset: string | null): TextDecoder {
  try {
    return new TextDecoder(charset ?? undefined);
  } catch {
    return new TextDecoder(); // a name that is none
  }
}

/** Of the platform, or of another copy of undici. */
function isHeaders(headers: FetchedResponse["headers"]): headers is Headers {
  return typeof (headers as Partial<Headers> | undefined)?.get === "function";
}
