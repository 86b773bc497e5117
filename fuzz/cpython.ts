/** The cpython fuzzer: random programs, run by CPython's asyncio and by tsyncio, event for event. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { PLAIN } from "../conformance/forms.ts";
import { check, checkCase, type Outcome, passed, sideBySide } from "../conformance/index.ts";
import { NATIVE_FORM } from "../conformance/native.ts";
import type { Fuzzer, FuzzRun } from "./fuzzer.ts";

const CONFORMANCE = fileURLToPath(new URL("../conformance/", import.meta.url));

const FORMS = [
  ["as generators", PLAIN],
  ["in native syntax", NATIVE_FORM],
] as const;

export const cpython: Fuzzer = {
  name: "cpython",
  what: "programs of groups, locks and waits, plainly and with eager tasks, as generators and in native syntax: the events are CPython 3.15's",
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
  const differing: { outcome: Outcome; syntax: string }[] = [];
  let runs = 0;
  for await (const line of createInterface({ input: generator.stdout })) {
    const test = checkCase(JSON.parse(line));
    begin(seedOf(test.id));
    for (const [syntax, form] of FORMS) {
      const outcome = await check(test, { form });
      runs++;
      if (!passed(outcome)) differing.push({ outcome, syntax });
    }
    if (performance.now() >= end) break;
  }
  generator.kill();
  const [code] = await ended;
  if (code !== 0 && code !== null) throw new Error(`fuzz.py has ended with code ${code}`);
  const smallest = differing.sort((a, b) => size(a.outcome) - size(b.outcome))[0];
  if (smallest !== undefined) {
    const { outcome, syntax } = smallest;
    const seed = seedOf(outcome.case.id);
    const what = `${differing.length} of ${runs} runs differ from CPython; the smallest, ${syntax}:`;
    report({ seed, what: `${what}\n${sideBySide(outcome)}\n${asPython(python, outcome)}` });
  }
  return Math.ceil(runs / (2 * FORMS.length));
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
