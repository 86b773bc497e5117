/** What a program under simulation can ask for. */

import { checkOptions } from "../base/checks.ts";
import { thenable } from "../kernel/coroutines.ts";
import { currentLoop } from "../kernel/future.ts";
import type { Coroutine, CoroutineObject, Native } from "../kernel/protocol.ts";
import { sleep } from "../tasks/sleep.ts";
import type { Invariant, Liveness } from "./settings.ts";
import { type World, worldOf } from "./world.ts";

/** The program: a coroutine function. It is called anew for each run, so it must make all of its state itself. */
export type Main<T> = (sim: Simulation) => Coroutine<T> | Native<T>;

/** The run, as its `main` sees it: the argument of `main`. */
export class Simulation {
  /** The seed of this run: it determines `random()`, `Math.random()` and the chances of the simulated network. */
  readonly seed: number;
  private readonly world: World;

  /** @internal */
  constructor(world: World, seed: number) {
    this.world = world;
    this.seed = seed;
  }

  /** Seconds of simulated time since the run began. */
  get time(): number {
    return this.world.clock.time;
  }

  /** A random number from 0 to 1, excluding 1, which the seed determines. */
  random(): number {
    return this.world.random();
  }

  /**
   * Returns true with probability `p`: for a fault that a test injects. It is a choice of its own, false by default, so
   * that a shrunk schedule has only the faults that matter. Reports show `label`.
   */
  chance(p: number, label?: string): boolean {
    return this.world.chance(p, label);
  }

  /** Runs the check after each step from now on. It fails by throwing or by returning false. */
  invariant(check: Invariant): void {
    this.world.conditions.always(check);
  }

  /**
   * From now on the condition may be false for at most `withinSteps` steps in a row (1,000 by default), and must be
   * true when `main` ends.
   */
  eventually(condition: () => boolean, options: { name?: string; withinSteps?: number } = {}): void {
    checkOptions("eventually", options, { name: true, withinSteps: true });
    const { name, withinSteps = 1000 } = options;
    const watched: Liveness = { eventually: condition, withinSteps, ...(name === undefined ? {} : { name }) };
    this.world.conditions.eventually(watched, this.world.steps);
  }

  /** The function `advance`. */
  advance(seconds: number): CoroutineObject<void> {
    return advance(seconds);
  }

  /** The function `waitAllTasksBlocked`. */
  waitAllTasksBlocked(): CoroutineObject<void> {
    return waitAllTasksBlocked();
  }
}

function here(caller: string): World {
  return worldOf(currentLoop(), caller);
}

/**
 * Returns the seconds of simulated time since the run began.
 *
 * @throws RuntimeError outside a simulation.
 */
export function currentTime(): number {
  return here("currentTime()").clock.time;
}

/**
 * Waits until all other tasks are blocked: everything has gone as far as it can without time passing. Several tasks
 * that wait here continue one after the other. trio's `wait_all_tasks_blocked`.
 *
 * @throws RuntimeError outside a simulation.
 */
export const waitAllTasksBlocked = /* @__PURE__ */ thenable(function* waitAllTasksBlocked(): Coroutine<void> {
  yield* here("waitAllTasksBlocked()").untilQuiet();
});

/**
 * Sleeps for `seconds` of simulated time, and then until all other tasks are blocked: all that is due by then has
 * happened.
 *
 * @throws RuntimeError outside a simulation.
 */
export const advance = /* @__PURE__ */ thenable(function* advance(seconds: number): Coroutine<void> {
  here("advance()");
  yield* sleep(seconds);
  yield* waitAllTasksBlocked();
});
