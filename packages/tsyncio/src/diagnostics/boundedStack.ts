/**
 * Stacks of tasks for an inspector. The program stands still for it, and ten thousand lines of text take a second: of a
 * huge stack only both ends are read, and of many tasks that stand at the same places only the first.
 */

import type { Place } from "../inspect/snapshot.ts";
import type { StackFrame } from "../kernel/diagnostics.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import type { Task } from "../kernel/task.ts";
import {
  endsOf,
  isCut,
  linesOnStack,
  ownLines,
  parseLine,
  placesKey,
  probeCoroutine,
  runningPlaces,
  withoutOurs,
} from "./stack.ts";

/** How many frames, or coroutines, are read at each end of a stack. */
const EDGE = 50;
/** How many frames of one coroutine are: of plain generators there may be thousands in it. */
const OF_ONE = 100;
const NO_FILE = /^(?:<anonymous>)?$/;
/** No text of a place is longer: the file of a module may be a `data:` URL with all of its source. */
const LONGEST = 500;

interface Lines {
  /** From the leaf outwards, up to what was left out, and behind it. */
  readonly inner: string[];
  readonly outer: string[];
  /** How many coroutines were left out, and whether more frames were. */
  coroutines: number;
  cut: boolean;
}

/** The same text for suspended tasks that stand at the same places. */
export function standsAt(task: Task<unknown>): string {
  const { inner, between, outer } = endsOf(task, EDGE);
  return `${between}\n${placesKey([...inner, ...outer], OF_ONE)}`;
}

/** Where a suspended task stands, innermost first. */
export function boundedStack(task: Task<unknown>): Place[] {
  return placesOf(suspendedLines(task));
}

/** Where the task that runs stands, from the caller of `callee` on. */
export function boundedRunningStack(task: Task<unknown>, callee: (...args: never[]) => unknown): Place[] {
  const { lines, cut } = linesOnStack(callee, OF_ONE);
  // Without the function that an inspector has sent, which calls.
  const running = lines.filter((line) => !NO_FILE.test(parseLine(line)?.file ?? ""));
  const suspended = suspendedLines(task);
  if (!cut) return placesOf({ ...suspended, inner: [...running, ...suspended.inner] });
  const outer = [...suspended.inner, ...suspended.outer].slice(-EDGE);
  return placesOf({ ...suspended, inner: running, outer, cut });
}

/** Where the thread is in the middle of running code. */
export function boundedRunningPlaces(callee: (...args: never[]) => unknown): Place[] {
  const { places, cut } = runningPlaces(callee, OF_ONE);
  return [...places.map(short), ...(cut ? [gap(0, true)] : [])];
}

function suspendedLines(task: Task<unknown>): Lines {
  const { inner, between, outer } = endsOf(task, EDGE);
  const lines: Lines = { inner: [], outer: [], coroutines: between, cut: false };
  while (inner.length > 0 && lines.inner.length < EDGE && !lines.cut) {
    const { own, cut } = linesOf(inner.shift() as Coroutine<unknown>);
    lines.inner.push(...own);
    lines.cut = cut;
  }
  const rest = [...inner, ...outer];
  while (rest.length > 0 && lines.outer.length < EDGE) {
    const { own, cut } = linesOf(rest.at(-1) as Coroutine<unknown>);
    if (cut) break; // its outer frames are those that were not read
    lines.outer.unshift(...own);
    rest.pop();
  }
  lines.coroutines += rest.length;
  return lines;
}

function linesOf(coro: Coroutine<unknown>): { own: string[]; cut: boolean } {
  const probed = probeCoroutine(coro, OF_ONE);
  return { own: ownLines(probed), cut: isCut(probed) };
}

function placesOf({ inner, outer, coroutines, cut }: Lines): Place[] {
  const all = [...inner.map((text) => ({ text, isInner: true })), ...outer.map((text) => ({ text, isInner: false }))];
  const kept = withoutOurs(all, ({ text }) => text);
  const placesWhere = (isInner: boolean): Place[] =>
    kept
      .filter((line) => line.isInner === isInner)
      .map(({ text }) => parseLine(text))
      .filter((place) => place !== null)
      .map(short);
  const left = coroutines > 0 || cut ? [gap(coroutines, cut)] : [];
  return [...placesWhere(true), ...left, ...placesWhere(false)];
}

/** What stands in the place of frames that were not read. */
function gap(coroutines: number, cut: boolean): Place {
  const between = `${coroutines} coroutine${coroutines === 1 ? "" : "s"} between`;
  const name = coroutines === 0 ? "more frames" : cut ? `more frames, and ${between}` : between;
  return { name: `… ${name} …`, file: "", line: 0, column: 0 };
}

function short({ name, file, line, column }: StackFrame): Place {
  return { name: name.slice(0, LONGEST), file: file.slice(0, LONGEST), line, column };
}
