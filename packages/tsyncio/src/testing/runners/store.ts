/** Where the schedules are kept: `__schedules__/<test file>.json` beside the test file. */

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { RuntimeError } from "../../base/errors.ts";
import { formatSchedules, parseSchedules, type Schedules, type StoredSchedule } from "./schedules.ts";

/** Real time, kept before a test could replace it. */
const realNow = performance.now.bind(performance);
/** After how many milliseconds without a change a lock has been left behind. Writing takes a few of them. */
const STALE = 1000;
/** How many milliseconds others may take turns at the lock before this process gives up. */
const PATIENCE = 5000;

export function scheduleFile(testFile: string): string {
  return join(dirname(testFile), "__schedules__", `${basename(testFile)}.json`);
}

/** Reads the schedules of all tests of a file. Throws `RuntimeError` for a damaged file. */
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
 * Changes what is stored for one test. A reader sees the old file or the new one; of several processes that change the
 * same file none undoes what another has done. Blocks for `patience` milliseconds at most, 5,000 by default; then
 * throws `RuntimeError`.
 */
export function updateSchedules(
  path: string,
  test: string,
  change: (stored: readonly StoredSchedule[]) => StoredSchedule[],
  patience: number = PATIENCE,
): void {
  mkdirSync(dirname(path), { recursive: true });
  const unlock = lock(`${path}.lock`, Math.min(patience, PATIENCE));
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

/**
 * A file, since making one fails if it is there. It says which process has made it. The lock of a process that has
 * ended is removed, and so is one that nothing happens to for a while. Throws `RuntimeError` if others have it for too
 * long.
 */
function lock(path: string, patience: number): () => void {
  const mine = `${hostname()} ${process.pid}`;
  const began = realNow();
  let seen = "";
  let since = began;
  for (;;) {
    try {
      writeFileSync(path, mine, { flag: "wx" });
      return () => rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    const { owner, identity } = lookAt(path);
    if (identity !== seen) [seen, since] = [identity, realNow()];
    if (hasEnded(owner) || realNow() - since > STALE) rmSync(path, { recursive: true, force: true });
    else if (realNow() - began > patience) throw busy(path, owner, realNow() - began);
    else pause(5);
  }
}

/** Not by its age: clocks differ, and go wrong. */
function lookAt(path: string): { owner: string; identity: string } {
  try {
    const { ino, mtimeMs } = statSync(path);
    const owner = readFileSync(path, "utf8");
    return { owner, identity: `${ino} ${mtimeMs} ${owner}` };
  } catch (error) {
    // It has just been released; or it is a folder, as earlier versions made it.
    return { owner: "", identity: String(codeOf(error)) };
  }
}

/** True for a process of this machine that is not there any more. */
function hasEnded(owner: string): boolean {
  const [host, pid] = owner.split(" ");
  if (host !== hostname() || Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}

function busy(path: string, owner: string, waited: number): RuntimeError {
  const [host, pid] = owner.split(" ");
  const holder = pid === undefined ? "another process" : `process ${pid} of ${host}`;
  const seconds = (waited / 1000).toFixed(1);
  return new RuntimeError(`${path} is held by ${holder} for ${seconds} s: remove it if no test is running`);
}

/** Blocks, as all of an exploration does. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}
