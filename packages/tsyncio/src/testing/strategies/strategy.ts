/** Makes the choices of one run after another. */

import type { Candidates, Choices } from "../choices.ts";
import type { Random } from "../random.ts";

export interface Strategy {
  readonly name: string;
  /** Begins the next run. Returns false when every schedule has been tried. */
  begin(random: Random): boolean;
  /** Chooses one of `count` options, at least 2; option 0 is the default order. */
  pick(count: number, candidates: Candidates): number;
  /** Whether a fault of probability `p` happens. Without this method, it is drawn at random. */
  decide?(p: number): boolean;
  /** The run has ended. */
  end?(choices: Choices): void;
}
