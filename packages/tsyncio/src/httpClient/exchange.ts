/** One attempt of a request: from its place among the session's until its body has been read or dropped. */

import { asFailure, isCancelled, TimeoutError } from "../base/errors.ts";
import { lazyOf } from "../base/lazy.ts";
import type { Linked } from "../base/linkedList.ts";
import { asyncWith } from "../iteration/asyncWith.ts";
import { promiseFuture } from "../iteration/awaitable.ts";
import { isPromiseLike } from "../iteration/settle.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Awaitable, type Coroutine, isAwaitable } from "../kernel/protocol.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { timeoutAt } from "../tasks/timeouts.ts";
import { ClientConnectionError, describeRequest, ServerTimeoutError } from "./errors.ts";
import { connectionFailure } from "./failures.ts";
import type { Fetch, FetchedResponse, FetchInit } from "./options.ts";
import type { PreparedRequest } from "./request.ts";

export class Exchange implements WaitOwner, Linked<Exchange> {
  /** @internal */ _previous: Exchange | null = null;
  /** @internal */ _next: Exchange | null = null;
  readonly request: PreparedRequest;
  /** When it expires, by the loop's clock. */
  due: number;
  /** Ends the body's stream, which a fetch of the program's own may not do when its signal aborts. */
  abandonBody: ((reason: unknown) => void) | null = null;
  readonly loop: EventLoop;
  /** Called once: the place is free. */
  private readonly ended: (exchange: Exchange) => void;
  private readonly controller = new AbortController();
  private readonly totalDue: number;
  private headersCame = false;
  /** What the task that uses it waits for. */
  private waiting: Future<unknown> | null = null;
  private state: "open" | "finished" | "failed" = "open";
  private reason: unknown = null;

  constructor(request: PreparedRequest, loop: EventLoop, ended: (exchange: Exchange) => void) {
    const { total, untilHeaders } = request.settings;
    this.request = request;
    this.loop = loop;
    this.ended = ended;
    const now = loop.time();
    this.totalDue = total === null ? Number.POSITIVE_INFINITY : now + total;
    this.due = untilHeaders === null ? this.totalDue : Math.min(this.totalDue, now + untilHeaders);
  }

  get open(): boolean {
    return this.state === "open";
  }

  /** True while a task waits for it. */
  get busy(): boolean {
    return this.waiting !== null;
  }

  /** Sends the request. What it returns waits for the headers. */
  send(fetch: Fetch): Awaitable<FetchedResponse> {
    const { init, url } = this.request;
    const answer = lazyOf(fetch)(url, { ...init, signal: this.controller.signal } as FetchInit);
    if (isAwaitable(answer)) return this.inTime(answer as Awaitable<FetchedResponse>);
    return isPromiseLike(answer) ? this.wait(answer as PromiseLike<FetchedResponse>) : given(answer as FetchedResponse);
  }

  /** The headers have come; throws if they are not wanted any more. */
  answered(): void {
    if (this.state === "failed") throw this.reason;
    this.headersCame = true;
    this.due = this.totalDue;
  }

  /** What the caller gets for an error of `send`, or of the response made of it. */
  failureOf(error: unknown): unknown {
    if (isCancelled(error) || this.headersCame) return error;
    return this.state === "failed" ? this.reason : connectionFailure(error, this.request);
  }

  /** A promise of the platform's, or the failure of the exchange. The task that has waited calls `waited`. */
  wait<T>(promise: PromiseLike<T>): Future<T> {
    const future = promiseFuture(promise, this, this.loop);
    this.waiting = future as Future<unknown>;
    return future;
  }

  waited(): void {
    const { waiting } = this;
    this.waiting = null;
    // It may have failed in the turn in which the task was cancelled.
    if (waiting?.done() === false) waiting.cancel();
    else if (waiting?.cancelled() === false) waiting.exception();
  }

  /** Ends it early: its connection is closed, and what waits for it is told. */
  fail(error: unknown): void {
    if (this.state !== "open") return;
    const reason = asFailure(error);
    this.state = "failed";
    this.reason = reason;
    this.controller.abort(reason);
    this.abandonBody?.(reason);
    const { waiting } = this;
    if (waiting?.done() === false && !this.loop.isClosed()) waiting.setException(reason);
    this.leave();
  }

  /** The body has been read, or there is none. */
  finish(): void {
    if (this.state !== "open") return;
    this.state = "finished";
    this.leave();
  }

  /** What is still to be sent is not wanted: a server may answer before it has read all. */
  private leave(): void {
    void this.request.upload?.stop();
    this.ended(this);
  }

  /** What a read throws after the end by `fail`; null if it has not failed. */
  failure(): unknown {
    if (this.state !== "failed") return null;
    if (!isCancelled(this.reason)) return this.reason;
    const what = describeRequest(this.request);
    return new ClientConnectionError(`${what}: the task that read the body was cancelled, and the body was dropped`);
  }

  describeWait(): string {
    return `the answer of ${describeRequest(this.request)}`;
  }

  /** Its time is over. */
  expire(): void {
    const { total, untilHeaders } = this.request.settings;
    const [option, seconds] = this.due < this.totalDue ? ["timeout.headers", untilHeaders] : ["timeout", total];
    const text = `${describeRequest(this.request)}: not done within ${option}, ${seconds} seconds`;
    this.fail(new ServerTimeoutError(text));
  }

  /** A coroutine of the program's own is cancelled at the deadline. */
  private *inTime(answer: Awaitable<FetchedResponse>): Coroutine<FetchedResponse> {
    const time = timeoutAt(this.due === Number.POSITIVE_INFINITY ? null : this.due);
    try {
      return yield* asyncWith(time, () => answer);
    } catch (error) {
      if (time.expired() && error instanceof TimeoutError) this.expire();
      throw error;
    }
  }
}

function* given<T>(value: T): Coroutine<T> {
  return value;
}
