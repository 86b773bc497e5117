/** One run on simulated time. */

import { checkOptions, type OptionNames } from "../base/checks.ts";
import { RuntimeError } from "../base/errors.ts";
import { kernel } from "../kernel/state.ts";
import type { Chooser } from "./choices.ts";
import { guarded } from "./guards.ts";
import { mixSeeds, Random } from "./random.ts";
import { play } from "./run.ts";
import { type Checks, checkModel, checkStart, type Model, type Settings } from "./settings.ts";
import type { Main } from "./simulation.ts";

export type { Main } from "./simulation.ts";

/** Options of `simulate`. */
export interface SimulateOptions {
  /** Determines `Math.random()`, the chances of the simulated network and, with a `model`, the order. Defaults to 0. */
  seed?: number;
  /** What may happen in another order, which the seed determines. Defaults to `"fifo"`: nothing. See `explore`. */
  model?: Model;
  /** A run of more steps fails. Defaults to 1,000,000. */
  maxSteps?: number;
  /** The time that `Date` shows when the run begins. Defaults to 2000-01-01 UTC. */
  start?: Date | number;
}

export const SIMULATE_OPTIONS: OptionNames<SimulateOptions> = { seed: true, model: true, maxSteps: true, start: true };

/**
 * Runs `main` on simulated time and returns its result, at once: time jumps to the next event whenever all tasks wait.
 * The same program and seed make the same run. Ends as `run` does.
 *
 *     const seconds = simulate(function* (sim) {
 *       yield* sleep(3600);
 *       return sim.time; // 3600, after no time at all
 *     });
 *
 * @throws What `main` throws; `DeadlockError` when nothing can ever wake it; `NotSimulatedError` where it waits for
 * something real, such as a promise, a timer or a socket; `RuntimeError` inside a running loop.
 */
export function simulate<T>(main: Main<T>, options: SimulateOptions = {}): T {
  checkOutside("simulate", main);
  checkOptions("simulate", options, SIMULATE_OPTIONS);
  const { seed = 0, model = "fifo", maxSteps = 1_000_000 } = options;
  const settings: Settings = {
    ...DEFAULTS,
    model: checkModel(model, "simulate"),
    start: checkStart(options.start, "simulate"),
  };
  const checks: Checks = { ...NO_CHECKS, maxSteps };
  return guarded((enter) => {
    const chooser = new RandomChooser(new Random(mixSeeds(seed, 1)));
    const { world, found } = play({ main, settings, checks, enter }, chooser, seed);
    if (found !== null) throw found.error();
    return world.mainTask?.result() as T;
  });
}

const DEFAULTS = { jitter: 1, checkpointEveryAwait: false, cancelEverywhere: false };
const NO_CHECKS = {
  explain: true,
  leaks: "ignore",
  swallowed: "ignore",
  lost: "report",
  invariants: [],
  liveness: [],
} as const;

/** The order that a seed draws. */
class RandomChooser implements Chooser {
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  pick(count: number): number {
    return this.random.below(count);
  }

  decide(p: number): boolean {
    return this.random.next() < p;
  }

  cancels(): boolean {
    return false;
  }
}

/** Inside a running loop there is no place for a world of one's own. */
export function checkOutside(caller: string, main: unknown): void {
  if (typeof main !== "function") {
    throw new TypeError(
      `${caller} expects the coroutine function itself, since it calls it afresh for each run: ${caller}(main), not ${caller}(main())`,
    );
  }
  if (kernel.runningLoop !== null) throw new RuntimeError(`${caller}() cannot be called from a running event loop`);
}
