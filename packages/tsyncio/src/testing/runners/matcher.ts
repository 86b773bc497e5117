/** `expect(main).toHoldUnderAllSchedules()`. */

import { expect } from "vitest";
import { checkOptions } from "../../base/checks.ts";
import type { Coroutine, Native } from "../../kernel/protocol.ts";
import { EXPLORE_OPTIONS, type ExploreOptions, explore } from "../explore.ts";
import type { Main } from "../simulate.ts";
import type { Simulation } from "../simulation.ts";
import { readEnvironment } from "./limits.ts";

/** Options of `toHoldUnderAllSchedules`. */
export type HoldOptions = Omit<ExploreOptions, "throws">;

declare module "vitest" {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** Passes if the coroutine function holds under all schedules: see `explore`. `not`: if it fails under one. */
    toHoldUnderAllSchedules: T extends (sim: Simulation) => Coroutine<unknown> | Native<unknown>
      ? (options?: HoldOptions) => R
      : never;
  }
}

const { throws: _, ...HOLD_OPTIONS } = EXPLORE_OPTIONS;

expect.extend({
  toHoldUnderAllSchedules(main: Main<unknown>, options: HoldOptions = {}) {
    checkOptions("toHoldUnderAllSchedules", options, HOLD_OPTIONS);
    // Not the environment's limits: there is no timeout here that could grow with them.
    const { seed = options.seed } = readEnvironment();
    const exploration = explore(main, { ...options, ...(seed === undefined ? {} : { seed }), throws: false });
    const pass = exploration.failure === null;
    const text = `expected ${main.name || "the program"} ${pass ? "to fail under some schedule" : "to hold under all schedules"}`;
    return { pass, message: () => `${text}\n\n${exploration}` };
  },
});
