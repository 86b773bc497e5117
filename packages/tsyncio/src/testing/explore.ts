/** Many schedules of one program, until one fails. */

import { checkOptions, type OptionNames } from "../base/checks.ts";
import { withCheckpoints } from "./checkpoints.ts";
import { type Candidates, type Chooser, Playback } from "./choices.ts";
import { Exploration, ExplorationError, type Failure } from "./exploration.ts";
import { guarded } from "./guards.ts";
import { mixSeeds, Random } from "./random.ts";
import { reportOf } from "./report.ts";
import { type Program, play, type Run } from "./run.ts";
import {
  type Checks,
  checkModel,
  checkStart,
  type Invariant,
  type Liveness,
  type Model,
  type Settings,
} from "./settings.ts";
import { shrink } from "./shrink.ts";
import { checkOutside, type Main } from "./simulate.ts";
import { makeStrategy, type StrategyName } from "./strategies/byName.ts";
import type { Strategy } from "./strategies/strategy.ts";

/** Options of `explore`. */
export interface ExploreOptions {
  /** Runs at most this number of schedules. Defaults to 10,000. Stops earlier when no new schedule turns up. */
  iterations?: number;
  /** The time limit, in milliseconds of real time; null for no limit. Defaults to 1,000. */
  timeMs?: number | null;
  /** The same seed explores the same schedules in the same order. Defaults to a random seed. */
  seed?: number;
  /**
   * How schedules are chosen. `"portfolio"` (the default) takes turns with the others; `"random"` takes any of what may
   * come next; `"uniform"` makes all interleavings equally likely; `{ pct: d }` has random priorities that change at
   * `d - 1` places; `{ exhaustive: n }` runs every schedule with at most `n` choices that differ from the default
   * (`Infinity`: every schedule).
   */
  strategy?: StrategyName;
  /**
   * What may happen in another order. `"events"` (the default): external events, such as the end of a `sleep`, a
   * timeout, a packet of the simulated network; `"any"`: these, and the steps of all ready tasks; `"fifo"`: nothing.
   * The guide to testing explains when to use which.
   */
  model?: Model;
  /** An external event due after `d` seconds may come up to `d * jitter` seconds late. Defaults to 1. */
  jitter?: number;
  /** Lets other tasks run at every await, even of a lock that is free. For model `"any"`. Defaults to false. */
  checkpointEveryAwait?: boolean;
  /**
   * Cancels a task while it waits: once at each wait of the default order, then at waits of other schedules. Defaults
   * to false.
   */
  cancelEverywhere?: boolean;
  /** Checks that run after each step. A check fails by throwing or by returning false. */
  invariants?: readonly Invariant[];
  /** Conditions that must keep coming true. */
  liveness?: readonly Liveness[];
  /** A run of more steps fails. Defaults to 100,000. */
  maxSteps?: number;
  /** Whether a task that still waits when `main` has ended is a failure. Defaults to `"error"`. */
  leaks?: "error" | "ignore";
  /** Whether a cancelled task that ends normally is a failure. Defaults to `"error"`. */
  swallowed?: "error" | "ignore";
  /** Whether a failing schedule is reduced to the choices that matter. Defaults to true. */
  shrink?: boolean;
  /** Whether a failure is thrown. With false, it is in `failure` of the result. Defaults to true. */
  throws?: boolean;
  /** The time that `Date` shows when a run begins. Defaults to 2000-01-01 UTC. */
  start?: Date | number;
  /** Called about once a second of real time, with the number of schedules and the seconds so far. */
  onProgress?: (progress: { schedules: number; seconds: number }) => void;
}

export const EXPLORE_OPTIONS: OptionNames<ExploreOptions> = {
  iterations: true,
  timeMs: true,
  seed: true,
  strategy: true,
  model: true,
  jitter: true,
  checkpointEveryAwait: true,
  cancelEverywhere: true,
  invariants: true,
  liveness: true,
  maxSteps: true,
  leaks: true,
  swallowed: true,
  shrink: true,
  throws: true,
  start: true,
  onProgress: true,
};

export const DEFAULT_ITERATIONS = 10_000;
export const DEFAULT_MS = 1000;
/**
 * After this many runs in a row that bring nothing new, and five times as many as there are schedules, the search ends.
 */
const REPEATS = 1000;
/** How many milliseconds a failing schedule may be shrunk, besides the time of the search. */
const SHRINK_MS = 2000;

/**
 * Runs `main` under many schedules, on simulated time, until it fails under one. The failure is reported with the
 * smallest schedule that still fails: a timeline, and a token for `replay`. These count as failures: an error of
 * `main`, a deadlock, an exception that is never retrieved, a task that still waits when `main` has ended, a swallowed
 * cancellation, a broken invariant or liveness condition, a run of too many steps.
 *
 *     explore(function* () {
 *       const account = new Account(100);
 *       yield* gather(account.withdraw(80), account.withdraw(80));
 *       assert(account.balance >= 0);
 *     });
 *
 * @throws {ExplorationError} when the program fails and `throws` is true. RuntimeError inside a running loop.
 */
export function explore(main: Main<unknown>, options: ExploreOptions = {}): Exploration {
  checkOutside("explore", main);
  checkOptions("explore", options, EXPLORE_OPTIONS);
  const { seed = Math.floor(Math.random() * 0x7fffffff), throws = true, strategy = "portfolio" } = options;
  const { settings, checks } = readOptions(options);
  const made = makeStrategy(strategy);
  const exploration = guarded((enter) =>
    withCheckpoints(settings.checkpointEveryAwait, () =>
      new Explorer({ main, settings, checks, enter }, made, seed, options).explore(),
    ),
  );
  if (throws && exploration.failure !== null) throw new ExplorationError(exploration.failure);
  return exploration;
}

export function readOptions(options: ExploreOptions): { settings: Settings; checks: Checks } {
  const { model = "events", jitter = 1, checkpointEveryAwait = false, cancelEverywhere = false } = options;
  const { maxSteps = 100_000, leaks = "error", swallowed = "error", invariants = [], liveness = [] } = options;
  if (!(jitter >= 0)) throw new TypeError(`explore: jitter must be 0 or more, got ${String(jitter)}`);
  const start = checkStart(options.start, "explore");
  const settings = { model: checkModel(model, "explore"), jitter, checkpointEveryAwait, cancelEverywhere, start };
  return { settings, checks: { maxSteps, explain: false, leaks, swallowed, lost: "error", invariants, liveness } };
}

class Explorer {
  private readonly program: Program;
  private readonly strategy: Strategy;
  private readonly seed: number;
  private readonly options: ExploreOptions;
  /** The strategy's: what a program draws must not depend on what chooses. */
  private readonly random = new Random(0);
  private readonly began = now();
  private readonly seen = new Set<number>();
  private schedules = 0;
  /** How many runs in a row have had a schedule that was seen before. */
  private repeats = 0;
  private progressAt = 1;

  constructor(program: Program, strategy: Strategy, seed: number, options: ExploreOptions) {
    this.program = program;
    this.strategy = strategy;
    this.seed = seed;
    this.options = options;
  }

  explore(): Exploration {
    const { strategy } = this;
    let complete = false;
    let failure: Failure | null = null;
    const first = this.run(new Playback([]), 0);
    if (first.found !== null) failure = this.report(first, 0);
    else if (first.choices.taken.length === 0 && !first.world.drew) complete = true;
    else {
      strategy.end?.(first.choices);
      const waits = first.choices.waits;
      for (let n = 1; ; n++) {
        if (!this.mayGoOn()) break;
        const chooser = n <= waits ? new CancelAt(n - 1) : this.byStrategy(n, waits);
        if (chooser === null) {
          complete = !first.world.drew;
          break;
        }
        const run = this.run(chooser, n);
        if (n > waits) strategy.end?.(run.choices);
        if (run.found === null) continue;
        failure = this.report(run, n);
        break;
      }
    }
    const { seed, schedules, seen } = this;
    return new Exploration({
      strategy: strategy.name,
      seed,
      schedules,
      distinct: seen.size,
      complete,
      seconds: this.seconds(),
      failure,
    });
  }

  private byStrategy(n: number, waits: number): Chooser | null {
    const { strategy, random, seed } = this;
    const cancelAt = waits > 0 ? someWait(waits, new Random(mixSeeds(seed, n))) : -1;
    random.seed(mixSeeds(seed ^ 0x5bd1e995, n));
    return strategy.begin(random) ? new ByStrategy(strategy, random, cancelAt) : null;
  }

  private run(chooser: Chooser, n: number): Run {
    const run = play(this.program, chooser, mixSeeds(this.seed, n));
    this.schedules++;
    const { size } = this.seen;
    this.seen.add(run.choices.hash());
    this.repeats = this.seen.size > size ? 0 : this.repeats + 1;
    return run;
  }

  private mayGoOn(): boolean {
    const { iterations = DEFAULT_ITERATIONS, timeMs = DEFAULT_MS, onProgress } = this.options;
    if (this.schedules >= iterations || this.repeats > Math.max(REPEATS, 5 * this.seen.size)) return false;
    if ((this.schedules & 15) !== 0) return true;
    const seconds = this.seconds();
    if (onProgress !== undefined && seconds >= this.progressAt) {
      this.progressAt = seconds + 1;
      onProgress({ schedules: this.schedules, seconds });
    }
    return timeMs === null || seconds * 1000 < timeMs;
  }

  private report(run: Run, n: number): Failure {
    const { program } = this;
    const kind = (run.found as { kind: Failure["kind"] }).kind;
    const seed = mixSeeds(this.seed, n);
    const before = run.choices.deviations();
    const until = this.options.timeMs === null ? Infinity : now() + SHRINK_MS / 1000;
    const wanted = this.options.shrink !== false;
    const shrunk = wanted ? shrink(program, kind, seed, before, () => now() < until) : null;
    const deviations = shrunk?.deviations ?? before;
    const history = [
      `found by schedule ${this.schedules} (${this.strategy.name}, seed ${this.seed})`,
      ...(before.length > deviations.length
        ? [`shrunk from ${before.length} to ${deviations.length} deviations in ${shrunk?.runs} runs`]
        : []),
    ].join("; ");
    // The default order came first, and held.
    const carriedOver = deviations.length === 0 && n > 0 && !run.world.drew;
    return reportOf(program, { kind, seed, deviations, schedule: this.schedules, history, carriedOver });
  }

  private seconds(): number {
    return now() - this.began;
  }
}

/** Which of the waits is cancelled; in a quarter of the runs none, -1. */
function someWait(waits: number, random: Random): number {
  return random.below(4) === 0 ? -1 : random.below(waits);
}

/** Real time, kept before any simulation could replace it. */
const realNow = performance.now.bind(performance);
function now(): number {
  return realNow() / 1000;
}

class ByStrategy implements Chooser {
  private readonly strategy: Strategy;
  private readonly random: Random;
  private readonly cancelAt: number;

  constructor(strategy: Strategy, random: Random, cancelAt: number) {
    this.strategy = strategy;
    this.random = random;
    this.cancelAt = cancelAt;
  }

  pick(count: number, candidates: Candidates): number {
    return this.strategy.pick(count, candidates);
  }

  decide(p: number): boolean {
    return this.strategy.decide?.(p) ?? this.random.next() < p;
  }

  cancels(n: number): boolean {
    return n === this.cancelAt;
  }
}

/** The default order, but for one cancellation. */
class CancelAt extends Playback {
  private readonly wait: number;

  constructor(wait: number) {
    super([]);
    this.wait = wait;
  }

  override cancels(n: number): boolean {
    return n === this.wait;
  }
}
