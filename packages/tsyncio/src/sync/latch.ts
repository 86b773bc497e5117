/** What happens once: the end of a connection, of a server, of a child. */

import { thenableMethods } from "../kernel/coroutines.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";

/** An event of the runtime's own: opened once, with a value, and never closed again. Any number of tasks may wait. */
export class Latch<T = void> {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Latch);
  private readonly loop: EventLoop;
  /** Says in reports what is waited for. */
  private readonly owner: WaitOwner;
  private waiters: Set<Future<T>> | null = null;
  private opened: { readonly value: T } | null = null;

  constructor(loop: EventLoop, owner: WaitOwner) {
    this.loop = loop;
    this.owner = owner;
  }

  isOpen(): boolean {
    return this.opened !== null;
  }

  /** Wakes all that wait. Does nothing the second time. */
  open(value: T): void {
    if (this.opened !== null) return;
    this.opened = { value };
    for (const waiter of this.waiters ?? []) if (!waiter.done()) waiter.setResult(value);
    this.waiters = null;
  }

  /** Waits until the latch is open. Each wait has a future of its own: cancelling one does not end the others. */
  wait(): CoroutineObject<T>;
  *wait(): Coroutine<T> {
    if (this.opened !== null) return this.opened.value;
    const waiter = createWaiter<T>(this.loop, this.owner);
    this.waiters ??= new Set();
    this.waiters.add(waiter);
    try {
      return yield* waiter;
    } finally {
      this.waiters?.delete(waiter);
    }
  }
}
