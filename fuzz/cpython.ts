/** The cpython fuzzer: random programs, run by CPython's asyncio and by tsyncio, event for event. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { check, checkCase, type Outcome, passed, sideBySide } from "../conformance/index.ts";
import type { Fuzzer, FuzzRun } from "./fuzzer.ts";

const CONFORMANCE = fileURLToPath(new URL("../conformance/", import.meta.url));

export const cpython: Fuzzer = {
  name: "cpython",
  what: "programs of groups, locks and waits, plainly and with eager tasks: the events are CPython 3.15's",
  cases: "programs",
  short: 0, // npm test runs recorded ones: conformance/cases/fuzz.jsonl.gz
  firstSeed: () => Number.parseInt(output("git", "rev-parse", "--short=7", "HEAD"), 16),
  run: fuzz,
};

async function fuzz({ seed: first, seconds, count, begin, report }: FuzzRun): Promise<number> {
  const end = performance.now() + seconds * 1000;
  const python = output("bash", "cpython.sh");
  const limit = Number.isFinite(count) ? count : Number.MAX_SAFE_INTEGER;
  const generator = spawn(python, ["fuzz.py", "--seed", `${first}`, "--count", `${limit}`], {
    cwd: CONFORMANCE,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(generator, "close");
  const differing: Outcome[] = [];
  let runs = 0;
  for await (const line of createInterface({ input: generator.stdout })) {
    const test = checkCase(JSON.parse(line));
    begin(seedOf(test.id));
    const outcome = await check(test);
    runs++;
    if (!passed(outcome)) differing.push(outcome);
    if (performance.now() >= end) break;
  }
  generator.kill();
  const [code] = await ended;
  if (code !== 0 && code !== null) throw new Error(`fuzz.py has ended with code ${code}`);
  const smallest = differing.sort((a, b) => size(a) - size(b))[0];
  if (smallest !== undefined) {
    const seed = seedOf(smallest.case.id);
    const what = `${differing.length} of ${runs} runs differ from CPython; the smallest:`;
    report({ seed, what: `${what}\n${sideBySide(smallest)}\n${asPython(python, smallest)}` });
  }
  return Math.ceil(runs / 2);
}

function output(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: CONFORMANCE, encoding: "utf8" }).trim();
}

/** `g12` and `p13e`: see conformance/fuzz.py. */
function seedOf(id: string): number {
  return Number.parseInt(id.slice(1), 10);
}

function size({ case: { program } }: Outcome): number {
  return JSON.stringify(program).length;
}

function asPython(python: string, outcome: Outcome): string {
  const input = JSON.stringify(outcome.case);
  return execFileSync(python, ["oracle.py", "show", "-"], { cwd: CONFORMANCE, input, encoding: "utf8" }).trim();
}
