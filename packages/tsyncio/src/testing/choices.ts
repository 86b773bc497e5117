/** The choices of one run: where there was more than one way to go on, which was taken. */

import type { Runnable } from "../kernel/handle.ts";
import type { Random } from "./random.ts";

/** What may come next at the choice that is being made. */
export interface Candidates {
  /** The one that option `index` would let come next. */
  candidate(index: number): Runnable;
}

/** Who makes the choices: a strategy, or a schedule that is played again. */
export interface Chooser {
  /** One of `count` options, 2 or more; 0 is what comes by default. */
  pick(count: number, candidates: Candidates): number;
  /** Yes with probability `p`; no is the default. */
  decide(p: number, random: Random): boolean;
  /** Whether to cancel the task that has just come to its wait, the `n`th of the run. No is the default. */
  cancels(n: number): boolean;
}

/** A choice that was not the default. */
export interface Deviation {
  /** Which choice of the run, from 0. */
  readonly index: number;
  /** The option taken, and how many there were. */
  readonly value: number;
  readonly count: number;
}

/** Asks the chooser, and keeps what it said. */
export class Choices {
  readonly taken: number[] = [];
  readonly counts: number[] = [];
  /** How many waits of tasks have been offered for cancellation. */
  waits = 0;
  private readonly chooser: Chooser;
  private readonly random: Random;

  constructor(chooser: Chooser, random: Random) {
    this.chooser = chooser;
    this.random = random;
  }

  pick(count: number, candidates: Candidates): number {
    return this.keep(this.chooser.pick(count, candidates), count);
  }

  decide(p: number): boolean {
    return this.keep(this.chooser.decide(p, this.random) ? 1 : 0, 2) === 1;
  }

  cancels(): boolean {
    return this.keep(this.chooser.cancels(this.waits++) ? 1 : 0, 2) === 1;
  }

  deviations(): Deviation[] {
    const found: Deviation[] = [];
    this.taken.forEach((value, index) => {
      if (value !== 0) found.push({ index, value, count: this.counts[index] as number });
    });
    return found;
  }

  /** The same number for the same choices; others have nearly always another. */
  hash(): number {
    const { taken, counts } = this;
    let low = taken.length;
    let high = 0x9e3779b9;
    for (let i = 0; i < taken.length; i++) {
      const word = ((counts[i] as number) << 16) ^ (taken[i] as number);
      low = Math.imul(low ^ word, 0x01000193);
      high = Math.imul(high ^ (word + i), 0x85ebca6b);
      high ^= high >>> 15;
    }
    return (high & 0x1fffff) * 0x100000000 + (low >>> 0);
  }

  private keep(value: number, count: number): number {
    this.taken.push(value);
    this.counts.push(count);
    return value;
  }
}

/** Plays the deviations, and the default elsewhere. An option that is not there any more counts as the default. */
export class Playback implements Chooser {
  /** The first deviation that did not fit the run. */
  misfit: { deviation: Deviation; count: number } | null = null;
  private readonly deviations: readonly Deviation[];
  private place = 0;
  private index = 0;

  constructor(deviations: readonly Deviation[]) {
    this.deviations = deviations;
  }

  /** The deviations whose place the run has not come to. */
  get left(): readonly Deviation[] {
    return this.deviations.slice(this.place);
  }

  pick(count: number): number {
    const deviation = this.deviations[this.place];
    if (deviation === undefined || deviation.index !== this.index++) return 0;
    this.place++;
    if (deviation.count !== count) this.misfit ??= { deviation, count };
    return deviation.value < count ? deviation.value : 0;
  }

  decide(): boolean {
    return this.pick(2) === 1;
  }

  cancels(_wait: number): boolean {
    return this.pick(2) === 1;
  }
}
