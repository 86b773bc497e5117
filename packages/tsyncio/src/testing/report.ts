/** The report of a failure. */

import { DeadlockError } from "../base/errors.ts";
import { errorText } from "../diagnostics/errorText.ts";
import { type Deviation, Playback } from "./choices.ts";
import type { Failure } from "./exploration.ts";
import { type FailureKind, RuleError } from "./failure.ts";
import { type Program, play } from "./run.ts";
import { Timeline } from "./timeline.ts";
import { toToken } from "./token.ts";

export interface ReportedSchedule {
  readonly kind: FailureKind;
  readonly seed: number;
  readonly deviations: readonly Deviation[];
  readonly schedule: number;
  /** How the schedule was found: the second line of the report. */
  readonly history: string;
  /** Whether the program has passed under the same schedule before. */
  readonly carriedOver?: boolean;
  /** Further lines of the report. */
  readonly notes?: readonly string[];
}

const TITLES: Record<FailureKind, string> = {
  error: "the program fails",
  deadlock: "the program can get stuck forever",
  "lost exception": "an exception can get lost",
  "leaked task": "a task can be left over",
  "swallowed cancellation": "a cancellation can be swallowed",
  invariant: "an invariant can be broken",
  liveness: "what must happen in the end may not happen",
  "too many steps": "the program may run forever",
};

/** Plays the schedule once more, and records its steps. */
export function reportOf(program: Program, found: ReportedSchedule): Failure {
  const timeline = new Timeline(new Playback(found.deviations));
  const explained: Program = { ...program, checks: { ...program.checks, explain: true } };
  const run = play(explained, timeline, found.seed, (world) => timeline.watch(world));
  const { kind, deviations, schedule, history, notes = [] } = found;
  const token = toToken(program.settings, run.world.drew ? found.seed : 0, run.choices.taken.length, deviations);
  const error = run.found?.error();
  const again = run.found?.kind === kind && found.carriedOver !== true;
  const lines = [`${TITLES[kind]} (${kind})`, `  ${history}`];
  if (!again) {
    lines.push(
      "  The same schedule does not always do it: state is carried over from one run to the next.",
      "  Make all of the program's state inside main, which is called afresh for each schedule.",
    );
  } else if (deviations.length === 0) lines.push("  It needs no unusual order: it fails in the default one.");
  lines.push(...notes.map((note) => `  ${note}`), "", timeline.format(deviations), "");
  if (error !== undefined) lines.push(indent(textOf(error)), "");
  lines.push(`  Play it again: replay(main, "${token}")`);
  const report = lines.join("\n");
  return { kind, error, token, deviations: deviations.length, schedule, report, steps: timeline.steps() };
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${String(error)}`;
  // The stack of these is ours; what matters is in the message.
  if (error instanceof DeadlockError || (error instanceof RuleError && error.cause === undefined)) return String(error);
  return errorText(error);
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
