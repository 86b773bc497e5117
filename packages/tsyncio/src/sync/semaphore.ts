/** asyncio.Semaphore and BoundedSemaphore. */

import { describe } from "../base/describe.ts";
import { DISPOSE } from "../base/dispose.ts";
import { CancelledError, reused, ValueError } from "../base/errors.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Coroutine, done, type Suspend } from "../kernel/protocol.ts";
import { alreadyAwaited, answerProbe, PROBE } from "../kernel/state.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { getLoop, type LoopBound } from "./loopBound.ts";
import { WaiterCoroutine, WaiterLine } from "./waiters.ts";

/**
 * At most `value` tasks at a time: `asyncio.Semaphore`. Strictly first come, first served: `release()` hands the
 * permit to the first task that waits.
 *
 *     using _ = yield* semaphore.acquire();
 */
export class Semaphore implements WaitOwner, LoopBound, Disposable {
  /** @internal How many permits are free. */
  declare _value: number;
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
    this._waiters = null;
    this._loop = null;
  }

  /** True if `acquire()` would have to wait. */
  locked(): boolean {
    return this._value === 0 || (this._waiters !== null && !this._waiters.allCancelled());
  }

  /** Waits for a permit. Gives the semaphore itself, which is disposable: `using` releases it. */
  acquire(): Coroutine<this> {
    return new SemaphoreAcquire(this) as Coroutine<unknown> as Coroutine<this>;
  }

  /** Gives a permit back, to the first task that waits if there is one. */
  release(): void {
    this._value++;
    if (this._waiters !== null) this._wakeNext();
  }

  [DISPOSE](): void {
    this.release();
  }

  *aenter(): Coroutine<void> {
    yield* this.acquire();
  }

  *aexit(_error?: unknown): Coroutine<void> {
    this.release();
  }

  describeWait(): string {
    return `acquire of ${this}`;
  }

  toString(): string {
    const state = this.locked() ? "locked" : `unlocked, value:${this._value}`;
    const waiters = this._waiters === null || this._waiters.length === 0 ? "" : `, waiters:${this._waiters.length}`;
    return `<${this.constructor.name} [${state}${waiters}]>`;
  }

  /** @internal The permit is taken here, on behalf of the one who wakes up: nobody can slip in between. */
  _wakeNext(): boolean {
    if ((this._waiters as WaiterLine).wake(1) === 0) return false;
    this._value--;
    return true;
  }

  /** @internal Those who came while permits were free, and had to wait for others who came before them. */
  _wakeAllowed(): void {
    while (this._value > 0 && this._wakeNext()) {}
  }
}

/** A `Semaphore` that throws `ValueError` when it is released more often than acquired: `asyncio.BoundedSemaphore`. */
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
  /** Null once the coroutine has ended. */
  declare private semaphore: Semaphore | null;

  constructor(semaphore: Semaphore) {
    super();
    this.semaphore = semaphore;
  }

  next(value?: unknown): IteratorResult<Suspend, Semaphore> {
    const semaphore = this.semaphore;
    if (semaphore === null) throw reused("semaphore.acquire()");
    if (this._future === null) {
      if (semaphore.locked()) return this.begin(semaphore);
      semaphore._value--;
    } else {
      if (value === PROBE) return answerProbe();
      if (value === undefined) return alreadyAwaited(this, this._future);
      this._future = null;
      (semaphore._waiters as WaiterLine).remove(this);
      if (semaphore._value > 0) semaphore._wakeAllowed();
    }
    this.semaphore = null;
    return { done: true, value: semaphore };
  }

  override throw(error: unknown): never {
    this.leave(error instanceof CancelledError);
    throw error;
  }

  override return(value: Semaphore): IteratorResult<Suspend, Semaphore> {
    this.leave(true);
    return done(value);
  }

  private begin(semaphore: Semaphore): IteratorResult<Suspend, Semaphore> {
    const loop = getLoop(semaphore);
    semaphore._waiters ??= new WaiterLine();
    return this._suspend(loop, semaphore, semaphore._waiters);
  }

  /** A permit that was handed to us already goes back. */
  private leave(giveBack: boolean): void {
    const semaphore = this.semaphore;
    const future = this._future as Future<unknown> | null;
    this.semaphore = null;
    this._future = null;
    if (semaphore === null || future === null) return;
    (semaphore._waiters as WaiterLine).remove(this);
    if (giveBack && future.done() && !future.cancelled()) semaphore._value++;
    semaphore._wakeAllowed();
  }
}
