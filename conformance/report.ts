/** Compares traces, and shows where they part. */

import { CASES } from "./differences.ts";
import { type ExecuteOptions, execute } from "./execute.ts";
import type { Case, TraceEvent } from "./program.ts";

export interface Outcome {
  case: Case;
  /** What tsyncio returned: empty where the program could not be run. */
  got: TraceEvent[];
  /** The index of the first event that differs, or null if the traces are the same. */
  difference: number | null;
  /** Why the program could not be run to its end. */
  failure: string | null;
}

/** Whether the trace is CPython's, or one that differs on purpose: see differences.ts. */
export function passed(outcome: Outcome): boolean {
  return outcome.failure === null && (outcome.difference === null || Object.hasOwn(CASES, outcome.case.id));
}

/** The index of the first event that differs, or null. */
export function firstDifference(expected: TraceEvent[], got: TraceEvent[]): number | null {
  const length = Math.max(expected.length, got.length);
  for (let index = 0; index < length; index++) {
    if (JSON.stringify(expected[index]) !== JSON.stringify(got[index])) {
      return index;
    }
  }
  return null;
}

/** Runs one case and compares its trace. Never rejects. */
export async function check(test: Case, options: ExecuteOptions = {}): Promise<Outcome> {
  try {
    const got = await execute(test.program, options);
    return { case: test, got, difference: firstDifference(test.trace, got), failure: null };
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { case: test, got: [], difference: null, failure };
  }
}

/** Both traces side by side, that many events around the first difference, for a terminal of that many columns. */
export function sideBySide(outcome: Outcome, columns = 120, around = 6): string {
  const { id, why, trace } = outcome.case;
  const head = [`--- ${id}`, ...(why === undefined ? [] : [`    ${why}`])];
  if (outcome.failure !== null) {
    return [...head, `    could not be run: ${outcome.failure}`].join("\n");
  }
  const at = outcome.difference ?? 0;
  const width = Math.max(20, Math.floor((columns - 9) / 2));
  const lines = [row("", "expected", "got", width)];
  for (let index = Math.max(0, at - around); index <= at + around; index++) {
    if (index >= Math.max(trace.length, outcome.got.length)) {
      break;
    }
    lines.push(...eventRows(index, trace[index], outcome.got[index], width));
  }
  return [...head, ...lines].join("\n");
}

/** One event on both sides, wrapped where it is too long. `!` marks events that differ. */
function eventRows(index: number, expected: TraceEvent | undefined, got: TraceEvent | undefined, width: number) {
  const left = wrap(expected, width);
  const right = wrap(got, width);
  const mark = JSON.stringify(expected) === JSON.stringify(got) ? " " : "!";
  return Array.from({ length: Math.max(left.length, right.length) }, (_, line) =>
    row(line === 0 ? `${mark}${index}` : mark, left[line] ?? "", right[line] ?? "", width),
  );
}

function row(mark: string, left: string, right: string, width: number): string {
  return `${mark.padEnd(5)} ${left.padEnd(width)} | ${right}`.trimEnd();
}

function wrap(event: TraceEvent | undefined, width: number): string[] {
  const text = event === undefined ? "(no event)" : JSON.stringify(event);
  return Array.from({ length: Math.ceil(text.length / width) }, (_, part) =>
    text.slice(part * width, (part + 1) * width),
  );
}
