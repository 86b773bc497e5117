/** The lines in which tasks wait for a primitive. */

import { type Linked, LinkedList } from "../base/linkedList.ts";
import type { Future } from "../kernel/future.ts";
import { Leaf, type Wait } from "../kernel/leaf.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Suspended } from "../kernel/protocol.ts";
import { suspendOn } from "../kernel/state.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";

/** A place in a line. */
export interface Waiter extends Linked<Waiter> {
  /** @internal What the task waits for. */
  _wait: Wait;
}

/**
 * A coroutine written by hand that may have to stand in a line, and is its own place in it: one object less for each
 * task that waits.
 */
export abstract class WaiterCoroutine<T> extends Leaf<T> implements Waiter {
  /** @internal */ declare _previous: Waiter | null;
  /** @internal */ declare _next: Waiter | null;

  constructor() {
    super();
    this._wait = null;
    this._previous = null;
    this._next = null;
  }

  /** Joins the end of the line and suspends the task. */
  protected join(loop: EventLoop, owner: WaitOwner, line: WaiterLine): Suspended {
    const future = createWaiter<unknown>(loop, owner);
    this._wait = future;
    line.add(this);
    return suspendOn(future);
  }
}

/** No waiter of a line. */
const NONE: Waiter = { _wait: undefined, _previous: null, _next: null };

/** First come, first served. A waiter that is cancelled leaves from the middle at no cost for the others. */
export class WaiterLine extends LinkedList<Waiter> {
  /** All before it are done: woken, or cancelled, and have not left yet. `NONE` if all are; null is the first. */
  declare private asleep: Waiter | null;
  /** All before it are cancelled. `NONE` if all are; null is the first. */
  declare private alive: Waiter | null;
  declare length: number;

  constructor() {
    super();
    this.asleep = null;
    this.alive = null;
    this.length = 0;
  }

  override add(waiter: Waiter): void {
    super.add(waiter);
    if (this.asleep === NONE) this.asleep = waiter;
    if (this.alive === NONE) this.alive = waiter;
    this.length++;
  }

  override delete(waiter: Waiter): boolean {
    const { _next: next } = waiter;
    if (!super.delete(waiter)) return false;
    if (this.asleep === waiter) this.asleep = next ?? NONE;
    if (this.alive === waiter) this.alive = next ?? NONE;
    this.length--;
    return true;
  }

  /** Whether a waiter in the line waits for `future`. */
  has(future: Future<unknown>): boolean {
    for (let waiter = this.first; waiter !== null; waiter = waiter._next) if (waiter._wait === future) return true;
    return false;
  }

  /** Whether a waiter was woken and has not left yet. Those that were stand at the front. */
  hasWoken(): boolean {
    for (let waiter = this.first; waiter !== null; waiter = waiter._next) {
      const future = waiter._wait as Future<unknown>;
      if (!future.done()) return false;
      if (!future.cancelled()) return true;
    }
    return false;
  }

  /** True if the line is empty, or if all in it are cancelled and have not left yet. */
  allCancelled(): boolean {
    let waiter = this.alive ?? this.first;
    if (waiter === null || waiter === NONE) return true;
    if (!(waiter._wait as Future<unknown>).cancelled()) return false;
    do waiter = waiter._next;
    while (waiter !== null && (waiter._wait as Future<unknown>).cancelled());
    this.alive = waiter ?? NONE;
    return waiter === null;
  }

  /** Wakes the first `count` of those that are neither woken nor cancelled; they stay in the line. Returns how many. */
  wake(count: number): number {
    let woken = 0;
    let waiter = this.asleep ?? this.first;
    if (waiter === NONE) return 0;
    for (; waiter !== null && woken < count; waiter = waiter._next) {
      const future = waiter._wait as Future<unknown>;
      if (future.done()) continue;
      future._finish(true);
      woken++;
    }
    this.asleep = waiter ?? NONE;
    return woken;
  }

  /** Takes waiters out of the line until one could be woken. */
  wakeAndTakeNext(): void {
    for (let waiter = this.first; waiter !== null; waiter = this.first) {
      this.delete(waiter);
      const future = waiter._wait as Future<unknown>;
      if (future.done()) continue;
      future._finish(undefined);
      return;
    }
  }

  /** Empties the line, and wakes all waiters that can be woken. */
  wakeAndTakeAll(): void {
    while (this.length > 0) this.wakeAndTakeNext();
  }
}
