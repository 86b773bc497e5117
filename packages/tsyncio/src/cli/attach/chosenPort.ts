/**
 * The port that a process started with `--inspect-port=0` has chosen for its inspector. It cannot be told from the
 * ports of the program's own servers, so the command that has it opened leaves a note for the others: in a folder
 * that only this user can enter. A note is a hint, not a proof: it is read together with what the process listens to.
 */

import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenerOf, type ProcessStatus, statusOf } from "./proc.ts";

/** Null if no command has noted one, or if the process does not listen to it any more. */
export function chosenPort(pid: number, status: ProcessStatus): number | null {
  const port = readNote(pid, status);
  return port !== null && listenerOf(pid, port) === "own" ? port : null;
}

/** For the other commands. Where no note can be left they wait until this one has closed the inspector. */
export function noteChosenPort(pid: number, status: ProcessStatus, port: number): void {
  try {
    mkdirSync(folder(), { mode: 0o700, recursive: true });
    if (!isPrivate()) return;
    writeFileSync(join(folder(), nameOf(pid, status)), String(port), { mode: 0o600 });
    for (const name of readdirSync(folder())) {
      const [pid, began] = name.split("-");
      if (statusOf(Number(pid))?.began !== began) rmSync(join(folder(), name), { force: true });
    }
  } catch {
    // There is no place to write to.
  }
}

/** Takes the note back, unless the process does listen to the port. */
export function forgetChosenPort(pid: number, status: ProcessStatus, port: number): void {
  if (readNote(pid, status) !== port || listenerOf(pid, port) === "own") return;
  try {
    rmSync(join(folder(), nameOf(pid, status)), { force: true });
  } catch {
    // It is as good as taken back: the process does not listen to the port.
  }
}

function readNote(pid: number, status: ProcessStatus): number | null {
  try {
    if (!isPrivate()) return null;
    const text = readFileSync(join(folder(), nameOf(pid, status)), "utf8");
    return /^\d{1,5}$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}

function folder(): string {
  return join(tmpdir(), `tsyncio-ports-${process.getuid?.()}`);
}

/** Another user may have made it before, to have files written elsewhere. */
function isPrivate(): boolean {
  const stat = lstatSync(folder());
  return stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o077) === 0;
}

/** With the pid and the time of its beginning a process is named for good. */
function nameOf(pid: number, status: ProcessStatus): string {
  return `${pid}-${status.began}`;
}
