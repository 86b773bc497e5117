/** What the tests of subprocesses share. */

import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { type Awaitable, type Coroutine, type ExceptionContext, getRunningLoop, run, sleep } from "tsyncio";
import { expect } from "vitest";

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array | null): string | null => (data === null ? null : new TextDecoder().decode(data));

/** What this process has open, but for what comes and goes by itself. */
function open(): Record<string, number> {
  const counts: Record<string, number> = { fds: readdirSync("/proc/self/fd").length };
  for (const name of process.getActiveResourcesInfo()) {
    if (/^(?:Timeout|Immediate|FSReqCallback|FSReqPromise|TickObject|MessagePort|CloseReq)$/.test(name)) continue;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** The children of this process that have ended, and that nobody has waited for; and those that run. */
function children(): string[] {
  const list = execFileSync("ps", ["-o", "pid=,stat=,args=", "--ppid", String(process.pid)], { encoding: "utf8" });
  return list.split("\n").filter((line) => line !== "" && !line.includes("ps -o") && !/esbuild|rolldown/.test(line));
}

/** Waits until `look` gives the same as `expected`; what closes does so in a few turns of the platform. */
async function settled<T>(look: () => T, expected: T): Promise<void> {
  for (let i = 0; i < 100 && JSON.stringify(look()) !== JSON.stringify(expected); i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(look()).toEqual(expected);
}

/**
 * `run(main())` on real time. Afterwards no child, file descriptor or handle of the platform may be left, and the loop must
 * have reported nothing.
 */
export async function clean<T>(main: () => Awaitable<T>): Promise<T> {
  const before = { open: open(), children: children() };
  const reports: ExceptionContext[] = [];
  function* watched(): Coroutine<T> {
    getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context));
    return (yield* main()) as T;
  }
  const result = await run(watched());
  await settled(children, before.children);
  await settled(open, before.open);
  expect(reports).toEqual([]);
  return result;
}

/** Waits until it is true. */
export function* until(condition: () => boolean): Coroutine<void> {
  for (let i = 0; i < 1000; i++) {
    if (condition()) return;
    yield* sleep(0.005);
  }
  throw new Error("it has not become true in five seconds");
}
