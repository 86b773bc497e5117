/** Reading the body of a response. */

import { describe } from "../base/describe.ts";
import { RuntimeError } from "../base/errors.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { ClientConnectionError, ClientPayloadError, describeRequest, type RequestInfo } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { bodyFailure } from "./failures.ts";
import type { FetchedResponse } from "./options.ts";

type Reader = ReadableStreamDefaultReader<Uint8Array>;

export class Body {
  private readonly exchange: Exchange;
  private readonly maxBody: number;
  private readonly reader: Reader | null = null;
  /** What of it is there already, if it is no stream. */
  private ready: Uint8Array | null = null;
  /** All of it, once `bytes()` has read it. */
  private content: Uint8Array | null = null;
  private readonly declared: number;

  constructor(exchange: Exchange, status: number, body: FetchedResponse["body"], headers: Headers) {
    this.exchange = exchange;
    this.maxBody = exchange.request.settings.maxBody;
    this.declared = hasBody(exchange.request, status) ? Number(headers.get("content-length") ?? Number.NaN) : 0;
    if (typeof body === "string") this.ready = new TextEncoder().encode(body);
    else if (body instanceof Uint8Array) this.ready = body;
    // Its place must not wait for a program that looks only at the status.
    else if (body == null || this.declared === 0) exchange.finish();
    else {
      const reader = body.getReader();
      this.reader = reader;
      exchange.abandonBody = (reason) => void reader.cancel(reason).catch(ignore);
    }
  }

  /** All of it that has not been read; the same again the next time. */
  *bytes(): Coroutine<Uint8Array> {
    if (this.content !== null) return this.content;
    const { maxBody } = this;
    if (this.declared > maxBody || (this.ready?.byteLength ?? 0) > maxBody) throw this.tooLarge("");
    let content = this.takeReady();
    if (content === null && this.exchange.open) {
      content = yield* this.read(collect(this.reader as Reader, maxBody));
      if (content === null) throw this.tooLarge("");
    }
    this.exchange.finish();
    this.content = content ?? new Uint8Array();
    return this.content;
  }

  /** The next piece; null at the end. */
  *next(): Coroutine<Uint8Array | null> {
    const ready = this.takeReady();
    if (ready !== null) return ready;
    if (this.exchange.open && this.reader !== null) {
      const { done, value } = yield* this.read(this.reader.read());
      if (!done) return checked(value);
    }
    this.exchange.finish();
    return null;
  }

  /** It is not read any more. */
  drop(): void {
    const what = describeRequest(this.exchange.request);
    const advice = "read the body before the block of its response, or of its session, ends";
    this.exchange.fail(new ClientConnectionError(`${what}: the body was dropped: ${advice}`));
  }

  /** The error for a body, or a line of it, above the limit, which is dropped. */
  tooLarge(part: "" | "a line of "): ClientPayloadError {
    const what = `${part}the body of ${describeRequest(this.exchange.request)}`;
    const advice = `pass a greater maxBody${part === "" ? ", or read it piece by piece with chunks() or lines()" : ""}`;
    const error = new ClientPayloadError(`${what} is larger than maxBody, ${this.maxBody} bytes: ${advice}`);
    this.exchange.fail(error);
    return error;
  }

  /** Throws for a line of more characters than a body may have bytes. */
  checkLine(length: number): void {
    if (length > this.maxBody) throw this.tooLarge("a line of ");
  }

  /** Throws if it was dropped, or if another task reads it. */
  private takeReady(): Uint8Array | null {
    const { exchange, ready } = this;
    const failure = exchange.failure();
    if (failure !== null) throw failure;
    if (exchange.busy) {
      throw new RuntimeError(`another task is reading the body of ${describeRequest(exchange.request)}`);
    }
    this.ready = null;
    return ready;
  }

  private *read<T>(piece: Promise<T>): Coroutine<T> {
    const { exchange } = this;
    let done = false;
    try {
      const result = yield* exchange.wait(piece);
      done = true;
      return result;
    } catch (error) {
      const failure = bodyFailure(error, exchange.request);
      exchange.fail(failure);
      throw failure;
    } finally {
      exchange.waited();
      if (!done) this.drop();
    }
  }
}

/** False where the length is that of another body: what a GET would get, or what the client has already. */
function hasBody({ method }: RequestInfo, status: number): boolean {
  return method !== "HEAD" && status !== 204 && status !== 304;
}

/** All of it; null if it is larger than that. */
async function collect(reader: Reader, most: number): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += checked(value).byteLength;
    if (size > most) return null;
    pieces.push(value);
  }
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

function checked(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  throw new RuntimeError(`a body must be a stream of Uint8Arrays, got ${describe(piece)}`);
}

function ignore(): void {}
