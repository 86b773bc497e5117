/** asyncio.Lock. */

import { ASYNC_DISPOSE, DISPOSE } from "../base/dispose.ts";
import { CancelledError, RuntimeError } from "../base/errors.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Future } from "../kernel/future.ts";
import { isResumed } from "../kernel/leaf.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { ContextMethod, Coroutine, CoroutineObject, Suspend } from "../kernel/protocol.ts";
import { answerProbe, PROBE as probe, kernel as shared } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { getLoop, type LoopBound } from "./loopBound.ts";
import { heldByEnded } from "./permits.ts";
import { WaiterCoroutine, WaiterLine } from "./waiters.ts";

// As constants of this module's own: see state.ts.
const kernel = shared;
const PROBE = probe;

/** The holder of a lock that was acquired outside of tasks. */
const NO_TASK = Symbol("no task");

/**
 * One task at a time: `asyncio.Lock`. Fair: the tasks that wait get it in the order in which they came, and no other
 * slips in before them. Not reentrant.
 *
 *     using _ = yield* lock.acquire();
 */
export class Lock implements WaitOwner, LoopBound, Disposable {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Lock);
  /** @internal The task that holds the lock; null if it is free. */
  declare _holder: Task<unknown> | typeof NO_TASK | null;
  /** @internal */ declare _waiters: WaiterLine | null;
  /** @internal */ declare _loop: EventLoop | null;

  constructor() {
    this._holder = null;
    this._waiters = null;
    this._loop = null;
  }

  locked(): boolean {
    return this._holder !== null;
  }

  /** Waits until the lock is free, and takes it. Returns the lock itself, which is disposable: `using` releases it. */
  acquire(): CoroutineObject<this> {
    return new LockAcquire(this) as CoroutineObject<unknown> as CoroutineObject<this>;
  }

  /** Frees the lock: the first task that waits gets it. Throws `RuntimeError` if it is free already. */
  release(): void {
    if (this._holder === null) throw new RuntimeError("Lock is not acquired.");
    this._holder = null;
    if (this._waiters !== null) this._wakeFirst();
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
    const holder = this._holder;
    return holder === null || holder === NO_TASK ? [] : [holder];
  }

  toString(): string {
    const waiters = this._waiters === null || this._waiters.length === 0 ? "" : `, waiters:${this._waiters.length}`;
    return `<${this.constructor.name} [${this.locked() ? "locked" : "unlocked"}${waiters}]>`;
  }

  /** @internal Only the first: one that is cancelled wakes the next as it leaves. */
  _wakeFirst(): void {
    const future = this._waiters?.first?._wait as Future<unknown> | undefined;
    if (future !== undefined && !future.done()) future._finish(true);
  }
}

class LockAcquire extends WaiterCoroutine<Lock> {
  declare private readonly lock: Lock;

  constructor(lock: Lock) {
    super();
    this.lock = lock;
  }

  protected get madeBy(): string {
    return "lock.acquire()";
  }

  next(value?: unknown): IteratorResult<Suspend, Lock> {
    const { _wait: wait, lock } = this;
    if (wait !== null && !isResumed(wait, value)) return value === PROBE ? answerProbe() : this.refuse();
    this._wait = undefined;
    if (wait !== null) (lock._waiters as WaiterLine).delete(this);
    else if (lock._holder !== null || (lock._waiters !== null && !lock._waiters.allCancelled())) {
      const loop = getLoop(lock);
      lock._waiters ??= new WaiterLine();
      return this.join(loop, lock, lock._waiters);
    }
    lock._holder = kernel.currentTask ?? NO_TASK;
    return { done: true, value: lock };
  }

  /** If we were woken and do not take the lock, the next one shall. */
  protected abandon(_future: Future<unknown>, error: unknown): void {
    const { lock } = this;
    (lock._waiters as WaiterLine).delete(this);
    if ((error === null || error instanceof CancelledError) && lock._holder === null) lock._wakeFirst();
  }
}
