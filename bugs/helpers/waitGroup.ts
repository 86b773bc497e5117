/** Go's WaitGroup. */

import { type Coroutine, Event } from "tsyncio";

/** Counts what is under way. */
export class WaitGroup {
  private count = 0;
  private readonly none = new Event();

  add(): void {
    this.count++;
    this.none.clear();
  }

  done(): void {
    this.count--;
    if (this.count === 0) this.none.set();
  }

  /** Waits until the count is 0. */
  *wait(): Coroutine<void> {
    if (this.count > 0) yield* this.none.wait();
  }
}
