/** The timers of a loop, by deadline; equal deadlines in the order in which they were made. */

import { DROPPED, IDLE, type Timer, TimerLine, WAITING } from "./timerLine.ts";

/** The timers of a loop. */
export interface Timers {
  /** How many there are, cancelled ones included. */
  readonly size: number;
  /** `when` is the deadline; `delay` is given in seconds, where it is that long from now. */
  push(timer: Timer, when: number, delay?: number): void;
  /** A timer is cancelled. */
  drop(timer: Timer): void;
  clear(): void;
  /** The earliest deadline in seconds, or null. */
  next(): number | null;
  /**
   * Takes the earliest timer if its deadline is before `end`, a little later than `now`: or just as late, where the
   * numbers are so great that they cannot tell `end` from `now`.
   */
  popDue(now: number, end: number): Timer | null;
}

/** A timer is due when its deadline is less than this many seconds away. */
export const CLOCK_RESOLUTION = 1e-9;

/** Cancelled timers are swept out when there are more than this many timers and over half are cancelled. */
const SWEEP_ABOVE = 100;
const START = 64;
/** With fewer timers than this the heap alone is fast. */
const LINES_ABOVE = 64;
const LINES = 256;

/**
 * A four-ary heap of timers and of lines of timers. The deadlines lie in one array of numbers, so that sifting touches
 * little memory, and their serial numbers in another.
 */
export class TimerHeap implements Timers {
  declare size: number;
  declare private cancelled: number;
  declare private serial: number;
  declare private lines: (TimerLine | undefined)[] | null;
  declare private count: number;
  declare private whens: Float64Array;
  declare private serials: Float64Array;
  declare private entries: (Timer | TimerLine | null)[];

  constructor() {
    this.size = 0;
    this.cancelled = 0;
    this.serial = 0;
    this.lines = null;
    this.clear();
  }

  clear(): void {
    this.size = 0;
    this.cancelled = 0;
    this.lines = null;
    this.count = 0;
    this.whens = new Float64Array(START);
    this.serials = new Float64Array(START);
    this.entries = [];
  }

  push(timer: Timer, when: number, delay = -1): void {
    const serial = this.serial++;
    timer._timer = WAITING;
    this.size++;
    if (delay < 0 || this.count < LINES_ABOVE || !this.joinLine(timer, when, serial, delay)) {
      this.insert(timer, when, serial);
    }
  }

  /** It stays until its time comes, or until most are cancelled. */
  drop(timer: Timer): void {
    if (timer._timer !== WAITING) return;
    timer._timer = DROPPED;
    if (++this.cancelled * 2 > this.size && this.size > SWEEP_ABOVE) this.sweep();
  }

  next(): number | null {
    while (this.count > 0) {
      if (this.head()._timer === WAITING) return this.whens[0] as number;
      this.pop();
    }
    return null;
  }

  popDue(now: number, end: number): Timer | null {
    while (this.count > 0) {
      const when = this.whens[0] as number;
      if (when >= end && when > now) return null;
      const timer = this.pop();
      if (timer !== null) return timer;
    }
    return null;
  }

  private head(): Timer {
    const entry = this.entries[0] as Timer | TimerLine;
    return entry instanceof TimerLine ? entry.first : entry;
  }

  /** Takes the first; null if it was cancelled. */
  private pop(): Timer | null {
    const entry = this.entries[0] as Timer | TimerLine;
    let timer: Timer;
    if (entry instanceof TimerLine) {
      timer = entry.shift();
      if (entry.size > 0) this.siftDown(this.count, entry, entry.when, entry.serial);
      else this.shrink();
    } else {
      timer = entry;
      this.shrink();
    }
    this.size--;
    const live = timer._timer === WAITING;
    timer._timer = IDLE;
    if (live) return timer;
    this.cancelled--;
    return null;
  }

  /** Fills the place of the first entry with the last. */
  private shrink(): void {
    const n = --this.count;
    const last = this.entries[n] as Timer | TimerLine;
    this.entries[n] = null;
    if (n > 0) this.siftDown(n, last, this.whens[n] as number, this.serials[n] as number);
    else if (this.entries.length > 1024) this.entries = [];
  }

  /** False if the place for such a line is taken by another delay. */
  private joinLine(timer: Timer, when: number, serial: number, delay: number): boolean {
    this.lines ??= new Array<TimerLine | undefined>(LINES).fill(undefined);
    const place = Math.imul(Math.round(delay * 1e6), 0x9e3779b1) >>> 24;
    let line = this.lines[place];
    if (line === undefined || line.delay !== delay) {
      if (line !== undefined && line.size > 0) return false;
      this.lines[place] = line = new TimerLine(delay);
    }
    if (!line.push(timer, when, serial)) return false;
    if (line.size === 1) this.insert(line, when, serial);
    return true;
  }

  private insert(entry: Timer | TimerLine, when: number, serial: number): void {
    const i = this.count++;
    if (i === this.whens.length) this.grow();
    this.siftUp(i, entry, when, serial);
  }

  private siftUp(start: number, entry: Timer | TimerLine, when: number, serial: number): void {
    const { whens, serials, entries } = this;
    let i = start;
    while (i > 0) {
      const parent = (i - 1) >> 2;
      const other = whens[parent] as number;
      if (other < when || (other === when && (serials[parent] as number) < serial)) break;
      whens[i] = other;
      serials[i] = serials[parent] as number;
      entries[i] = entries[parent] as Timer | TimerLine;
      i = parent;
    }
    whens[i] = when;
    serials[i] = serial;
    entries[i] = entry;
  }

  /** Puts the entry at the top of the first `n`, and lets it sink. */
  private siftDown(n: number, entry: Timer | TimerLine, when: number, serial: number): void {
    const { whens, serials, entries } = this;
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
      entries[i] = entries[least] as Timer | TimerLine;
      i = least;
    }
    whens[i] = when;
    serials[i] = serial;
    entries[i] = entry;
  }

  /** Takes the cancelled ones out. */
  private sweep(): void {
    const { entries, whens, serials, count } = this;
    this.size = 0;
    this.cancelled = 0;
    this.count = 0;
    this.whens = new Float64Array(START);
    this.serials = new Float64Array(START);
    this.entries = [];
    for (let i = 0; i < count; i++) {
      const entry = entries[i] as Timer | TimerLine;
      if (entry instanceof TimerLine) this.sweepLine(entry);
      else if (this.keeps(entry)) this.insert(entry, whens[i] as number, serials[i] as number);
    }
  }

  private sweepLine(line: TimerLine): void {
    for (let left = line.size; left > 0; left--) {
      const { when, serial } = line;
      const timer = line.shift();
      if (this.keeps(timer)) line.push(timer, when, serial);
    }
    if (line.size > 0) this.insert(line, line.when, line.serial);
  }

  private keeps(timer: Timer): boolean {
    if (timer._timer === WAITING) {
      this.size++;
      return true;
    }
    timer._timer = IDLE;
    return false;
  }

  private grow(): void {
    const { whens, serials } = this;
    this.whens = new Float64Array(whens.length * 2);
    this.whens.set(whens);
    this.serials = new Float64Array(whens.length * 2);
    this.serials.set(serials);
  }
}
