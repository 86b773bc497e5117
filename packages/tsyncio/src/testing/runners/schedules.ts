/**
 * The schedules that made tests fail, as a text to be kept beside the tests: what is in it, and what is done with a
 * token.
 */

import { RuntimeError } from "../../base/errors.ts";
import type { FailureKind } from "../failure.ts";

/** A schedule under which a test has failed once. */
export interface StoredSchedule {
  token: string;
  kind: FailureKind;
  /** The day, as in 2000-12-31. */
  found: string;
  /** The day since which the test holds under it. Not there while it fails. */
  holds?: string;
}

/** By the full name of the test. */
export type Schedules = Map<string, StoredSchedule[]>;

const ABOUT =
  "Schedules that made these tests fail. tsyncio/testing plays them first in each run. Keep this file with the tests.";

/** How many of one test are kept; beyond that the oldest that holds goes. */
const KEPT = 20;

/** Throws `RuntimeError` for a text that is not ours: one that a merge has spoiled must not be overwritten. */
export function parseSchedules(text: string, path: string): Schedules {
  const schedules: Schedules = new Map();
  try {
    const { tests } = JSON.parse(text) as { tests: Record<string, StoredSchedule[]> };
    for (const [name, stored] of Object.entries(tests)) {
      if (!stored.every((entry) => typeof entry.token === "string")) throw new TypeError(`"${name}" has no tokens`);
      schedules.set(name, stored);
    }
  } catch (cause) {
    throw new RuntimeError(`${path} cannot be read: repair or remove it (${(cause as Error).message})`, { cause });
  }
  return schedules;
}

/** In an order that does not depend on which came first, so that versions can be merged. */
export function formatSchedules(schedules: Schedules): string {
  const names = [...schedules.keys()].filter((name) => schedules.get(name)?.length !== 0).sort();
  // Not by an object literal: a test may be called "__proto__".
  const tests = names.map((name) => {
    const entries = (schedules.get(name) as StoredSchedule[]).map((entry) => `      ${formatEntry(entry)}`);
    return `    ${JSON.stringify(name)}: [\n${entries.join(",\n")}\n    ]`;
  });
  return `{\n  "about": ${JSON.stringify(ABOUT)},\n  "tests": {\n${tests.join(",\n")}\n  }\n}\n`;
}

/** One line, the same for the same entry. */
export function formatEntry({ token, kind, found, holds }: StoredSchedule): string {
  const pairs = Object.entries({ token, kind, found, ...(holds === undefined ? {} : { holds }) });
  return `{ ${pairs.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(", ")} }`;
}

/** What playing the stored schedules of a test has shown. */
export interface Outcome {
  /** Those under which it holds. */
  readonly held: readonly string[];
  /** The one under which it fails. */
  readonly failed: string | null;
  /** Those that can never be played again: of another version, or of options that the test does not have any more. */
  readonly unplayable: readonly string[];
  /** A new one. */
  readonly added: StoredSchedule | null;
}

/**
 * A schedule under which the test holds stays: should the bug come back, it is found at once, and playing it costs one
 * run. That holds for one that does not fit the program any more, too: it fits the program that has the bug.
 */
export function applyOutcome(stored: readonly StoredSchedule[], outcome: Outcome, today: string): StoredSchedule[] {
  const { held, failed, unplayable, added } = outcome;
  const kept: StoredSchedule[] = [];
  for (const { token, kind, found, holds } of stored) {
    if (unplayable.includes(token)) continue;
    const entry = { token, kind, found };
    if (token === failed) kept.push(entry);
    else if (holds !== undefined || held.includes(token)) kept.push({ ...entry, holds: holds ?? today });
    else kept.push(entry);
  }
  if (added !== null && !kept.some(({ token }) => token === added.token)) kept.push(added);
  while (kept.length > KEPT) {
    const oldest = kept.findIndex(({ holds }) => holds !== undefined);
    kept.splice(Math.max(oldest, 0), 1);
  }
  return kept;
}
