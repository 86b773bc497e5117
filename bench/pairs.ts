/** Two things beside each other, by pairs of measurements. */
import { type Interval, medianInterval } from "./interval.ts";

export interface Paired {
  /** The medians. */
  readonly ours: number;
  readonly theirs: number;
  /** Of ours to theirs, within the pairs. */
  readonly ratio: Interval;
}

export type Measured = readonly [ours: number, theirs: number];

export async function measurePairs(pairs: number, measure: (pair: number) => Promise<Measured>): Promise<Paired> {
  const found: Measured[] = [];
  for (let pair = 0; pair < pairs; pair += 1) found.push(await measure(pair));
  const middle = (side: 0 | 1): number => medianInterval(found.map((pair) => pair[side])).median;
  return { ours: middle(0), theirs: middle(1), ratio: medianInterval(found.map(([a, b]) => a / b)) };
}

/**
 * One after the other. Which one begins changes from pair to pair, so that a machine that becomes slower is slower for
 * both.
 */
export async function oneByOne<T>(
  pair: number,
  measure: (one: T) => Promise<number>,
  [ours, theirs]: readonly [T, T],
): Promise<Measured> {
  if (pair % 2 === 0) return [await measure(ours), await measure(theirs)];
  const second = await measure(theirs);
  return [await measure(ours), second];
}
