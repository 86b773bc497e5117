/** Waiting for many futures, whatever their outcomes. */

import { Future, type Observer } from "./future.ts";
import type { EventLoop } from "./loop.ts";

/** Done when all of them are. A gather whose results nobody wants. */
export class Settled extends Future<void> implements Observer {
  declare private left: number;
  declare private readonly futures: readonly Future<unknown>[];

  /** `futures` is not empty. */
  constructor(loop: EventLoop, futures: readonly Future<unknown>[]) {
    super(loop._asOptions);
    this._owner = this;
    this.left = futures.length;
    this.futures = futures;
    for (const future of futures) future._addWaiter(this);
  }

  describeWait(): string {
    return `the end of ${this.left}`;
  }

  holders(): readonly Future<unknown>[] {
    return this.futures.filter((future) => !future.done());
  }

  /** @internal */
  _futureEnded(): void {
    if (--this.left === 0 && !this.done()) this.setResult();
  }
}
