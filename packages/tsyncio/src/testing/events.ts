/** External events: the timers of a simulated loop, each with the span of time in which it may fire. */

import { IDLE, type Timer, WAITING } from "../kernel/queues/timerLine.ts";
import { CLOCK_RESOLUTION, type Timers } from "../kernel/queues/timers.ts";
import type { SimulatedClock } from "./clock.ts";

interface Entry {
  readonly timer: Timer;
  /** The event may come from `when` to `latest`, in seconds of the clock. */
  readonly when: number;
  readonly latest: number;
  /** When the event comes by default: at `when`, or at `latest` once it is late. */
  plan: number;
}

/**
 * The events in the order in which they are planned. An event due after `d` seconds may come up to `d * jitter` seconds
 * late. Programs under test have few events at a time: a sorted list is faster than a heap.
 */
export class Events implements Timers {
  private readonly jitter: number;
  private readonly clock: SimulatedClock;
  private readonly entries: Entry[] = [];

  constructor(jitter: number, clock: SimulatedClock) {
    this.jitter = jitter;
    this.clock = clock;
  }

  get size(): number {
    return this.entries.length;
  }

  push(timer: Timer, when: number, delay = when - this.clock.time): void {
    if (when === Number.POSITIVE_INFINITY) return; // never comes
    timer._timer = WAITING;
    this.insert({ timer, when, latest: delay > 0 ? when + delay * this.jitter : when, plan: when });
  }

  drop(timer: Timer): void {
    if (timer._timer !== WAITING) return;
    this.take(this.entries.findIndex((entry) => entry.timer === timer));
  }

  clear(): void {
    this.entries.length = 0;
  }

  next(): number | null {
    return this.entries[0]?.plan ?? null;
  }

  popDue(now: number, end: number): Timer | null {
    const plan = this.next();
    return plan !== null && (plan < end || plan <= now) ? this.take(0).timer : null;
  }

  at(place: number): Entry {
    return this.entries[place] as Entry;
  }

  /** The time by which the next event must have come: no other event may come later than that before it. */
  latest(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { latest } of this.entries) if (latest < least) least = latest;
    return least;
  }

  /** Fills `places` with the indexes of the events that may come by `time`, and returns their number. */
  possible(time: number, places: number[]): number {
    const { entries } = this;
    const bound = time + CLOCK_RESOLUTION;
    let count = 0;
    for (let i = 0; i < entries.length; i++) if ((entries[i] as Entry).when <= bound) places[count++] = i;
    return count;
  }

  /** Whether the event could still be late. */
  canBeLate(place: number): boolean {
    const { plan, latest } = this.at(place);
    return plan + CLOCK_RESOLUTION < latest;
  }

  /** Makes the first `count` events late: they are planned for their latest time from now on. */
  postpone(count: number): void {
    const late = this.entries.splice(0, count);
    for (const entry of late) {
      entry.plan = entry.latest;
      this.insert(entry);
    }
  }

  take(place: number): Entry {
    const { entries } = this;
    const entry = entries[place] as Entry;
    for (let i = place + 1; i < entries.length; i++) entries[i - 1] = entries[i] as Entry;
    entries.pop();
    entry.timer._timer = IDLE;
    return entry;
  }

  private insert(entry: Entry): void {
    const { entries } = this;
    let i = entries.length;
    entries.push(entry);
    for (; i > 0 && (entries[i - 1] as Entry).plan > entry.plan; i--) entries[i] = entries[i - 1] as Entry;
    entries[i] = entry;
  }
}
