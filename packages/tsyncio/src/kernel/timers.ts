/** The timers of a loop: a heap ordered by deadline, equal deadlines in the order they were made. */

import type { TimerHandle } from "./handle.ts";

/** Cancelled timers are swept out when there are more than this many timers and over half are cancelled. */
const SWEEP_ABOVE = 100;
const START = 64;

/**
 * A four-ary heap. The deadlines lie in one array of numbers, so that sifting touches little memory; a serial
 * number beside each makes the order of equal deadlines that of insertion.
 */
export class TimerHeap {
  /** How many timers in the heap are cancelled. Kept by `TimerHandle.cancel`. */
  declare cancelled: number;
  declare size: number;
  declare private whens: Float64Array;
  declare private serials: Float64Array;
  declare private handles: (TimerHandle | null)[];
  declare private serial: number;

  constructor() {
    this.cancelled = 0;
    this.size = 0;
    this.whens = new Float64Array(START);
    this.serials = new Float64Array(START);
    this.handles = [];
    this.serial = 0;
  }

  push(handle: TimerHandle): void {
    if (this.size === this.whens.length) this.makeRoom();
    handle._scheduled = true;
    this.siftUp(this.size++, handle, handle._when, this.serial++);
  }

  /** Throws the cancelled timers out when there are many. To be called once an iteration. */
  tidy(): void {
    if (this.size > SWEEP_ABOVE && this.cancelled * 2 > this.size) this.sweep();
  }

  /** The earliest deadline in seconds, or null. Drops cancelled timers at the head. */
  next(): number | null {
    while (this.size > 0) {
      if (!(this.handles[0] as TimerHandle).cancelled()) return this.whens[0] as number;
      this.cancelled--;
      this.pop();
    }
    return null;
  }

  /**
   * Takes the earliest timer if its deadline is before `end`, a little later than `now`: or just as late, where the
   * numbers are so great that they cannot tell `end` from `now`.
   */
  popDue(now: number, end: number): TimerHandle | null {
    if (this.size === 0) return null;
    const when = this.whens[0] as number;
    if (when >= end && when > now) return null;
    if ((this.handles[0] as TimerHandle).cancelled()) this.cancelled--;
    return this.pop();
  }

  clear(): void {
    for (let i = 0; i < this.size; i++) (this.handles[i] as TimerHandle)._scheduled = false;
    this.size = 0;
    this.cancelled = 0;
    this.handles = [];
  }

  private pop(): TimerHandle {
    const first = this.handles[0] as TimerHandle;
    first._scheduled = false;
    const n = --this.size;
    const last = this.handles[n] as TimerHandle;
    this.handles[n] = null;
    if (n > 0) this.siftDown(n, last, this.whens[n] as number, this.serials[n] as number);
    if (n === 0 && this.handles.length > 1024) this.handles = [];
    return first;
  }

  private siftUp(start: number, handle: TimerHandle, when: number, serial: number): void {
    const { whens, serials, handles } = this;
    let i = start;
    while (i > 0) {
      const parent = (i - 1) >> 2;
      const other = whens[parent] as number;
      // A new timer has the greatest serial number: at an equal deadline it stays below.
      if (other < when || (other === when && (serials[parent] as number) < serial)) break;
      whens[i] = other;
      serials[i] = serials[parent] as number;
      handles[i] = handles[parent] as TimerHandle;
      i = parent;
    }
    whens[i] = when;
    serials[i] = serial;
    handles[i] = handle;
  }

  private siftDown(n: number, handle: TimerHandle, when: number, serial: number): void {
    const { whens, serials, handles } = this;
    let i = 0;
    for (;;) {
      const first = 4 * i + 1;
      if (first >= n) break;
      let least = first;
      const end = Math.min(first + 4, n);
      for (let c = first + 1; c < end; c++) {
        const a = whens[c] as number;
        const b = whens[least] as number;
        if (a < b || (a === b && (serials[c] as number) < (serials[least] as number))) least = c;
      }
      const other = whens[least] as number;
      if (when < other || (when === other && serial < (serials[least] as number))) break;
      whens[i] = other;
      serials[i] = serials[least] as number;
      handles[i] = handles[least] as TimerHandle;
      i = least;
    }
    whens[i] = when;
    serials[i] = serial;
    handles[i] = handle;
  }

  private sweep(): void {
    const { handles, size } = this;
    const live: [TimerHandle, number][] = [];
    for (let i = 0; i < size; i++) {
      const handle = handles[i] as TimerHandle;
      if (handle.cancelled()) handle._scheduled = false;
      else live.push([handle, this.serials[i] as number]);
    }
    this.cancelled = 0;
    this.size = 0;
    this.whens = new Float64Array(Math.max(START, live.length * 2));
    this.serials = new Float64Array(this.whens.length);
    this.handles = [];
    for (const [handle, serial] of live) this.siftUp(this.size++, handle, handle._when, serial);
  }

  /** A task that never waits may cancel many timers in one iteration: rather than growing, they go. */
  private makeRoom(): void {
    if (this.cancelled * 2 > this.size) return this.sweep();
    const { whens, serials } = this;
    this.whens = new Float64Array(whens.length * 2);
    this.whens.set(whens);
    this.serials = new Float64Array(whens.length * 2);
    this.serials.set(serials);
  }
}
