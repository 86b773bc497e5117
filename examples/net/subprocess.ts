"use tsyncio";
// Runs programs at the same time, at most three of them, each with its own time limit.
// Python: asyncio.create_subprocess_exec, with Semaphore and timeout.
// Usage: npm start -- net/subprocess
import { gather, run, Semaphore, TimeoutError, timeout } from "tsyncio";
import { createSubprocessExec, FileNotFoundError, PIPE, STDOUT } from "tsyncio/net";
import { isMain } from "../lib/isMain.ts";

/** Each with the seconds that it may take. */
const commands = [
  [10, "echo", "hello"],
  [10, "sort", "-r"],
  [10, "sh", "-c", "echo half; echo problem >&2; exit 3"],
  [1, "sleep", "60"],
  [10, "no-such-program"],
] as const;

/** How the program ended, and what it printed. */
async function execute(program: string, args: readonly string[], seconds: number) {
  const proc = await createSubprocessExec(program, ...args, { stdin: PIPE, stdout: PIPE, stderr: STDOUT });
  // Leaving the block, by an exception too, ends a process that still runs.
  await using _running = proc;
  await using _deadline = timeout(seconds);
  const [output] = await proc.communicate(new TextEncoder().encode("a\nb\n"));
  const lines = new TextDecoder().decode(output).trim().split("\n");
  return `exit ${proc.returncode}: ${lines.join(", ")}`;
}

export async function main() {
  const atOnce = new Semaphore(3);
  async function one([seconds, program, ...args]: readonly [number, string, ...string[]]) {
    await using _permit = atOnce;
    try {
      return await execute(program, args, seconds);
    } catch (error) {
      if (error instanceof TimeoutError) return "took too long, killed";
      if (error instanceof FileNotFoundError) return `not there (${error.code})`;
      throw error;
    }
  }
  const outcomes = await gather(...commands.map((command) => one(command)));
  for (const [i, outcome] of outcomes.entries()) console.log(`${commands[i]?.slice(1).join(" ")} → ${outcome}`);
}

if (isMain(import.meta)) await run(main());
