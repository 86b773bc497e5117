/** Futures that know what waits, and for what. */

import { asFuture, Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";

/** What made a future, or what a future stands for: says in reports what a task waits for. */
export interface WaitOwner {
  /** For example `acquire of <Lock [locked, waiters:1]>`. */
  describeWait?(future: Future<unknown>): string;
  /** The tasks that could end the wait, where that is known: the holder of a lock. */
  holders?(): readonly Future<unknown>[];
}

/** A future that has an owner from the beginning. */
const OwnedFuture = /* @__PURE__ */ asFuture(
  class OwnedFuture<T> extends Future<T> {
    constructor(loop: EventLoop, owner: WaitOwner) {
      super(loop._asOptions);
      this._owner = owner;
    }
  },
);

/** A future for one wait inside `owner`, which says in reports what is waited for. */
export function createWaiter<T>(loop: EventLoop, owner: WaitOwner): Future<T> {
  return new OwnedFuture<T>(loop, owner);
}
