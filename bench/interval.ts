/** The median of some ratios with its 95 % interval. */

export interface Interval {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** With fewer ratios than this there is no 95 % interval: even from the least to the greatest is less sure. */
export const FEWEST = 6;

/**
 * Order statistics, by the binomial distribution: they assume nothing of how the ratios are spread. Times on a busy
 * machine have a long tail, which an interval around the mean would follow.
 */
export function medianInterval(ratios: readonly number[]): Interval {
  const sorted = ratios.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] as number;
  const n = sorted.length;
  let rank = 0;
  let term = 0.5 ** n; // that none of n is below the median
  for (let outside = term; 2 * outside <= 0.05; outside += term) {
    rank += 1;
    term = (term * (n - rank + 1)) / rank;
  }
  if (rank === 0) throw new RangeError(`a 95 % interval needs at least ${FEWEST} ratios, got ${n}`);
  return { low: at(rank - 1), median: (at((n - 1) >> 1) + at(n >> 1)) / 2, high: at(n - rank) };
}
