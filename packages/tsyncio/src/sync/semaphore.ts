/** asyncio.Semaphore and BoundedSemaphore. */

import { describe } from "../base/describe.ts";
import { ASYNC_DISPOSE, DISPOSE } from "../base/dispose.ts";
import { CancelledError, ValueError } from "../base/errors.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Future } from "../kernel/future.ts";
import { isResumed } from "../kernel/leaf.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { ContextMethod, Coroutine, CoroutineObject, Suspend } from "../kernel/protocol.ts";
import { answerProbe, PROBE as probe, kernel as shared } from "../kernel/state.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { getLoop, type LoopBound } from "./loopBound.ts";
import { heldByEnded, Permits } from "./permits.ts";
import { WaiterCoroutine, WaiterLine } from "./waiters.ts";

// As constants of this module's own: see state.ts.
const kernel = shared;
const PROBE = probe;

/**
 * At most `value` tasks at a time: `asyncio.Semaphore`. Strictly first come, first served: `release()` hands the
 * permit to the first task that waits.
 *
 *     using _ = yield* semaphore.acquire();
 */
export class Semaphore implements WaitOwner, LoopBound, Disposable {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Semaphore);
  /** @internal How many permits are free. */
  declare _value: number;
  /** @internal Those that are not; null without diagnostics. */
  declare readonly _permits: Permits | null;
  /** @internal */ declare _waiters: WaiterLine | null;
  /** @internal */ declare _loop: EventLoop | null;

  /** Throws `ValueError` if `value` is negative or not whole. `Infinity` is no limit. */
  constructor(value = 1) {
    if (typeof value !== "number")
      throw new TypeError(`a semaphore expects a number of permits, got ${describe(value)}`);
    if (value < 0) throw new ValueError("Semaphore initial value must be >= 0");
    if (!Number.isInteger(value) && value !== Number.POSITIVE_INFINITY) {
      throw new ValueError(`a semaphore expects a whole number of permits, got ${value}`);
    }
    this._value = value;
    this._permits = kernel.diagnostics === null ? null : new Permits();
    this._waiters = null;
    this._loop = null;
  }

  /** True if `acquire()` would have to wait. */
  locked(): boolean {
    return this._value === 0 || (this._waiters !== null && !this._waiters.allCancelled());
  }

  /** Waits for a permit. Returns the semaphore itself, which is disposable: `using` releases it. */
  acquire(): CoroutineObject<this> {
    return new SemaphoreAcquire(this) as CoroutineObject<unknown> as CoroutineObject<this>;
  }

  /** Releases a permit: the first task that waits gets it. */
  release(): void {
    this._value++;
    this._permits?.giveBack(kernel.currentTask);
    if (this._waiters !== null) this._wakeNext();
  }

  [DISPOSE](): void {
    this.release();
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

  describeWait(): string {
    return `acquire of ${this}${heldByEnded(this.holders())}`;
  }

  holders(): readonly Future<unknown>[] {
    // A task that has just been woken has a permit too, and which it is is not known yet.
    if (this._permits === null || this._waiters?.hasWoken()) return [];
    return this._permits.holders();
  }

  toString(): string {
    const state = this.locked() ? "locked" : `unlocked, value:${this._value}`;
    const waiters = this._waiters === null || this._waiters.length === 0 ? "" : `, waiters:${this._waiters.length}`;
    return `<${this.constructor.name} [${state}${waiters}]>`;
  }

  /** @internal The permit is taken here, on behalf of the task that wakes up: no other can slip in between. */
  _wakeNext(): boolean {
    if ((this._waiters as WaiterLine).wake(1) === 0) return false;
    this._value--;
    return true;
  }

  /** @internal Wakes the tasks that came while permits were free, and had to wait for others before them. */
  _wakeAllowed(): void {
    while (this._value > 0 && this._wakeNext()) {}
  }
}

/**
 * A `Semaphore` that throws `ValueError` when it is released more often than acquired: `asyncio.BoundedSemaphore`.
 *
 *     const slots = new BoundedSemaphore(10);
 *     using _ = yield* slots.acquire();
 */
export class BoundedSemaphore extends Semaphore {
  declare private readonly bound: number;

  constructor(value = 1) {
    super(value);
    this.bound = value;
  }

  override release(): void {
    if (this._value >= this.bound) throw new ValueError("BoundedSemaphore released too many times");
    super.release();
  }
}

class SemaphoreAcquire extends WaiterCoroutine<Semaphore> {
  declare private readonly semaphore: Semaphore;

  constructor(semaphore: Semaphore) {
    super();
    this.semaphore = semaphore;
  }

  protected get madeBy(): string {
    return "semaphore.acquire()";
  }

  next(value?: unknown): IteratorResult<Suspend, Semaphore> {
    const { _wait: wait, semaphore } = this;
    if (wait !== null && !isResumed(wait, value)) return value === PROBE ? answerProbe() : this.refuse();
    this._wait = undefined;
    if (wait !== null) {
      (semaphore._waiters as WaiterLine).delete(this);
      if (semaphore._value > 0) semaphore._wakeAllowed();
    } else if (semaphore.locked()) {
      const loop = getLoop(semaphore);
      semaphore._waiters ??= new WaiterLine();
      return this.join(loop, semaphore, semaphore._waiters);
    } else semaphore._value--;
    semaphore._permits?.take(kernel.currentTask);
    return { done: true, value: semaphore };
  }

  /** A permit that was handed to us already goes back. */
  protected abandon(future: Future<unknown>, error: unknown): void {
    const { semaphore } = this;
    (semaphore._waiters as WaiterLine).delete(this);
    const closed = error === null || error instanceof CancelledError;
    if (closed && future.done() && !future.cancelled()) semaphore._value++;
    semaphore._wakeAllowed();
  }
}
