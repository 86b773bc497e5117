/** How soon a bug is found. */

import { type Coroutine, gather } from "tsyncio";
import { type ExploreOptions, explore, type StrategyName } from "tsyncio/testing";
import { io } from "../helpers/io.ts";
import type { Bug } from "../index.ts";
import { nameOf, type Options } from "./options.ts";

/** The schedules that each seed took, null where nothing was found; sorted, those last. */
export type Counts = readonly (number | null)[];

export interface Figures {
  readonly bug: Bug;
  /** Of each strategy, by its name: alone, and beside others. */
  readonly alone: ReadonlyMap<string, Counts>;
  readonly busy: ReadonlyMap<string, Counts>;
  /** What is left of the failing schedules when they have been shrunk, the median. */
  readonly deviations: number | null;
  /** Of the repaired twin. */
  readonly schedulesPerSecond: number;
}

export function measure(bug: Bug, options: Options): Figures {
  const { strategies, busy } = options;
  const among = () => besideOthers(bug.buggy(), busy);
  return {
    bug,
    alone: countsOf(bug, bug.buggy, strategies, options),
    busy: busy === 0 ? new Map() : countsOf(bug, among, strategies, options),
    deviations: deviationsOf(bug, options),
    schedulesPerSecond: speedOf(bug),
  };
}

/** The first that flags the repaired twin, or null. */
export function falseAlarm(bug: Bug, { strategies }: Options, iterations: number): string | null {
  for (const strategy of strategies) {
    const { failure } = explore(bug.fixed, { seed: 1, throws: false, timeMs: null, iterations, strategy });
    if (failure !== null) return `${nameOf(strategy)}:\n${failure.report}`;
  }
  return null;
}

export function median(counts: Counts): number | null {
  return counts[Math.floor((counts.length - 1) / 2)] ?? null;
}

function countsOf(bug: Bug, main: () => Coroutine<unknown>, strategies: readonly StrategyName[], options: Options) {
  return new Map(strategies.map((strategy) => [nameOf(strategy), counts(bug, main, strategy, options)]));
}

function counts(bug: Bug, main: () => Coroutine<unknown>, strategy: StrategyName, options: Options): Counts {
  // Without chance there is nothing to take the median of.
  const seeds = typeof strategy === "object" && "exhaustive" in strategy ? 1 : options.seeds;
  const found = seedsOf(bug, seeds).map(
    (seed) => find(bug, main, { seed, strategy, shrink: false }, options)?.schedule,
  );
  return found.map((count) => count ?? null).sort((a, b) => (a ?? Infinity) - (b ?? Infinity));
}

function deviationsOf(bug: Bug, options: Options): number | null {
  const found = seedsOf(bug, options.seeds).map((seed) => find(bug, bug.buggy, { seed }, options)?.deviations);
  return median(found.filter((n) => n !== undefined).sort((a, b) => a - b));
}

/** By the time of the processor, so that what else a machine does counts less. */
function speedOf(bug: Bug): number {
  const begun = process.cpuUsage();
  const { schedules } = explore(bug.fixed, { seed: 1, throws: false, iterations: 5000, timeMs: 2000 });
  const { user, system } = process.cpuUsage(begun);
  return schedules / ((user + system) / 1e6);
}

function find(bug: Bug, main: () => Coroutine<unknown>, more: ExploreOptions, { iterations }: Options) {
  const { failure } = explore(main, { throws: false, timeMs: null, iterations, ...more });
  if (failure !== null && failure.kind !== bug.finds) {
    throw new Error(`${bug.name} shows itself as "${failure.kind}", not as "${bug.finds}":\n${failure.report}`);
  }
  return failure;
}

/** Others for each bug: with the same ones all that look alike would be lucky, or unlucky, together. */
function seedsOf(bug: Bug, count: number): number[] {
  const base = [...bug.name].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0, 7);
  return Array.from({ length: count }, (_, i) => (base + i) % 0x7fffffff);
}

/** A program as it is in life: most of what goes on has nothing to do with the bug. */
function* besideOthers(main: Coroutine<unknown>, count: number): Coroutine<void> {
  function* other(n: number) {
    for (let step = 0; step < 5; step++) yield* io(0.5 + ((7 * n + 3 * step) % 10) / 10);
  }
  yield* gather(main, ...Array.from({ length: count }, (_, n) => other(n)));
}
