/** One attempt of a request: from its place among the session's until its body has been read or dropped. */

import { CancelledError, isCancelled } from "../base/errors.ts";
import { lazyOf } from "../base/lazy.ts";
import { asyncWith } from "../iteration/asyncWith.ts";
import { promiseFuture } from "../iteration/awaitable.ts";
import { currentLoop, type Future } from "../kernel/future.ts";
import type { TimerHandle } from "../kernel/handle.ts";
import type { EventLoop, Leftover } from "../kernel/loop.ts";
import { type Coroutine, isAwaitable } from "../kernel/protocol.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { callLater } from "../tasks/sleep.ts";
import { timeoutAt } from "../tasks/timeouts.ts";
import { ClientConnectionError, describeRequest, ServerTimeoutError } from "./errors.ts";
import { connectionFailure } from "./failures.ts";
import type { Fetch, FetchedResponse } from "./options.ts";
import type { PreparedRequest } from "./request.ts";

export class Exchange implements WaitOwner, Leftover {
  readonly request: PreparedRequest;
  /** Called once: the place is free. */
  private readonly ended: (exchange: Exchange) => void;
  private readonly loop: EventLoop;
  private readonly controller = new AbortController();
  /** For the whole attempt, and for its first part. */
  private readonly total: TimerHandle | null;
  private readonly untilHeaders: TimerHandle | null;
  /** What the task that uses it waits for. */
  private waiting: Future<unknown> | null = null;
  /** Ends the body's stream, which a fetch of the program's own may not do when its signal aborts. */
  abandonBody: ((reason: unknown) => void) | null = null;
  private state: "open" | "finished" | "failed" = "open";
  private reason: unknown = null;

  constructor(request: PreparedRequest, ended: (exchange: Exchange) => void) {
    const { total, untilHeaders } = request.settings;
    this.request = request;
    this.ended = ended;
    this.loop = currentLoop();
    this.loop._leftovers ??= new Set();
    this.loop._leftovers.add(this);
    this.total = this.deadline(total, "timeout");
    this.untilHeaders = this.deadline(untilHeaders, "timeout.headers");
  }

  get open(): boolean {
    return this.state === "open";
  }

  /** True while a task waits for it. */
  get busy(): boolean {
    return this.waiting !== null;
  }

  /** Sends the request, and waits for the headers. If that fails, by whatever, nothing is left of it. */
  *send(fetch: Fetch): Coroutine<FetchedResponse> {
    let answered = false;
    try {
      const { init, url } = this.request;
      const answer = lazyOf(fetch)(url, { ...init, signal: this.controller.signal });
      const response = yield* this.responseOf(answer);
      if (this.state === "failed") throw this.reason;
      this.untilHeaders?.cancel();
      answered = true;
      return response;
    } catch (error) {
      if (isCancelled(error)) throw error;
      throw this.state === "failed" ? this.reason : connectionFailure(error, this.request);
    } finally {
      if (!answered) this.fail(new CancelledError());
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
  fail(reason: unknown): void {
    if (this.state !== "open") return;
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

  /** @internal */
  _loopClosed(): void {
    this.fail(new CancelledError());
  }

  private *responseOf(answer: ReturnType<Fetch>): Coroutine<FetchedResponse> {
    if (isAwaitable(answer)) {
      const until = Math.min(this.total?.when() ?? Infinity, this.untilHeaders?.when() ?? Infinity);
      return (yield* asyncWith(timeoutAt(until === Infinity ? null : until), () => answer)) as FetchedResponse;
    }
    if (typeof (answer as Partial<PromiseLike<unknown>> | null)?.then !== "function") return answer as FetchedResponse;
    return yield* this.wait(answer as PromiseLike<FetchedResponse>);
  }

  private leave(): void {
    this.total?.cancel();
    this.untilHeaders?.cancel();
    this.loop._leftovers?.delete(this);
    this.ended(this);
  }

  private deadline(seconds: number | null, option: string): TimerHandle | null {
    if (seconds === null) return null;
    return callLater(this.loop, seconds, () => {
      const text = `${describeRequest(this.request)}: not done within ${option}, ${seconds} seconds`;
      this.fail(new ServerTimeoutError(text));
    });
  }
}
