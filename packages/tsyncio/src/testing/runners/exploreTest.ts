/** A test that explores: it replays the schedules that have failed before, and stores new ones. */

import { relative } from "node:path";
import { type Exploration, ExplorationError, type Failure } from "../exploration.ts";
import { type ExploreOptions, explore, readOptions } from "../explore.ts";
import { replay } from "../replay.ts";
import type { Settings } from "../settings.ts";
import type { Main } from "../simulate.ts";
import { fromToken } from "../token.ts";
import { type Environment, limitsOf, SHARE } from "./limits.ts";
import { applyOutcome, formatEntry, type StoredSchedule } from "./schedules.ts";
import { readSchedules, updateSchedules } from "./store.ts";

/** The place of a test. */
export interface Place {
  /** The file with its schedules; null if none are stored. */
  readonly path: string | null;
  /** The full name of the test. */
  readonly test: string;
  /** The timeout, in milliseconds; Infinity for none. */
  readonly timeout: number;
}

/** Real time, kept before a test could replace it. */
const now = performance.now.bind(performance);
const RealDate = Date;

/** The result of an exploration without a failure. */
export interface Explored {
  readonly exploration: Exploration;
  /** Why a change of the stored schedules could not be written; null if it was. */
  readonly problem: string | null;
}

/** Plays the stored schedules, then explores. Throws `ExplorationError` at the first failure, which is stored. */
export function exploreTest(
  main: Main<unknown>,
  options: ExploreOptions,
  place: Place,
  environment: Environment,
): Explored {
  const began = now();
  const { path, test, timeout } = place;
  const { settings } = readOptions(options);
  const stored = path === null ? [] : (readSchedules(path).get(test) ?? []);
  const played = playStored(main, options, stored, settings);
  const keep = (added: StoredSchedule | null): string | null => {
    const outcome = { ...played, failed: played.failed?.token ?? null, added };
    const change = (entries: readonly StoredSchedule[]) => applyOutcome(entries, outcome, today());
    if (path === null || environment.ci || sameEntries(stored, change(stored))) return null;
    // Blocking cannot be ended by the timeout of the test, whose own failure it would hide.
    const left = (timeout - (now() - began)) * SHARE;
    return problemOf(() => updateSchedules(path, test, change, Math.max(left, 0)));
  };
  if (played.failed !== null) {
    const { token, error } = played.failed;
    const { found } = stored.find((entry) => entry.token === token) as StoredSchedule;
    const problem = keep(null);
    const note = `This schedule is stored in ${shown(path)} (found ${found}), and was played first.`;
    throw withNote(error, problem === null ? note : `${note} The file is not up to date: ${problem}.`);
  }
  const limits = limitsOf(options, environment, timeout - (now() - began));
  const exploration = explore(main, { ...options, ...limits, throws: false });
  const { failure } = exploration;
  if (failure === null) return { exploration, problem: keep(null) };
  const added = isDefault(failure) ? null : { token: failure.token, kind: failure.kind, found: today() };
  const problem = keep(added);
  const error = new ExplorationError(failure);
  throw added === null || path === null
    ? bare(error)
    : withNote(error, noteOf(added, path, place, environment, problem));
}

interface Played {
  readonly held: readonly string[];
  readonly failed: { readonly token: string; readonly error: ExplorationError } | null;
  readonly unplayable: readonly string[];
}

function playStored(
  main: Main<unknown>,
  options: ExploreOptions,
  stored: readonly StoredSchedule[],
  settings: Settings,
): Played {
  const held: string[] = [];
  const unplayable: string[] = [];
  for (const { token } of stored) {
    if (!isPlayable(token, settings)) {
      unplayable.push(token);
      continue;
    }
    try {
      replay(main, token, options);
      held.push(token);
    } catch (error) {
      if (!(error instanceof ExplorationError)) throw error;
      return { held, failed: { token, error }, unplayable };
    }
  }
  return { held, failed: null, unplayable };
}

/** With other options, the schedule may be one that the test excludes. */
function isPlayable(token: string, settings: Settings): boolean {
  try {
    const { model, jitter, checkpointEveryAwait, cancelEverywhere } = fromToken(token);
    return (
      model === settings.model &&
      Math.abs(jitter - settings.jitter) < 0.001 &&
      checkpointEveryAwait === settings.checkpointEveryAwait &&
      cancelEverywhere === settings.cancelEverywhere
    );
  } catch {
    return false; // of another version
  }
}

/** The default order without any chance is what each exploration begins with: there is nothing to keep. */
function isDefault({ deviations, token }: Failure): boolean {
  return deviations === 0 && fromToken(token).seed === 0;
}

function noteOf(
  added: StoredSchedule,
  path: string,
  { test }: Place,
  environment: Environment,
  problem: string | null,
): string {
  const file = shown(path);
  if (!environment.ci && problem === null) return `Stored in ${file}: the next run plays it first.`;
  const why = environment.ci ? "since this is CI" : `(${problem})`;
  return `Not stored, ${why}. To keep it, add it to ${file}, at "tests":\n    ${JSON.stringify(test)}: [${formatEntry(added)}]`;
}

function withNote(error: ExplorationError, note: string): ExplorationError {
  const { failure } = error;
  return bare(new ExplorationError({ ...failure, report: `${failure.report}\n  ${note}` }));
}

/** Runners print what is enumerable, and the message has it all. */
function bare(error: ExplorationError): ExplorationError {
  return Object.defineProperty(error, "failure", { enumerable: false });
}

function problemOf(action: () => void): string | null {
  try {
    action();
    return null;
  } catch (error) {
    return String((error as Error).message); // The test's own failure is what matters.
  }
}

function sameEntries(a: readonly StoredSchedule[], b: readonly StoredSchedule[]): boolean {
  return a.map(formatEntry).join() === b.map(formatEntry).join();
}

function shown(path: string | null): string {
  const near = relative(process.cwd(), path as string);
  return near.startsWith("..") ? (path as string) : near;
}

function today(): string {
  return new RealDate().toISOString().slice(0, 10);
}
