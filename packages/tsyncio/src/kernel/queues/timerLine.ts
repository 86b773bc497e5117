/** What waits for a time; and timers with the same delay, in a row. */

import type { Runnable } from "./ready.ts";

/** What waits for a time. */
export interface Timer extends Runnable {
  /** @internal Where it stands: IDLE, WAITING or DROPPED. */ _timer: number;
  /** @internal True: calls no code of the program's when it is due. */ readonly _quiet?: boolean;
}

/** In no heap: not added yet, or taken out. */
export const IDLE = 0;
export const WAITING = 1;
/** Cancelled, and still in the heap. */
export const DROPPED = 2;

/**
 * Timers with the same delay, as `sleep(0.05)` in a thousand tasks makes them: they are due in the order in which they
 * were made, so that only the first needs a place in the heap. A ring; the timers themselves are not looked at until
 * they are due, for in a great crowd each look is a cache miss.
 */
export class TimerLine {
  declare readonly delay: number;
  declare size: number;
  declare private head: number;
  declare private whens: Float64Array;
  declare private serials: Float64Array;
  declare private timers: (Timer | null)[];

  constructor(delay: number) {
    this.delay = delay;
    this.clear();
  }

  clear(): void {
    this.size = 0;
    this.head = 0;
    this.whens = new Float64Array(16);
    this.serials = new Float64Array(16);
    this.timers = new Array<Timer | null>(16).fill(null);
  }

  get when(): number {
    return this.whens[this.head] as number;
  }

  get serial(): number {
    return this.serials[this.head] as number;
  }

  get first(): Timer {
    return this.timers[this.head] as Timer;
  }

  /** False if the deadline is before that of the last one: the clock was moved. */
  push(timer: Timer, when: number, serial: number): boolean {
    const mask = this.timers.length - 1;
    if (this.size > 0 && when < (this.whens[(this.head + this.size - 1) & mask] as number)) return false;
    if (this.size > mask) this.grow();
    const place = (this.head + this.size++) & (this.timers.length - 1);
    this.whens[place] = when;
    this.serials[place] = serial;
    this.timers[place] = timer;
    return true;
  }

  shift(): Timer {
    const timer = this.first;
    this.timers[this.head] = null;
    this.head = (this.head + 1) & (this.timers.length - 1);
    if (--this.size === 0 && this.timers.length > 1024) this.clear();
    return timer;
  }

  private grow(): void {
    const { whens, serials, timers, head, size } = this;
    this.whens = new Float64Array(size * 2);
    this.serials = new Float64Array(size * 2);
    this.timers = new Array<Timer | null>(size * 2).fill(null);
    this.head = 0;
    for (let i = 0; i < size; i++) {
      const from = (head + i) & (size - 1);
      this.whens[i] = whens[from] as number;
      this.serials[i] = serials[from] as number;
      this.timers[i] = timers[from] as Timer;
    }
  }
}
