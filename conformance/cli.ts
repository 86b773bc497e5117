/** `npm run -s conformance`: runs conformance cases on tsyncio and compares the traces with CPython's. */

import { parseArgs } from "node:util";
import { CASES } from "./differences.ts";
import { DEFAULT_FILES, FUZZ_FILE, readCases } from "./files.ts";
import { COROUTINES, type Form, PLAIN } from "./forms.ts";
import type { Case } from "./program.ts";
import { check, type Outcome, passed, sideBySide } from "./report.ts";

const HELP = `usage: npm run -s conformance -- [options] [FILE...]

Runs the programs of FILEs (.jsonl or .jsonl.gz; default: the repository's own) on tsyncio and compares
the traces with those that CPython's asyncio left. The last line is "N passed, M failed".

  --id ID       only the case with this id; its whole traces are shown if they differ
  --show N      show the first N differing traces (default 3)
  --coroutine   wrap the functions of the programs by coroutine(...)
  --native      write the programs in native syntax: async, await, for await, await using
  --help        this text

The exit code is 0 if all passed, 1 if some failed, 2 if a file or an option is wrong.`;

const OPTIONS = {
  id: { type: "string" },
  show: { type: "string", default: "3" },
  coroutine: { type: "boolean", default: false },
  native: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** What the user got wrong. */
class UsageError extends Error {}

function parse() {
  try {
    const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
    const show = Number(values.show);
    if (!Number.isInteger(show) || show < 0) {
      throw new UsageError(`--show takes a number, not ${JSON.stringify(values.show)}`);
    }
    if (values.native && values.coroutine) throw new UsageError("--native and --coroutine are two forms: pass one");
    return { ...values, show, files: positionals.length > 0 ? positionals : [...DEFAULT_FILES, FUZZ_FILE] };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function load(files: string[], id: string | undefined): Case[] {
  const cases = files.flatMap((file) => readCases(file));
  if (cases.length === 0) {
    throw new UsageError(`no cases in ${files.join(", ")}`);
  }
  if (id === undefined) {
    return cases;
  }
  const chosen = cases.filter((test) => test.id === id);
  if (chosen.length === 0) {
    throw new UsageError(`no case has the id ${id}`);
  }
  return chosen;
}

/** One line on stderr, written over and over, where a terminal shows it. */
function progress(done: number, all: number): void {
  if (process.stderr.isTTY && (done % 50 === 0 || done === all)) {
    process.stderr.write(done === all ? "\r\x1b[K" : `\r${done} of ${all}`);
  }
}

/** The compiler of native syntax needs Node: it is loaded only where it is asked for. */
async function formOf({ coroutine, native }: { coroutine: boolean; native: boolean }): Promise<Form> {
  if (native) return (await import("./native.ts")).NATIVE_FORM;
  return coroutine ? COROUTINES : PLAIN;
}

async function runAll(cases: Case[], form: Form): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const test of cases) {
    outcomes.push(await check(test, { form }));
    progress(outcomes.length, cases.length);
  }
  return outcomes;
}

async function main(): Promise<number> {
  const args = parse();
  if (args.help) {
    console.log(HELP);
    return 0;
  }
  const cases = load(args.files, args.id);
  const outcomes = await runAll(cases, await formOf(args));
  const failed = outcomes.filter((outcome) => !passed(outcome));
  const context = args.id === undefined ? undefined : Number.POSITIVE_INFINITY;
  for (const outcome of failed.slice(0, args.show)) {
    console.log(`${sideBySide(outcome, process.stdout.columns ?? 160, context)}\n`);
  }
  if (failed.length > args.show) {
    console.log(
      `also failed: ${failed
        .slice(args.show, args.show + 20)
        .map((outcome) => outcome.case.id)
        .join(" ")}\n`,
    );
  }
  for (const outcome of outcomes.filter((each) => passed(each) && each.difference !== null)) {
    console.log(`differs on purpose: ${outcome.case.id}: ${CASES[outcome.case.id]}`);
  }
  console.log(`${outcomes.length - failed.length} passed, ${failed.length} failed`);
  return failed.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`conformance: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
