/** aiohttp's ClientSession, over the platform's fetch. */

import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { CancelledError, RuntimeError } from "../base/errors.ts";
import { hideInside } from "../base/inspection.ts";
import { promiseFuture } from "../iteration/awaitable.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import { currentLoop } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { ContextMethod, Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { Semaphore } from "../sync/semaphore.ts";
import { ClientConnectionError, describeRequest } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import { type RequestOptions, type SessionOptions, type Settings, sessionSettings } from "./options.ts";
import { Order } from "./request.ts";
import { ClientResponse } from "./response.ts";
import { repeating } from "./retrying.ts";
import { UnderWay } from "./underWay.ts";
import type { Upload } from "./upload.ts";

/**
 * Makes requests, as aiohttp's `ClientSession` does:
 *
 *     await using session = new ClientSession({ base: "https://example.org/api/", timeout: 10 });
 *     const response = await session.get("users", { params: { page: 2 } });
 *     const users = await response.raiseForStatus().json();
 *
 * As generators: `yield* asyncWith(new ClientSession(), function* (session) { … yield* session.get(url) … })`.
 *
 * A request that is cancelled, wherever it waits, closes its connection. When the session ends, all that is still under
 * way ends with it: requests fail, bodies that have not been read are dropped. Connections are the platform's: it keeps
 * those that are idle for some seconds, for the next request.
 */
export class ClientSession implements AsyncDisposable {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(ClientSession);
  private readonly settings: Settings;
  /** Of each loop that uses it: a semaphore belongs to one. */
  private readonly places = new WeakMap<EventLoop, Semaphore>();
  private readonly underWay = new Map<EventLoop, UnderWay>();
  private ended = false;

  /** Throws `TypeError`, `ValueError` or `InvalidURL` for options that cannot be. */
  constructor(options?: SessionOptions | null) {
    this.settings = sessionSettings(options);
  }

  /** True after `close()`. */
  get closed(): boolean {
    return this.ended;
  }

  get(url: string | URL, options?: RequestOptions | null): CoroutineObject<ClientResponse> {
    return this.request("GET", url, options);
  }

  head(url: string | URL, options?: RequestOptions | null): CoroutineObject<ClientResponse> {
    return this.request("HEAD", url, options);
  }

  options(url: string | URL, options?: RequestOptions | null): CoroutineObject<ClientResponse> {
    return this.request("OPTIONS", url, options);
  }

  post(url: string | URL, options?: RequestOptions | null): CoroutineObject<ClientResponse> {
    return this.request("POST", url, options);
  }

  put(url: string | URL, options?: RequestOptions | null): CoroutineObject<ClientResponse> {
    return this.request("PUT", url, options);
  }

  patch(url: string | URL, options?: RequestOptions | null): CoroutineObject<ClientResponse> {
    return this.request("PATCH", url, options);
  }

  delete(url: string | URL, options?: RequestOptions | null): CoroutineObject<ClientResponse> {
    return this.request("DELETE", url, options);
  }

  /**
   * Sends a request, and returns when the headers of the response have come. Any status is a response: call its
   * `raiseForStatus()`.
   *
   * @throws ClientConnectionError if there is no answer: its kinds tell why; `ServerTimeoutError` is also a
   * `TimeoutError`.
   * @throws TooManyRedirects
   * @throws InvalidURL, TypeError or ValueError for what cannot be sent.
   * @throws RuntimeError if the session is closed.
   */
  request(method: string, url: string | URL, options?: RequestOptions | null): CoroutineObject<ClientResponse>;
  *request(method: string, url: string | URL, options?: RequestOptions | null): Coroutine<ClientResponse> {
    const order = new Order(method, url, options, this.settings);
    const { retry, upload } = order;
    if (upload !== null) return yield* this.attemptOnce(order, upload);
    if (retry === null) return yield* this.attempt(order);
    return yield* repeating(retry, () => this.attempt(order));
  }

  /** One attempt: the source is gone with it. It is closed before an error goes on, wherever that comes from. */
  private *attemptOnce(order: Order, upload: Upload): Coroutine<ClientResponse> {
    try {
      return yield* this.attempt(order);
    } catch (error) {
      const describeWait = (): string => `the end of the source of ${describeRequest(order.prepared())}`;
      yield* promiseFuture(upload.stop(), { describeWait });
      throw error;
    }
  }

  /**
   * Ends the session: requests that are under way fail with `ClientConnectionError`, bodies that have not been read are
   * dropped.
   */
  close(): void {
    this.ended = true;
    for (const { exchanges } of this.underWay.values()) {
      for (const exchange of exchanges.toArray()) {
        exchange.fail(new ClientConnectionError(`${describeRequest(exchange.request)}: the session was closed`));
      }
    }
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

  private *attempt(order: Order): Coroutine<ClientResponse> {
    this.checkOpen();
    const loop = currentLoop();
    yield* this.placesOf(loop).acquire();
    const exchange = this.begin(order, loop);
    let response: ClientResponse | null = null;
    try {
      const fetched = yield* exchange.send(this.settings.fetch ?? globalThis.fetch);
      exchange.answered();
      response = new ClientResponse(exchange, fetched);
      return response;
    } catch (error) {
      const failure = exchange.failureOf(error);
      exchange.fail(failure);
      throw failure;
    } finally {
      exchange.waited();
      if (response === null) exchange.fail(new CancelledError());
    }
  }

  /** The place that was taken is that of the exchange from here on. */
  private begin(order: Order, loop: EventLoop): Exchange {
    try {
      this.checkOpen();
      const exchange = new Exchange(order.prepared(), loop, this.leave);
      this.enter(exchange);
      return exchange;
    } catch (error) {
      this.placesOf(loop).release();
      throw error;
    }
  }

  private placesOf(loop: EventLoop): Semaphore {
    let places = this.places.get(loop);
    if (places === undefined) {
      places = new Semaphore(this.settings.limit);
      this.places.set(loop, places);
    }
    return places;
  }

  private enter(exchange: Exchange): void {
    const { loop } = exchange;
    let underWay = this.underWay.get(loop);
    if (underWay === undefined) {
      underWay = new UnderWay(loop);
      this.underWay.set(loop, underWay);
    }
    underWay.add(exchange);
  }

  private readonly leave = (exchange: Exchange): void => {
    if (this.underWay.get(exchange.loop)?.delete(exchange)) this.underWay.delete(exchange.loop);
    this.placesOf(exchange.loop).release();
  };

  private checkOpen(): void {
    if (this.ended) throw new RuntimeError("the session is closed: make its requests inside its block");
  }

  toString(): string {
    const { base, limit } = this.settings;
    const where = base === null ? "" : ` ${base.origin}${base.pathname}`;
    const count = [...this.underWay.values()].reduce((sum, { exchanges }) => sum + exchanges.toArray().length, 0);
    return `<ClientSession${where} ${this.ended ? "closed" : `${count} of ${limit} under way`}>`;
  }
}

// Inside are the headers, keys among them.
hideInside(ClientSession);
