/** What the tests of subprocesses share. */

import { readdirSync, readFileSync } from "node:fs";
import { type Awaitable, type Coroutine, type ExceptionContext, getRunningLoop, run, sleep } from "tsyncio";
import { expect } from "vitest";

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array | null): string | null => (data === null ? null : new TextDecoder().decode(data));

/** What this process has open, each with a number, but for what comes and goes by itself. */
function open(): string[] {
  const ours = process
    .getActiveResourcesInfo()
    .filter((name) => /Pipe|Process|Socket|TTY|TCP|TLS|UDP|Server|Timeout|GetAddrInfo/.test(name));
  const fds = readdirSync("/proc/self/fd").map(() => "file descriptor");
  const all = [...ours, ...fds].sort();
  return all.map((name, i) => `${name} ${i - all.indexOf(name) + 1}`);
}

/** The children of this process: those that run, and those that have ended and were not waited for. */
function children(): string[] {
  const started = readdirSync("/proc/self/task").flatMap((thread) => words(`/proc/self/task/${thread}/children`));
  const all = started.map((pid) => [pid, ...words(`/proc/${pid}/cmdline`)].join(" "));
  return all.filter((line) => !/esbuild|rolldown/.test(line));
}

/** Of a file of Linux's about a process; none if the process has ended meanwhile. */
function words(file: string): string[] {
  try {
    return readFileSync(file, "utf8")
      .split(/[ \0]/)
      .filter((word) => word !== "");
  } catch {
    return [];
  }
}

/** Waits until nothing is left that was not there before; what closes does so in a few turns of the platform. */
async function nothingNew(look: () => string[], before: string[]): Promise<void> {
  const added = () => look().filter((thing) => !before.includes(thing));
  for (let i = 0; i < 3000 && added().length > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(added()).toEqual([]);
}

/**
 * `run(main())` on real time. Afterwards no child, file descriptor or handle of the platform may be left, and the loop
 * must have reported nothing.
 */
export async function clean<T>(main: () => Awaitable<T>): Promise<T> {
  const before = { open: open(), children: children() };
  const reports: ExceptionContext[] = [];
  function* watched(): Coroutine<T> {
    getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context));
    return (yield* main()) as T;
  }
  const result = await run(watched());
  await nothingNew(children, before.children);
  await nothingNew(open, before.open);
  expect(reports).toEqual([]);
  return result;
}

/** Waits until it is true. */
export function* until(condition: () => boolean): Coroutine<void> {
  for (let i = 0; i < 6000; i++) {
    if (condition()) return;
    yield* sleep(0.005);
  }
  throw new Error("it has not become true in half a minute");
}
