/** Where the schedules are kept: `__schedules__/<test file>.json` beside the test file. */

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { formatSchedules, parseSchedules, type Schedules, type StoredSchedule } from "./schedules.ts";

/** Real time, kept before a test could replace it. */
const { now } = Date;
/** Whoever keeps the lock longer than this has been killed, in milliseconds. */
const STALE = 10_000;

export function scheduleFile(testFile: string): string {
  return join(dirname(testFile), "__schedules__", `${basename(testFile)}.json`);
}

/** Those of all tests of a file. Throws `RuntimeError` for a file that is damaged. */
export function readSchedules(path: string): Schedules {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return new Map();
    throw error;
  }
  return parseSchedules(text, path);
}

/**
 * Changes what is stored for one test. Whoever reads sees the old file or the new one; of several processes that
 * change the same file none undoes what another has done.
 */
export function updateSchedules(
  path: string,
  test: string,
  change: (stored: readonly StoredSchedule[]) => StoredSchedule[],
): void {
  mkdirSync(dirname(path), { recursive: true });
  const unlock = lock(`${path}.lock`);
  try {
    const schedules = readSchedules(path);
    const before = formatSchedules(schedules);
    schedules.set(test, change(schedules.get(test) ?? []));
    const after = formatSchedules(schedules);
    if (after === before) return;
    if (schedules.get(test)?.length === 0 && schedules.size === 1) return rmSync(path);
    const written = `${path}.new`;
    writeFileSync(written, after);
    renameSync(written, path);
  } finally {
    unlock();
  }
}

/** A folder, since making one fails if it is there. */
function lock(path: string): () => void {
  for (;;) {
    try {
      mkdirSync(path);
      return () => rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      if (ageOf(path) > STALE) rmSync(path, { recursive: true, force: true });
      else pause(5);
    }
  }
}

function ageOf(path: string): number {
  try {
    return now() - statSync(path).mtimeMs;
  } catch {
    return 0; // It has just been given back.
  }
}

/** Blocks, as all of an exploration does. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}
