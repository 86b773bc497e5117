/** What holds for each bug of the collection in bugs/. */

import { Exploration, ExplorationError, explore, replay, simulate } from "tsyncio/testing";
import { expect, it } from "vitest";
import type { Bug } from "../../../../bugs/index.ts";
import { thrownBy } from "../support.ts";

/** How many deviations are left of these, which need many; 8 at most of the others. */
const LONG: Record<string, number> = { "abd-register": 12, din_phil_7: 9 };
/** How many schedules of these, which are large, are enough here. `npm run bugs -- --fixed 100000` runs more. */
const LARGE: Record<string, number> = { twostage_100: 300, "abd-register": 300 };

/** No limit of time: what a slow machine finds shall not be less. */
function found(bug: Bug, seed: number) {
  return explore(bug.buggy, { seed, throws: false, timeMs: null }).failure;
}

export function testsOf(bugs: readonly Bug[]): void {
  const cases = bugs.map((bug) => [bug.name, bug] as const);

  it.each(cases)("%s: goes well in the order of its latencies, buggy or repaired", (_name, bug) => {
    simulate(bug.buggy, { model: "fifo" });
    simulate(bug.fixed, { model: "fifo" });
  });

  it.each(cases)("%s: is found by the default settings, shrunk, and played again by its token", (_name, bug) => {
    const kinds = new Set<string>();
    for (const seed of [1, 2, 3]) {
      const failure = found(bug, seed);
      expect(failure?.schedule ?? Infinity).toBeLessThanOrEqual(10_000);
      expect(failure?.deviations ?? Infinity).toBeLessThanOrEqual(LONG[bug.name] ?? 8);
      kinds.add(failure?.kind as string);
      const again = thrownBy(() => replay(bug.buggy, failure?.token as string)) as ExplorationError;
      expect(again).toBeInstanceOf(ExplorationError);
      kinds.add(again.failure.kind);
    }
    expect([...kinds]).toEqual([bug.finds]);
  });

  it.each(cases)("%s: is not seen in the repaired program", (_name, bug) => {
    const iterations = LARGE[bug.name] ?? 2000;
    const exploration = explore(bug.fixed, { seed: 1, iterations, timeMs: null, throws: false });
    expect(exploration).toBeInstanceOf(Exploration);
    expect(exploration.failure?.report ?? null).toBeNull();
    // Fewer if there are but few.
    expect(exploration.complete || exploration.schedules >= Math.min(iterations, 1000)).toBe(true);
  });
}
