/** Which task awaits which. Nothing is noted while programs run: it is read off what the tasks wait for, when asked. */

import { type Future, isfuture } from "../kernel/future.ts";
import { isObserver, type Observer, waitersOf } from "../kernel/futureWaiters.ts";
import type { EventLoop } from "../kernel/loop.ts";

type AnyFuture = Future<unknown>;

/** The edges that user code has added: see `futureAddToAwaitedBy`. */
const added = new WeakMap<AnyFuture, Set<AnyFuture>>();

/**
 * Says that `waiter` awaits `future`, for `captureCallGraph`. Only for combinators written without `yield*`, whose
 * waits cannot be seen; forget it by `futureDiscardFromAwaitedBy`. `asyncio.future_add_to_awaited_by`.
 */
export function futureAddToAwaitedBy(future: AnyFuture, waiter: AnyFuture): void {
  if (!isfuture(future) || !isfuture(waiter)) return;
  const waiters = added.get(future);
  if (waiters === undefined) added.set(future, new Set([waiter]));
  else waiters.add(waiter);
}

/** Takes back `futureAddToAwaitedBy(future, waiter)`. `asyncio.future_discard_from_awaited_by`. */
export function futureDiscardFromAwaitedBy(future: AnyFuture, waiter: AnyFuture): void {
  added.get(future)?.delete(waiter);
}

/** The waits of all tasks of a loop at one moment, the other way round. */
export class AwaitedBy {
  private readonly waiters = new Map<AnyFuture, Set<AnyFuture>>();

  constructor(loop: EventLoop) {
    for (let task = loop._tasks.first; task !== null; task = task._next) {
      if (task._waitsFor !== null) this.follow(task._waitsFor, task);
    }
  }

  /** Those that await `future`: tasks, and a gather that no task awaits yet. */
  of(future: AnyFuture): readonly AnyFuture[] {
    const found = new Set(this.waiters.get(future));
    for (const watcher of watchersOf(future)) found.add(watcher);
    for (const observer of observersOf(future)) {
      // A gather that is awaited has been followed down: the task that awaits it is there.
      if (isfuture(observer) && !observer.done() && !this.waiters.has(observer)) found.add(observer);
    }
    return [...found];
  }

  /** Through gathers, shields, waits and groups down to the tasks. */
  private follow(future: AnyFuture, waiter: AnyFuture): void {
    const waiters = this.waiters.get(future) ?? new Set();
    if (waiters.has(waiter)) return;
    this.waiters.set(future, waiters.add(waiter));
    for (const inner of inside(future)) this.follow(inner, waiter);
  }
}

/** The tasks that watch over `future` without waiting for it at present. */
export function watchersOf(future: AnyFuture): AnyFuture[] {
  const watchers: AnyFuture[] = [];
  for (const observer of observersOf(future)) {
    const task = observer._watchesFor?.() ?? null;
    if (task !== null) watchers.push(task);
  }
  for (const waiter of added.get(future) ?? []) watchers.push(waiter);
  return watchers;
}

/** True for the wait for something that another task holds, a lock: that task is not itself awaited. */
export function isHeld(future: AnyFuture): boolean {
  return future._owner !== null && "locked" in future._owner;
}

function observersOf(future: AnyFuture): Observer[] {
  return waitersOf(future).filter(isObserver);
}

/** What a future stands for: the children of a gather. The holder of a lock is not awaited. */
function inside(future: AnyFuture): readonly AnyFuture[] {
  return isHeld(future) || future.done() ? [] : (future._owner?.holders?.() ?? []);
}
