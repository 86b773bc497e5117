/** Reduces a failing schedule to the deviations that matter. */

import { type Deviation, FAULT, Playback } from "./choices.ts";
import type { FailureKind } from "./failure.ts";
import { mixSeeds, Random } from "./random.ts";
import { type Program, play } from "./run.ts";

/** The greatest number of runs that shrinking takes. */
const MOST_RUNS = 2000;
/** The number of these runs that look for faults that suffice in the default order. */
const FAULT_RUNS = 600;

export interface Shrunk {
  readonly deviations: readonly Deviation[];
  readonly runs: number;
}

/** Delta debugging over the deviations: leaves out ever smaller parts, then lowers what is left. */
export function shrink(
  program: Program,
  kind: FailureKind,
  seed: number,
  found: readonly Deviation[],
  mayGoOn: () => boolean,
): Shrunk {
  let best = found;
  let runs = 0;

  const smaller = (chooser: Playback): boolean => {
    if (runs >= MOST_RUNS || !mayGoOn()) return false;
    runs++;
    const run = play(program, chooser, seed);
    if (run.found?.kind !== kind) return false;
    const actual = run.choices.deviations();
    // What was played and what came of it differ where a deviation did not fit any more.
    if (actual.length > best.length) return false;
    best = actual;
    return true;
  };
  const still = (deviations: readonly Deviation[]): boolean => smaller(new Playback(deviations));

  if (best.length > 0) still([]);
  const faults = best.filter((deviation) => deviation.kind === FAULT);
  if (faults.length > 0 && faults.length < best.length && !still(faults)) {
    for (let n = 0; n < FAULT_RUNS && !smaller(new FaultsOnly(mixSeeds(seed, n))); n++);
  }
  let size = Math.ceil(best.length / 2);
  while (size >= 1 && best.length > 0) {
    let removed = false;
    for (let from = best.length - size; from > -size; from -= size) {
      const begin = Math.max(from, 0);
      const rest = [...best.slice(0, begin), ...best.slice(begin + size)];
      if (rest.length < best.length && (still(rest) || shifts(rest, begin).some(still))) removed = true;
    }
    if (!removed) size = size === 1 ? 0 : Math.ceil(size / 2);
    else size = Math.min(size, Math.ceil(best.length / 2));
  }
  for (let i = 0; i < best.length; i++) {
    for (let value = 1; value < (best[i] as Deviation).value; value++) {
      const lower = best.map((deviation, place) => (place === i ? { ...deviation, value } : deviation));
      if (still(lower)) break;
    }
  }
  return { deviations: best, runs };
}

/**
 * What was left out may have made a choice more, or a choice less: those after place `from` come one earlier or later
 * then.
 */
function shifts(deviations: readonly Deviation[], from: number): Deviation[][] {
  return [-1, 1].map((by) => deviations.map((d, i) => (i < from ? d : { ...d, index: d.index + by })));
}

/** Faults at random, in the default order. */
class FaultsOnly extends Playback {
  private readonly random: Random;

  constructor(seed: number) {
    super([]);
    this.random = new Random(seed);
  }

  override decide(p: number): boolean {
    return this.random.next() < p;
  }
}
