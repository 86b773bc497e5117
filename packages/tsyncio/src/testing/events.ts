/** What comes from outside: the timers of a simulated loop, each with the span in which it may come. */

import { IDLE, type Timer, type Timers, WAITING } from "../kernel/timers.ts";
import type { SimulatedClock } from "./clock.ts";

/**
 * In the order of their deadlines. An event that takes `d` seconds may take up to `d * (1 + jitter)`, and it may have been
 * set going as late as the clock may be by now. Programs under
 * test have few at a time: a sorted list is faster than a heap, and all that may come next stand at its front.
 */
export class Events implements Timers {
  private readonly jitter: number;
  private readonly clock: SimulatedClock;
  /** How many there are: the lists keep their length. */
  size = 0;
  private readonly timers: (Timer | null)[] = [];
  private readonly whens: number[] = [];
  private readonly latests: number[] = [];

  constructor(jitter: number, clock: SimulatedClock) {
    this.jitter = jitter;
    this.clock = clock;
  }

  push(timer: Timer, when: number, delay = when - this.clock.time): void {
    if (when === Number.POSITIVE_INFINITY) return; // never comes
    const { timers, whens, latests } = this;
    let i = this.size++;
    for (; i > 0 && (whens[i - 1] as number) > when; i--) {
      timers[i] = timers[i - 1] as Timer;
      whens[i] = whens[i - 1] as number;
      latests[i] = latests[i - 1] as number;
    }
    timers[i] = timer;
    whens[i] = when;
    latests[i] = Math.max(when, this.clock.latest + delay * (1 + this.jitter));
    timer._timer = WAITING;
  }

  drop(timer: Timer): void {
    if (timer._timer !== WAITING) return;
    this.take(this.timers.indexOf(timer));
  }

  clear(): void {
    this.size = 0;
    this.timers.length = 0;
  }

  tidy(): void {}

  next(): number | null {
    return this.size === 0 ? null : (this.whens[0] as number);
  }

  popDue(now: number, end: number): Timer | null {
    if (this.size === 0) return null;
    const when = this.whens[0] as number;
    return when < end || when <= now ? this.take(0) : null;
  }

  at(index: number): Timer {
    return this.timers[index] as Timer;
  }

  when(index: number): number {
    return this.whens[index] as number;
  }

  /** The time by which one of them must have come: no event may come after it while that one has not. */
  latest(): number {
    const { latests } = this;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.size; i++) {
      const latest = latests[i] as number;
      if (latest < least) least = latest;
    }
    return least;
  }

  /** How many there are at the front with deadlines up to `bound`. */
  countUpTo(bound: number): number {
    const { whens } = this;
    let count = 0;
    while (count < this.size && (whens[count] as number) <= bound) count++;
    return count;
  }

  take(index: number): Timer {
    const { timers, whens, latests } = this;
    const timer = timers[index] as Timer;
    const last = --this.size;
    for (let i = index; i < last; i++) {
      timers[i] = timers[i + 1] as Timer;
      whens[i] = whens[i + 1] as number;
      latests[i] = latests[i + 1] as number;
    }
    timers[last] = null;
    timer._timer = IDLE;
    return timer;
  }
}
