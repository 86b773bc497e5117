/**
 * Keeps the real world out of a simulation: clocks and random numbers are replaced, and timers are refused while it
 * runs.
 */

import { refuse } from "./refusals.ts";
import { Replacements } from "./replacements.ts";
import { standIn } from "./standIns.ts";
import type { World } from "./world.ts";

let current: World | null = null;
let known: Replacements | null = null;

/**
 * Calls `body` while the guards are in place. It must be synchronous, so that no other code sees them. `enter` sets the
 * world whose time and random numbers the program sees.
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

/** Null while no simulation runs: functions that a program has kept then use the real clock. */
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
