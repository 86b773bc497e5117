/** What a program under simulation can ask for. */

import { checkOptions } from "../base/checks.ts";
import { thenable } from "../kernel/coroutines.ts";
import { currentLoop } from "../kernel/future.ts";
import type { Coroutine, CoroutineObject, Native } from "../kernel/protocol.ts";
import { sleep } from "../tasks/sleep.ts";
import type { Invariant, Liveness } from "./settings.ts";
import { type World, worldOf } from "./world.ts";

/** The program: a coroutine function. Called afresh for each run, so all its state must be made inside it. */
export type Main<T> = (sim: Simulation) => Coroutine<T> | Native<T>;

/** Handed to `main`: the run it belongs to. */
export class Simulation {
  /** The seed of this run: of `random()`, `Math.random()`, and all that the simulated network draws. */
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

  /** From 0 to 1, 1 excluded; the seed determines it. */
  random(): number {
    return this.world.random();
  }

  /**
   * True with probability `p`: a fault put in on purpose. Explored as a choice of its own, false by default, so that
   * a failing schedule that is shrunk keeps only the faults that matter. Reports say `label`.
   */
  chance(p: number, label?: string): boolean {
    return this.world.chance(p, label);
  }

  /** Checks after each step from now on; the check throws or returns false where it does not hold. */
  invariant(check: Invariant): void {
    this.world.conditions.always(check);
  }

  /**
   * The condition must not stay false for more than `withinSteps` steps from now on (1,000 by default), nor be false
   * when `main` ends.
   */
  eventually(condition: () => boolean, options: { name?: string; withinSteps?: number } = {}): void {
    checkOptions("eventually", options, { name: true, withinSteps: true });
    const { name, withinSteps = 1000 } = options;
    const watched: Liveness = { eventually: condition, withinSteps, ...(name === undefined ? {} : { name }) };
    this.world.conditions.eventually(watched, this.world.steps);
  }

  /** `advance(seconds)`, `waitAllTasksBlocked()`: see there. */
  advance(seconds: number): CoroutineObject<void> {
    return advance(seconds);
  }

  waitAllTasksBlocked(): CoroutineObject<void> {
    return waitAllTasksBlocked();
  }
}

function here(caller: string): World {
  return worldOf(currentLoop(), caller);
}

/** Seconds of simulated time since the run began. Throws `RuntimeError` outside of a simulation. */
export function currentTime(): number {
  return here("currentTime()").clock.time;
}

/**
 * Waits until all other tasks are blocked and nothing is ready: what has been set going has come as far as it can
 * without time passing. Several tasks that wait go on one after the other. trio's `wait_all_tasks_blocked`.
 */
export const waitAllTasksBlocked = /* @__PURE__ */ thenable(function* waitAllTasksBlocked(): Coroutine<void> {
  yield* here("waitAllTasksBlocked()").untilQuiet();
});

/** Lets `seconds` of simulated time pass, and all that is due in it happen, to the last consequence. */
export const advance = /* @__PURE__ */ thenable(function* advance(seconds: number): Coroutine<void> {
  here("advance()");
  yield* sleep(seconds);
  yield* waitAllTasksBlocked();
});
