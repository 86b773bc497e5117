/** The requests of a session that are under way on one loop: their deadlines, and their end with that of the loop. */

import { CancelledError } from "../base/errors.ts";
import { LinkedList } from "../base/linkedList.ts";
import type { TimerHandle } from "../kernel/handle.ts";
import type { EventLoop, Leftover } from "../kernel/loop.ts";
import type { Exchange } from "./exchange.ts";

/**
 * One timer for all, for that which is due first: most requests end long before, and a timer for each would cost as
 * much as the rest of a session. It is set when there is a request, and cancelled with the last of them.
 */
export class UnderWay implements Leftover {
  readonly exchanges = new LinkedList<Exchange>();
  private readonly loop: EventLoop;
  private timer: TimerHandle | null = null;
  private due = Number.POSITIVE_INFINITY;

  constructor(loop: EventLoop) {
    this.loop = loop;
    loop._leftovers ??= new Set();
    loop._leftovers.add(this);
  }

  add(exchange: Exchange): void {
    this.exchanges.add(exchange);
    if (exchange.due < this.due) this.set(exchange.due);
  }

  /** True if it was the last. */
  delete(exchange: Exchange): boolean {
    this.exchanges.delete(exchange);
    if (this.exchanges.first !== null) return false;
    this.timer?.cancel();
    this.loop._leftovers?.delete(this);
    return true;
  }

  /** @internal */
  _loopClosed(): void {
    for (const exchange of this.exchanges.toArray()) exchange.fail(new CancelledError());
  }

  private set(due: number): void {
    this.timer?.cancel();
    this.due = due;
    this.timer = this.loop.callAt(due, () => this.look(due));
  }

  private look(now: number): void {
    this.due = Number.POSITIVE_INFINITY;
    for (const exchange of this.exchanges.toArray()) {
      if (exchange.due <= now) exchange.expire();
      else if (exchange.due < this.due) this.due = exchange.due;
    }
    if (this.due < Number.POSITIVE_INFINITY) this.set(this.due);
  }
}
