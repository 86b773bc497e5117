/** The default order, but for a few places: many bugs need only one thing to come at the wrong time. */

import type { Choices } from "../choices.ts";
import type { Random } from "../random.ts";
import type { Strategy } from "./strategy.ts";

export class FewStrategy implements Strategy {
  readonly name: string;
  private readonly most: number;
  private readonly places = new Set<number>();
  private random: Random | null = null;
  private length = 8;
  private index = 0;

  /** The greatest number of such places. */
  constructor(most: number) {
    this.most = most;
    this.name = `few(${most})`;
  }

  begin(random: Random): boolean {
    this.random = random;
    this.index = 0;
    this.places.clear();
    for (let left = 1 + random.below(this.most); left > 0; left--) this.places.add(random.below(this.length));
    return true;
  }

  pick(count: number): number {
    if (!this.places.has(this.index++)) return 0;
    return 1 + (this.random as Random).below(count - 1);
  }

  end(choices: Choices): void {
    if (choices.taken.length > this.length) this.length = choices.taken.length;
  }
}
