/** All schedules with a limited number of deviations from the default order, each once. */

import type { Choices } from "../choices.ts";
import type { Strategy } from "./strategy.ts";

export class ExhaustiveStrategy implements Strategy {
  readonly name: string;
  private readonly bound: number;
  /** The options of the first choices of the next run; the default follows. */
  private prefix: number[] = [];
  private index = 0;
  private exhausted = false;

  /** `Infinity` for all schedules. */
  constructor(bound: number) {
    this.bound = bound;
    this.name = `exhaustive(${bound})`;
  }

  begin(): boolean {
    this.index = 0;
    return !this.exhausted;
  }

  pick(count: number): number {
    const value = this.prefix[this.index++] ?? 0;
    return value < count ? value : 0;
  }

  decide(): boolean {
    return this.pick(2) === 1;
  }

  /** Depth first: the last choice with an option left takes that option. */
  end({ taken, counts }: Choices): void {
    let deviations = 0;
    for (const value of taken) if (value !== 0) deviations++;
    for (let i = taken.length - 1; i >= 0; i--) {
      const value = taken[i] as number;
      if (value !== 0) deviations--;
      if (value + 1 < (counts[i] as number) && deviations < this.bound) {
        this.prefix = taken.slice(0, i);
        this.prefix.push(value + 1);
        return;
      }
    }
    this.exhausted = true;
  }
}
