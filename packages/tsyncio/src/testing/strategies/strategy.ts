/** What makes the choices of one run after the other. */

import type { Candidates, Choices } from "../choices.ts";
import type { Random } from "../random.ts";

export interface Strategy {
  readonly name: string;
  /** The next run begins. False: there is nothing left that it would try. */
  begin(random: Random): boolean;
  /** One of `count` options, 2 or more; 0 is what comes by default. */
  pick(count: number, candidates: Candidates): number;
  /** Yes with probability `p`; without this method, at random. */
  decide?(p: number): boolean;
  /** The run has ended. */
  end?(choices: Choices): void;
}
