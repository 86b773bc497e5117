/** Several strategies in turn: none is the best for all bugs. */

import type { Candidates, Choices } from "../choices.ts";
import type { Random } from "../random.ts";
import { FewStrategy } from "./few.ts";
import { PctStrategy } from "./pct.ts";
import { RandomStrategy } from "./random.ts";
import type { Strategy } from "./strategy.ts";
import { UniformStrategy } from "./uniform.ts";

export class PortfolioStrategy implements Strategy {
  readonly name = "portfolio";
  private readonly strategies: readonly Strategy[] = [
    new RandomStrategy(),
    new UniformStrategy(),
    new PctStrategy(2),
    new FewStrategy(3),
    new PctStrategy(3),
  ];
  private current = this.strategies[0] as Strategy;
  private runs = 0;

  begin(random: Random): boolean {
    this.current = this.strategies[this.runs++ % this.strategies.length] as Strategy;
    return this.current.begin(random);
  }

  pick(count: number, candidates: Candidates): number {
    return this.current.pick(count, candidates);
  }

  /** Every strategy learns from each run how long a run is. */
  end(choices: Choices): void {
    for (const strategy of this.strategies) strategy.end?.(choices);
  }
}
