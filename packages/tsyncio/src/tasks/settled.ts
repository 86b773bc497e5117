/** Waiting for many futures, whatever their outcomes. */

import { Future } from "../kernel/future.ts";
import type { Observer } from "../kernel/futureWaiters.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { WaitOwner } from "../kernel/waiter.ts";

/** Done when all of them are, or at the first that is `enough`. A gather without results. */
export class Settled extends Future<void> implements Observer, WaitOwner {
  declare private left: number;
  declare private readonly futures: readonly Future<unknown>[];
  declare private readonly enough: ((future: Future<unknown>) => boolean) | null;

  /** `futures` is not empty. */
  constructor(
    loop: EventLoop,
    futures: readonly Future<unknown>[],
    enough: ((future: Future<unknown>) => boolean) | null = null,
  ) {
    super(loop._asOptions);
    this._owner = this;
    this.left = futures.length;
    this.futures = futures;
    this.enough = enough;
    for (const future of futures) future._addWaiter(this);
  }

  /** Done, whatever is left. */
  release(): void {
    if (!this.done()) this.setResult();
  }

  /** All of them are done. */
  get complete(): boolean {
    return this.left === 0;
  }

  /** Those that are not done are no longer watched. */
  leave(): void {
    if (!this.complete) for (const future of this.futures) future._removeWaiter(this);
  }

  describeWait(): string {
    return `wait of ${this.futures.length}, ${this.left} not done`;
  }

  holders(): readonly Future<unknown>[] {
    return this.futures.filter((future) => !future.done());
  }

  /** @internal */
  _ignores(): boolean {
    return this.enough === null && --this.left > 0;
  }

  /** @internal */
  _futureEnded(future: Future<unknown>): void {
    if (this.enough !== null) this.left--;
    if (this.left <= 0 || this.enough?.(future)) this.release();
  }
}
