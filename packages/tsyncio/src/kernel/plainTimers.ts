/** The same as timers.ts for the build in which bytes count: a fourth of the code, and slower in a crowd. */

import type { TimerHandle } from "./handle.ts";
import { SWEEP_ABOVE, type Timer, type Timers } from "./timers.ts";

/** All timers of that build are handles: its `sleep` has no timer of its own. */
type Entry = TimerHandle & { _serial: number };

/** Negative if `a` comes first. */
function compare(a: Entry, b: Entry): number {
  return a._when - b._when || a._serial - b._serial;
}

/** A binary heap. */
export class PlainTimers implements Timers {
  private _heap: Entry[] = [];
  private _serial = 0;
  /** How many were cancelled since the last sweep. */
  private _cancelled = 0;

  get size(): number {
    return this._heap.length;
  }

  clear(): void {
    this._heap = [];
  }

  push(timer: Timer): void {
    const entry = timer as Entry;
    entry._serial = this._serial++;
    let i = this.size;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const other = this._heap[parent] as Entry;
      if (compare(other, entry) < 0) break;
      this._heap[i] = other;
      i = parent;
    }
    this._heap[i] = entry;
  }

  drop(): void {
    if (++this._cancelled * 2 < this.size || this.size < SWEEP_ABOVE) return;
    this._heap = this._heap.filter((entry) => !entry.cancelled()).sort(compare);
    this._cancelled = 0;
  }

  next(): number | null {
    while (this._heap[0]?.cancelled()) this._shift();
    return this._heap[0]?._when ?? null;
  }

  popDue(now: number, end: number): Timer | null {
    const when = this.next();
    return when === null || (when >= end && when > now) ? null : this._shift();
  }

  private _shift(): Timer {
    const heap = this._heap;
    const first = heap[0] as Entry;
    const last = heap.pop() as Entry;
    let i = 0;
    while (i < heap.length) {
      let child = 2 * i + 1;
      if (child + 1 < heap.length && compare(heap[child + 1] as Entry, heap[child] as Entry) < 0) child++;
      const other = heap[child];
      if (other === undefined || compare(last, other) < 0) {
        heap[i] = last;
        break;
      }
      heap[i] = other;
      i = child;
    }
    return first;
  }
}
