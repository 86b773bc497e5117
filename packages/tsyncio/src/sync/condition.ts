/** asyncio.Condition. */

import { describe } from "../base/describe.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { CancelledError, RuntimeError } from "../base/errors.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import {
  type ContextMethod,
  type Coroutine,
  type CoroutineObject,
  iscoroutinefunction,
  type Native,
} from "../kernel/protocol.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { Lock } from "./lock.ts";
import { getLoop, type LoopBound } from "./loopBound.ts";
import { type Waiter, WaiterLine } from "./waiters.ts";

/** What a condition needs of its lock. */
export interface LockLike {
  acquire(): Coroutine<Disposable> | Native<Disposable>;
  release(): void;
  locked(): boolean;
}

/**
 * Tasks wait under a lock until another task says that something has changed: `asyncio.Condition`. Several conditions
 * may share a lock.
 *
 *     using _ = yield* condition.acquire();
 *     yield* condition.waitFor(() => items.length > 0);
 */
export class Condition implements WaitOwner, LoopBound {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Condition);
  declare private readonly lock: LockLike;
  declare private readonly waiters: WaiterLine;
  /** @internal */ declare _loop: EventLoop | null;

  constructor(lock: LockLike = new Lock()) {
    if (!isLock(lock)) throw new TypeError(`a condition expects a Lock, got ${describe(lock)}`);
    this.lock = lock;
    this.waiters = new WaiterLine();
    this._loop = null;
  }

  /** Takes the lock. Returns the lock, which is disposable: `using` releases it. */
  acquire(): CoroutineObject<Disposable>;
  *acquire(): Coroutine<Disposable> {
    return yield* this.lock.acquire() as Coroutine<Disposable>;
  }

  release(): void {
    this.lock.release();
  }

  locked(): boolean {
    return this.lock.locked();
  }

  /**
   * Releases the lock, waits to be notified, and takes the lock again, whatever happens: also before it throws
   * `CancelledError`. May return without reason, so look again at what you wait for, or use `waitFor`. Returns true.
   * Throws `RuntimeError` if the lock is not taken.
   */
  wait(): CoroutineObject<true>;
  *wait(): Coroutine<true> {
    if (!this.locked()) throw new RuntimeError("cannot wait on un-acquired lock");
    const future = createWaiter<boolean>(getLoop(this), this);
    const waiter: Waiter = { _wait: future, _previous: null, _next: null };
    this.release();
    let through = false;
    try {
      try {
        this.waiters.add(waiter);
        yield* future;
      } finally {
        this.waiters.delete(waiter);
        yield* this.reacquire();
      }
      through = true;
      return true;
    } finally {
      // We may have been notified and not notice: another one shall.
      if (!through) this.waiters.wake(1);
    }
  }

  /** Waits until `predicate()` is true, which is called each time it is notified. Returns its last value. */
  waitFor<T>(predicate: () => T): CoroutineObject<T>;
  *waitFor<T>(predicate: () => T): Coroutine<T> {
    if (typeof predicate !== "function" || iscoroutinefunction(predicate)) {
      throw new TypeError(`waitFor expects a plain function as its predicate, got ${describe(predicate)}`);
    }
    let result = predicate();
    while (!result) {
      yield* this.wait();
      result = predicate();
    }
    if (result instanceof Promise)
      throw new TypeError("the predicate of waitFor must be synchronous, and returned a promise, which is always true");
    return result;
  }

  /**
   * Wakes the first `n` tasks that wait. They go on when they get the lock, so release it. Throws `RuntimeError` if
   * the lock is not taken.
   */
  notify(n = 1): void {
    if (typeof n !== "number") throw new TypeError(`notify expects a number of tasks, got ${describe(n)}`);
    if (!this.locked()) throw new RuntimeError("cannot notify on un-acquired lock");
    this.waiters.wake(n);
  }

  /** Wakes all tasks that wait. */
  notifyAll(): void {
    this.notify(this.waiters.length);
  }

  aenter(): ContextMethod<void>;
  *aenter(): Coroutine<void> | ContextMethod<void> {
    yield* this.acquire();
  }

  aexit(_error?: unknown): ContextMethod<void>;
  *aexit(_error?: unknown): Coroutine<void> | ContextMethod<void> {
    this.release();
  }

  /** For `await using`: releases it. */
  async [ASYNC_DISPOSE](): Promise<void> {
    this.release();
  }

  describeWait(_future?: Future<unknown>): string {
    return `notify of ${this}`;
  }

  toString(): string {
    const waiters = this.waiters.length === 0 ? "" : `, waiters:${this.waiters.length}`;
    return `<${this.constructor.name} [${this.locked() ? "locked" : "unlocked"}${waiters}]>`;
  }

  /** Not even a cancellation keeps us from it; the last one is thrown when the lock is ours. */
  private *reacquire(): Coroutine<void> {
    let cancellation: CancelledError | null = null;
    for (;;) {
      try {
        yield* this.acquire();
        break;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        cancellation = error;
      }
    }
    if (cancellation !== null) throw cancellation;
  }
}

function isLock(value: unknown): value is LockLike {
  if (typeof value !== "object" || value === null) return false;
  const { acquire, release, locked } = value as { [name: string]: unknown };
  return typeof acquire === "function" && typeof release === "function" && typeof locked === "function";
}
