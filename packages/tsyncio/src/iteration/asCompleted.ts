/** asyncio.as_completed. */

import { checkOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { StopAsyncIteration, TimeoutError } from "../base/errors.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import { currentLoop, type Future, isfuture } from "../kernel/future.ts";
import type { Observer } from "../kernel/futureWaiters.ts";
import type { TimerHandle } from "../kernel/handle.ts";
import { type Awaitable, type Coroutine, type CoroutineObject, iscoroutine, type Native } from "../kernel/protocol.ts";
import { Queue } from "../sync/queue.ts";
import { ensureFuture } from "../tasks/create.ts";
import { callLater } from "../tasks/sleep.ts";
import { checkSeconds } from "../tasks/timeouts.ts";
import { NativeIterator } from "./nativeIterator.ts";

/**
 * Runs the awaitables at the same time, and hands them out as they are done. In `for (const next of asCompleted(aws))`
 * each `yield* next` returns, or throws, the next outcome; as an asynchronous iterator (`asyncFor`, `cursor`) it yields
 * the futures themselves, so that they can be told apart. After `timeout` seconds the rest throws `TimeoutError`, and
 * nothing is cancelled. `asyncio.as_completed`.
 *
 *     for (const next of asCompleted([load(a), load(b)], { timeout: 5 })) console.log(yield* next);
 */
export function asCompleted<T>(
  awaitables: Iterable<Awaitable<T> | Native<T>>,
  options: { timeout?: number | null } = {},
): AsCompleted<T> {
  if (isfuture(awaitables) || iscoroutine(awaitables) || typeof awaitables?.[Symbol.iterator] !== "function") {
    throw new TypeError(
      `asCompleted expects a list of awaitables, got ${describe(awaitables)}. Write asCompleted([a, b]).`,
    );
  }
  checkOptions("asCompleted", options, { timeout: true });
  checkSeconds(options.timeout ?? null, "asCompleted");
  return new AsCompleted(awaitables, options.timeout ?? null);
}

/** What `asCompleted` returns. */
export class AsCompleted<T> implements Observer {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(AsCompleted);
  private readonly pending: Set<Future<T>>;
  private readonly ended: Queue<Future<T> | null>;
  private readonly timer: TimerHandle | null;
  private left: number;

  /** @internal */
  constructor(awaitables: Iterable<Awaitable<T> | Native<T>>, timeout: number | null) {
    const loop = currentLoop();
    this.pending = new Set([...new Set(awaitables)].map((awaitable) => ensureFuture(awaitable, { loop })));
    this.ended = new Ended(this.pending);
    this.left = this.pending.size;
    for (const future of this.pending) future._addWaiter(this);
    const timed = timeout !== null && this.left > 0;
    this.timer = timed ? callLater(loop, timeout, () => this.timedOut()) : null;
  }

  /** Not a generator: one that has ended would stay so, and an item whose wait was cancelled comes again. */
  [Symbol.iterator](): IterableIterator<CoroutineObject<T>> {
    const iterator: IterableIterator<CoroutineObject<T>> = {
      next: () => (this.take() ? { done: false, value: this.nextOutcome() } : { done: true, value: undefined }),
      [Symbol.iterator]: () => iterator,
    };
    return iterator;
  }

  aiter(): this {
    return this;
  }

  /** For `for await`: the futures. */
  [Symbol.asyncIterator](): FutureIterator<T> {
    return new NativeIterator<Future<T>>(this);
  }

  anext(): CoroutineObject<Future<T>>;
  *anext(): Coroutine<Future<T>> {
    if (!this.take()) throw new StopAsyncIteration();
    return yield* this.nextFuture();
  }

  /** @internal */
  _futureEnded(future: Future<unknown>): void {
    // After the timeout no future is waited for.
    if (!this.pending.delete(future as Future<T>)) return;
    this.ended.putNowait(future as Future<T>);
    if (this.pending.size === 0) this.timer?.cancel();
  }

  private nextOutcome(): CoroutineObject<T>;
  private *nextOutcome(): Coroutine<T> {
    const future = yield* this.nextFuture();
    return future.result();
  }

  private *nextFuture(): Coroutine<Future<T>> {
    let future: Future<T> | null | undefined;
    try {
      future = yield* this.ended.get();
    } finally {
      if (future === undefined) this.left++; // cancelled: the item is another one's
    }
    if (future === null) throw new TimeoutError();
    return future;
  }

  /** Counts one item as handed out; false if all are. */
  private take(): boolean {
    if (this.left === 0) return false;
    this.left--;
    return true;
  }

  private timedOut(): void {
    for (const future of this.pending) {
      future._removeWaiter(this);
      this.ended.putNowait(null);
    }
    this.pending.clear();
  }
}

/**
 * An `AsyncIterator` of futures. The compiler takes the items of a type of that name for awaited, and these are not:
 * the task that iterates awaits them.
 */
interface FutureIterator<T> {
  next(): Promise<IteratorResult<Future<T>, undefined>>;
  return?(): Promise<IteratorResult<Future<T>, undefined>>;
  [Symbol.asyncIterator](): this;
}

/** The futures that have ended, in that order; null for each that was not done at the timeout. */
class Ended<T> extends Queue<Future<T> | null> {
  private readonly pending: ReadonlySet<Future<T>>;

  constructor(pending: ReadonlySet<Future<T>>) {
    super();
    this.pending = pending;
  }

  override describeWait(): string {
    return `asCompleted, ${this.pending.size} not done`;
  }

  holders(): readonly Future<unknown>[] {
    return [...this.pending] as Future<unknown>[];
  }
}
