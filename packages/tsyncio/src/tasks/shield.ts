/** asyncio.shield. */

import { asFuture, Future } from "../kernel/future.ts";
import type { Observer } from "../kernel/futureWaiters.ts";
import type { Awaitable, Native } from "../kernel/protocol.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { ensureFuture } from "./create.ts";

/**
 * Protects a task from the cancellation of the one that waits for it: that one gets `CancelledError`, the task goes on.
 * If the task fails after that, it can still be asked for its error; one that is never asked is reported like any
 * other. `asyncio.shield`.
 *
 *     const saving = createTask(save(order));
 *     yield* shield(saving); // cancelled here, `saving` goes on
 */
export function shield<T>(awaitable: Awaitable<T> | Native<T>): Future<T> {
  const inner = ensureFuture(awaitable);
  return inner.done() ? inner : new Shield(inner);
}

/** The outer future: has the outcome of the inner one, unless it is cancelled first. */
const Shield = /* @__PURE__ */ asFuture(
  class Shield<T> extends Future<T> implements Observer, WaitOwner {
    declare private readonly inner: Future<T>;

    constructor(inner: Future<T>) {
      super({ loop: inner.getLoop() });
      this.inner = inner;
      this._owner = this;
      inner._addWaiter(this);
    }

    describeWait(): string {
      return `shield of ${this.inner}`;
    }

    holders(): readonly Future<unknown>[] {
      return [this.inner as Future<unknown>];
    }

    /** @internal */
    override _cancelNow(msg: unknown): void {
      super._cancelNow(msg);
      this.inner._removeWaiter(this);
    }

    /** @internal */
    _futureEnded(): void {
      const { inner } = this;
      if (this.done()) return;
      if (inner.cancelled()) this.cancel();
      else if (inner.exception() !== null) this.setException(inner._takeError());
      else this.setResult(inner.result());
    }
  },
);
