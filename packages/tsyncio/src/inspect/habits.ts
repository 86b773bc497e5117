/** What a program does that is seldom meant so, as an instrument has counted it. */

import type { ThreadData } from "./snapshot.ts";

/** Of all steps since the last time. */
export interface Stats {
  /** In seconds. */
  readonly over: number;
  readonly steps: number;
  /** How late the timers of the process are at most, in milliseconds. */
  readonly lag: number;
  /** The longest steps: the name of the task, and milliseconds. */
  readonly slow: readonly (readonly [name: string, took: number])[];
  /** Tasks that gave up their turn by `sleep(0)` and alike, and how often. */
  readonly polls: readonly (readonly [name: string, times: number])[];
  /** Tasks that were asked to cancel, and have gone on to wait for something else since: how often. */
  readonly refuses: readonly (readonly [name: string, times: number])[];
}

/** Of two times, one after the other. */
export function together(a: Stats, b: Stats): Stats {
  const slow = [...a.slow, ...b.slow].sort(([, one], [, other]) => other - one).slice(0, KEPT);
  return {
    over: a.over + b.over,
    steps: a.steps + b.steps,
    lag: Math.max(a.lag, b.lag),
    slow,
    polls: summed(a.polls, b.polls),
    refuses: summed(a.refuses, b.refuses),
  };
}

function summed(a: Stats["polls"], b: Stats["polls"]): Stats["polls"] {
  const sums = new Map(a);
  for (const [name, times] of b) sums.set(name, (sums.get(name) ?? 0) + times);
  return [...sums].sort(([, one], [, other]) => other - one).slice(0, KEPT);
}

/** How many names of each are kept. */
const KEPT = 100;
/** Milliseconds that a step may take. */
const STEP = 100;
/** Seconds that a wait may take. */
const LONG = 1;
/** How often in a second a task may give up its turn. */
const POLLS = 100;
/** At most this many lines, and this many of a kind. */
const LINES = 12;
const OF_A_KIND = 5;

export function habits(stats: Stats, thread: ThreadData): string[] {
  const names = new Map(thread.tasks.map((task) => [task.id, task.name]));
  const unasked = thread.unasked ?? [];
  const blocked = stats.slow
    .filter(([, took]) => took > STEP)
    .map(([name, took]) => `loop blocked: a step of ${name} took ${took.toFixed(0)} ms`);
  const polling = stats.polls
    .map(([name, times]) => [name, Math.round(times / Math.max(stats.over, 1e-3))] as const)
    .filter(([, rate]) => rate > POLLS)
    .map(([name, rate]) => `polling: ${name} has given up its turn ${rate} times a second, by sleep(0)`);
  const refusing = stats.refuses.map(([name]) => `goes on: ${name} was asked to cancel, and waits for something else`);
  const failed = unasked.map(
    ({ task, error }) => `exception never retrieved: ${task ?? "a future"} has failed by ${error}`,
  );
  const long = thread.tasks.filter(({ waited = 0 }) => waited >= LONG);
  const locks = long
    .filter(({ via }) => via === "hold")
    .map(({ name, waited = 0, on }) => {
      const holders = on.map((id) => names.get(id) ?? "?").join(", ");
      // Of a semaphore they are not always known.
      const held = holders === "" ? "" : `, held by ${holders}`;
      return `waits for a lock: ${name}, for ${waited.toFixed(1)} s${held}`;
    });
  const full = long
    .filter(({ waitsFor }) => waitsFor?.startsWith("put into "))
    .map(({ name, waited = 0 }) => `full queue: ${name} has waited for room for ${waited.toFixed(1)} s`);
  return [blocked, polling, refusing, failed, locks, full].flatMap(few).slice(0, LINES);
}

function few(lines: readonly string[]): string[] {
  const more = lines.length - OF_A_KIND;
  return more <= 0
    ? [...lines]
    : [...lines.slice(0, OF_A_KIND - 1), `${lines[OF_A_KIND - 1]}, and ${more} more like it`];
}
