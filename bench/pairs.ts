/** Two things beside each other, by pairs of measurements. */
import { type Interval, medianInterval } from "./interval.ts";

export interface Paired {
  /** The medians. */
  readonly ours: number;
  readonly theirs: number;
  /** Of ours to theirs, within the pairs. */
  readonly ratio: Interval;
}

/** Which one begins changes from pair to pair, so that a machine that becomes slower is slower for both. */
export async function measurePairs(
  pairs: number,
  progress: (pair: number) => void,
  measureOurs: () => Promise<number>,
  measureTheirs: () => Promise<number>,
): Promise<Paired> {
  const found: [ours: number, theirs: number][] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    progress(pair + 1);
    if (pair % 2 === 0) found.push([await measureOurs(), await measureTheirs()]);
    else {
      const second = await measureTheirs();
      found.push([await measureOurs(), second]);
    }
  }
  const middle = (side: 0 | 1): number => medianInterval(found.map((pair) => pair[side])).median;
  return { ours: middle(0), theirs: middle(1), ratio: medianInterval(found.map(([a, b]) => a / b)) };
}
