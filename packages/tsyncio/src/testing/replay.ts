/** One schedule again. */

import { checkOptions, type OptionNames } from "../base/checks.ts";
import { withCheckpoints } from "./checkpoints.ts";
import { Playback } from "./choices.ts";
import { ExplorationError } from "./exploration.ts";
import { EXPLORE_OPTIONS, type ExploreOptions, readOptions } from "./explore.ts";
import { guarded } from "./guards.ts";
import { reportOf } from "./report.ts";
import { type Program, play, type Run } from "./run.ts";
import { checkOutside, type Main } from "./simulate.ts";
import { fromToken, type Schedule } from "./token.ts";

/** Options of `replay`. */
export type ReplayOptions = Pick<
  ExploreOptions,
  "invariants" | "liveness" | "maxSteps" | "leaks" | "swallowed" | "start"
> & {
  /** Stops an attached debugger right before the step that fails. Defaults to false. */
  pause?: boolean;
};

/** Those that the token decides may be there as `explore` had them. */
const REPLAY_OPTIONS: OptionNames<ExploreOptions & ReplayOptions> = { ...EXPLORE_OPTIONS, pause: true };

/** The result of `replay` when the program does not fail. */
export interface Replayed {
  /** Where the program left the course that the token records; null if it followed the token to the end. */
  readonly diverged: string | null;
}

/**
 * Runs `main` once, under the schedule of the token. If the program has changed, so that the schedule no longer fits,
 * the report says where they part; without a failure, the result says it.
 *
 *     replay(main, token); // the token that `explore` has printed
 *
 * @throws {ExplorationError} when the program fails. ValueError for a text that is not a token of this version.
 */
export function replay(main: Main<unknown>, token: string, options: ReplayOptions = {}): Replayed {
  checkOutside("replay", main);
  checkOptions("replay", options, REPLAY_OPTIONS);
  const schedule = fromToken(token);
  const { settings, checks } = readOptions({ ...options, ...schedule });
  return guarded((enter) =>
    withCheckpoints(schedule.checkpointEveryAwait, () => {
      const program: Program = { main, settings, checks, enter };
      const playback = new Playback(schedule.deviations);
      const run = play(program, playback, schedule.seed);
      const diverged = divergence(schedule, playback, run);
      if (run.found === null) return { diverged };
      if (options.pause === true) pauseAt(program, schedule, run.world.steps);
      throw new ExplorationError(
        reportOf(program, {
          kind: run.found.kind,
          seed: schedule.seed,
          deviations: schedule.deviations,
          schedule: 1,
          history: `replayed from ${token}`,
          notes: diverged === null ? [] : [diverged],
        }),
      );
    }),
  );
}

function pauseAt(program: Program, schedule: Schedule, step: number): void {
  play(program, new Playback(schedule.deviations), schedule.seed, (world) => {
    world.pauseAt = step;
  });
}

function divergence(schedule: Schedule, playback: Playback, run: Run): string | null {
  const { misfit, left } = playback;
  const made = run.choices.taken.length;
  const changed = "The program has changed since the token was made:";
  if (misfit !== null) {
    const { deviation, count } = misfit;
    return `${changed} choice ${deviation.index + 1} was one of ${deviation.count}, and is one of ${count} now.`;
  }
  if (left.length > 0)
    return `${changed} it made ${made} choices, and the token has one for choice ${(left[0] as { index: number }).index + 1}.`;
  if (made !== schedule.length) return `${changed} it made ${made} choices instead of ${schedule.length}.`;
  return null;
}
