/** One attempt of a request: from its place among the session's until its body has been read or dropped. */

import { asFailure, isCancelled, TimeoutError } from "../base/errors.ts";
import { lazyOf } from "../base/lazy.ts";
import type { Linked } from "../base/linkedList.ts";
import { asyncWith } from "../iteration/asyncWith.ts";
import { promiseFuture } from "../iteration/awaitable.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Coroutine, isAwaitable } from "../kernel/protocol.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { timeoutAt } from "../tasks/timeouts.ts";
import { ClientConnectionError, describeRequest, ServerTimeoutError } from "./errors.ts";
import { connectionFailure } from "./failures.ts";
import type { Fetch, FetchedResponse } from "./options.ts";
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

  /** Sends the request, and waits for the headers. */
  *send(fetch: Fetch): Coroutine<FetchedResponse> {
    try {
      const { init, url } = this.request;
      const response = yield* this.responseOf(lazyOf(fetch)(url, { ...init, signal: this.controller.signal }));
      if (this.state === "failed") throw this.reason;
      this.due = this.totalDue;
      return response;
    } catch (error) {
      if (isCancelled(error)) throw error;
      throw this.state === "failed" ? this.reason : connectionFailure(error, this.request);
    }
  }

  /** Waits for a promise of the platform's, or until the exchange fails. */
  *wait<T>(promise: PromiseLike<T>): Coroutine<T> {
    const future = promiseFuture(promise, this, this.loop);
    this.waiting = future as Future<unknown>;
    try {
      return yield* future;
    } finally {
      this.waiting = null;
      // It may have failed in the turn in which the task was cancelled.
      if (future.done() && !future.cancelled()) future.exception();
      else if (!future.done()) future.cancel();
    }
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

  private *responseOf(answer: ReturnType<Fetch>): Coroutine<FetchedResponse> {
    if (isAwaitable(answer)) {
      const time = timeoutAt(this.due === Number.POSITIVE_INFINITY ? null : this.due);
      try {
        return (yield* asyncWith(time, () => answer)) as FetchedResponse;
      } catch (error) {
        if (time.expired() && error instanceof TimeoutError) this.expire();
        throw error;
      }
    }
    if (typeof (answer as Partial<PromiseLike<unknown>> | null)?.then !== "function") return answer as FetchedResponse;
    return yield* this.wait(answer as PromiseLike<FetchedResponse>);
  }
}
