/** Any of the options, each as likely as the others. */

import type { Random } from "../random.ts";
import type { Strategy } from "./strategy.ts";

export class RandomStrategy implements Strategy {
  readonly name = "random";
  private random: Random | null = null;

  begin(random: Random): boolean {
    this.random = random;
    return true;
  }

  pick(count: number): number {
    return (this.random as Random).below(count);
  }
}
