/**
 * The real world is out of reach while a simulation runs: its clocks and its random numbers are replaced, its timers
 * refused.
 */

import { refuse } from "./refusals.ts";
import { Replacements } from "./replacements.ts";
import { standIn } from "./standIns.ts";
import type { World } from "./world.ts";

let current: World | null = null;
let known: Replacements | null = null;

/**
 * Calls `body` with the guards up. It must be synchronous, so that no other code sees them. `enter` says whose time and
 * random numbers they are.
 */
export function guarded<T>(body: (enter: (world: World) => void) => T): T {
  const outer = current;
  const restore = replacements().install();
  try {
    return body((entered) => {
      current = entered;
    });
  } finally {
    current = outer;
    restore();
  }
}

/** Null where no simulation runs: what a program has kept of a simulation is the real thing again. */
function currentWorld(): World | null {
  return current;
}

/** Made anew when other code, a runner's fake timers for example, has replaced something too. */
function replacements(): Replacements {
  if (known?.fits()) return known;
  known = new Replacements();
  standIn(known, currentWorld);
  refuse(known, currentWorld);
  return known;
}
