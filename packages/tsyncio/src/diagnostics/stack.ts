/**
 * The stack probe. `yield*` re-enters every generator on the way down, so that resuming a suspended coroutine with
 * `PROBE` reaches only our leaf, which captures a stack and suspends again: no user code runs, and every frame
 * stands there with its line. A coroutine that has not begun must not be probed: it would begin.
 */

import { limitStacks } from "../base/stackCut.ts";
import type { StackFrame } from "../kernel/diagnostics.ts";
import { hasBegun } from "../kernel/flags.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { answerProbe, kernel, PROBE } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import { asSites, placeOf, sitesOf, withFormat } from "./sites.ts";

/** How many frames of one stack are captured. */
const DEPTH = 10_000;

/** What a probe has captured, not yet formatted: that is the costly part. */
export interface Probed {
  readonly leaf: Error;
  readonly below: Error;
}

/** The stack of a suspended coroutine, from its leaf outwards; null where nothing answers. */
export function probeCoroutine(coro: Coroutine<unknown>, depth: number = DEPTH): Probed | null {
  const limit = limitStacks(depth);
  const leaf = reach(coro);
  const probed = leaf === null ? null : { leaf, below: standHere().error };
  limitStacks(limit);
  return probed;
}

/** What the leaf of a suspended coroutine captures. */
function reach(coro: Coroutine<unknown>): Error | null {
  kernel.probed = null;
  try {
    coro.next(PROBE);
  } catch {
    // Not one of ours, for ours let the probe through: it has no stack to show.
  }
  const leaf = kernel.probed as Error | null;
  kernel.probed = null;
  return leaf;
}

/**
 * Its stack has as many lines as there are below a coroutine in `reach()`. In an object: JavaScriptCore lets go of a
 * function that ends by a call.
 */
function standHere(): { error: Error } {
  return { error: new Error("probe") };
}

/** How many lines of a stack are captured first: most coroutines are not that deep. */
const FEW = 8;

/** Where the coroutines stand, at most `depth` frames of each: the same text for the same places, and for no others. */
export function placesKey(coros: readonly Coroutine<unknown>[], depth: number): string {
  const limit = limitStacks(depth);
  leafLines(); // counts texts, which there are none of inside
  const key = withFormat(asSites, () => {
    let key = "";
    for (const coro of coros) key += `${placesUpTo(FEW, coro) ?? placesUpTo(depth, coro, true)}\n`;
    return key;
  });
  limitStacks(limit);
  return key;
}

/** The place of the call in `reach()`; null where the engine tells none. */
let footPlace: string | null | undefined;

/** The places of a coroutine's own frames; null if there are more than `depth` lines, unless that is `enough`. */
function placesUpTo(depth: number, coro: Coroutine<unknown>, enough = false): string | null {
  limitStacks(depth);
  if (footPlace === undefined) footPlace = findFoot();
  const leaf = reach(coro);
  const sites = sitesOf(leaf);
  if (sites === null || footPlace === null) return enough || leaf === null ? String(leaf?.stack) : null;
  let text = "";
  for (const site of sites.slice(leafLines())) {
    const place = placeOf(site);
    if (place === footPlace) return text;
    text += place;
  }
  return enough ? text : null;
}

function findFoot(): string | null {
  const foot = sitesOf(reach(ALONE))?.[leafLines()];
  return foot === undefined ? null : placeOf(foot);
}

/**
 * The lines of the coroutine's own frames, the runtime's among them: without the leaf above them and what has resumed
 * it below. Found by the line that stands below both stacks, not by names, which a minifier would have changed.
 */
export function ownLines(probed: Probed | null): string[] {
  return probed === null ? [] : stackLines(probed.leaf).slice(leafLines(), footOf(probed)).filter(isFrame);
}

/** Whether the coroutine has more frames than were captured. */
export function isCut(probed: Probed | null): boolean {
  return probed !== null && footOf(probed) === undefined;
}

/** The place of `reach()` in the leaf's stack; undefined if so deep a stack was not captured. */
function footOf({ leaf, below }: Probed): number | undefined {
  // In both stacks the caller of `probeCoroutine()` stands two lines below the call that it has made.
  const caller = stackLines(leaf).indexOf(stackLines(below)[2] ?? "");
  return caller < 0 ? undefined : caller - 2;
}

/**
 * Of the lines of a task those of the program. All, if there are none: a task of the runtime's alone, as of
 * `createTask(lock.acquire())`, or a program that was bundled into one file with the runtime.
 */
export function withoutOurs<T>(lines: T[], textOf: (line: T) => string): T[] {
  const users = lines.filter((line) => !isOurs(textOf(line)));
  return users.length > 0 ? users : lines;
}

/** A leaf without a coroutine. */
const ALONE = { next: () => answerProbe() } as Coroutine<unknown>;
let leafLineCount: number | undefined;

/**
 * How many lines `answerProbe` and the leaf's `next` put on top: two, but only one where the engine lets go of a
 * function that ends by a call of another (JavaScriptCore). Found out by a leaf.
 */
function leafLines(): number {
  leafLineCount ??= footOf(probeCoroutine(ALONE) as Probed) ?? 0;
  return leafLineCount;
}

let folder: string | undefined;

/**
 * Is this a line of the runtime's? Read off the line of this very function, for the host shows the path of the file
 * that runs or, by source maps, that of the source. If the runtime was bundled with the program, there is no way to
 * tell whose a line is: then every line passes.
 */
function isOurs(line: string): boolean {
  if (folder === undefined) {
    const here = parseLine(stackLines(new Error("here"))[0] ?? "");
    if (here === null) return false; // `Error.stackTraceLimit` is 0
    folder =
      (/^(.*\/)diagnostics\/stack\.ts$/.exec(here.file) ?? /^(.*\/tsyncio\/(?:dist\/)?)/.exec(here.file))?.[1] ?? "";
  }
  return line.includes(folder);
}

/** `Generator.next` itself, or `throw`, which stands between any two frames. */
const NATIVE = /\b(?:next|throw|return) \(<anonymous>\)|\bnext \(native\b|^(?:next|throw)@|@\[native code\]|native:\d/;

function isFrame(line: string): boolean {
  return !NATIVE.test(line);
}

/** Without what V8 puts first, the error's name and message. */
function stackLines(error: Error): string[] {
  const stack = stackText(error);
  const head = String(error);
  const begin = stack.search(/^ +at /m);
  const frames = begin >= 0 ? stack.slice(begin) : stack.startsWith(head) ? stack.slice(head.length) : stack;
  return frames.split("\n").filter((line) => line !== "");
}

/** As the program's `Error.prepareStackTrace` tells it; as the engine does if that throws. */
function stackText(error: Error): string {
  try {
    return String(error.stack ?? "");
  } catch {
    return withFormat(undefined, () => String(error.stack));
  }
}

/** The lines of an error's stack that are the user's: without the runtime's, and without what resumed the coroutine. */
export function userLines(error: Error): string[] {
  const lines = withoutDriver(stackLines(error).join("\n")).split("\n");
  const users = lines.filter((line) => line !== "" && !isOurs(line) && !/[ (]node:/.test(line));
  return users.length > 0 ? users : lines;
}

/** The stack of an error without the runtime's part at its end. */
export function withoutDriver(stack: string): string {
  return cutDriver(stack.split("\n")).filter(isFrame).join("\n");
}

/** The methods of `Task` that resume a coroutine. */
const DRIVER = /\b_(?:step|throwIn|advance)\b/;

/** Up to the line of the task that has resumed the coroutine. */
function cutDriver(lines: string[]): string[] {
  const driver = lines.findIndex((line) => isOurs(line) && DRIVER.test(line));
  return driver < 0 ? lines : lines.slice(0, driver);
}

/**
 * The stack of the task that runs, innermost frame first, from the caller of `callee` on: plain functions and
 * coroutines as they stand on the engine's stack, and then the frames that wait for them.
 */
export function runningStack(
  task: Task<unknown>,
  callee: (...args: never[]) => unknown,
): { line: string; isAsync: boolean }[] {
  const lines = linesBelow(callee, DEPTH);
  // `next` stands below each coroutine, and the last one's below it has the driver. Bun shows none: all count as such.
  const own = cutDriver(lines);
  const hidden = own.every(isFrame);
  const all = own.map((line, i) => ({ line, isAsync: hidden || !isFrame(own[i + 1] ?? "") }));
  const visible = all.filter(({ line }) => isFrame(line));
  const outer = suspendedLines(task).map((line) => ({ line, isAsync: true }));
  return withoutOurs([...visible, ...outer], ({ line }) => line);
}

/** What stands on the engine's stack, from the caller of `callee` on, innermost first. */
function linesBelow(callee: (...args: never[]) => unknown, depth: number): string[] {
  const limit = limitStacks(depth);
  const here = new Error("stack");
  Error.captureStackTrace?.(here, callee);
  let lines = stackLines(here);
  // JavaScriptCore may have let go of the callee, and then finds nothing.
  if (lines.length === 0) lines = stackLines(new Error("stack"));
  limitStacks(limit);
  return lines;
}

/** Of the task that runs, what stands on the engine's stack, and not what waits for it. Of at most `depth` frames. */
export function linesOnStack(callee: (...args: never[]) => unknown, depth: number): { lines: string[]; cut: boolean } {
  const all = linesBelow(callee, depth);
  const own = cutDriver(all);
  return { lines: own.filter(isFrame), cut: own.length >= depth };
}

/**
 * What stands on the engine's stack below `callee`, innermost first, of the program's own: empty if nothing runs. Of at
 * most `depth` frames.
 */
export function runningPlaces(
  callee: (...args: never[]) => unknown,
  depth: number,
): { places: StackFrame[]; cut: boolean } {
  const all = linesBelow(callee, depth);
  const places = all
    .filter((line) => isFrame(line) && !isOurs(line))
    .map(parseLine)
    .filter((frame) => frame !== null && !/^(?:node:|<anonymous>)/.test(frame.file))
    .filter((frame) => frame !== null);
  return { places, cut: all.length >= depth };
}

/** The stack of the task that runs as frames, the innermost first. */
export function runningFrames(task: Task<unknown>, callee: (...args: never[]) => unknown): StackFrame[] {
  return runningStack(task, callee)
    .map(({ line }) => parseLine(line))
    .filter((frame) => frame !== null);
}

/** The stack of a suspended task, innermost frame first, in the host's own format; empty when it has none. */
export function taskStackLines(task: Task<unknown>): string[] {
  if (task.done() || !hasBegun(task) || kernel.currentTask === task) return [];
  return withoutOurs(suspendedLines(task), (line) => line);
}

/** Of a task that runs, the frames that wait: the others are running, or through, and do not answer the probe. */
function suspendedLines(task: Task<unknown>): string[] {
  return coroutinesOf(task).flatMap((coro) => ownLines(probeCoroutine(coro)));
}

/** The coroutines of a task that has begun and is not done, from its leaf outwards: each of them answers the probe. */
export function coroutinesOf(task: Task<unknown>): Coroutine<unknown>[] {
  return endsOf(task, Number.POSITIVE_INFINITY).inner;
}

/** Of those at most `most` at each end, and how many are between. */
export function endsOf(
  task: Task<unknown>,
  most: number,
): { inner: Coroutine<unknown>[]; between: number; outer: Coroutine<unknown>[] } {
  let count = 0;
  for (let frame = task._frame; frame !== null; frame = frame.outer) count++;
  const [inner, outer]: [Coroutine<unknown>[], Coroutine<unknown>[]] = [[], []];
  let i = 0;
  for (let frame = task._frame; frame !== null; frame = frame.outer, i++) {
    if (i < most) inner.push(frame.coro);
    else if (i >= count - most) outer.push(frame.coro);
  }
  // Of a task that runs it is through, or runs itself; an inspector may look at the very moment at which it begins.
  if (task._coro !== null && (task._frame !== null || task !== kernel.currentTask)) {
    (count < most ? inner : outer).push(task._coro);
  }
  return { inner, between: Math.max(0, count - 2 * most), outer };
}

/** What the probe tells of a task as frames, the innermost first. */
export function taskFrames(task: Task<unknown>): StackFrame[] {
  return taskStackLines(task)
    .map(parseLine)
    .filter((frame) => frame !== null);
}

/** Reads one line of a stack, of V8 or of JavaScriptCore and SpiderMonkey. */
export function parseLine(line: string): StackFrame | null {
  const v8 = /^\s*at (?:async )?(?:(.*?) \()?(.*?)(?::(\d+))?(?::(\d+))?\)?$/.exec(line);
  const other = v8 ?? /^\s*(.*?)@(.*?)(?::(\d+))?(?::(\d+))?$/.exec(line);
  if (other === null) return null;
  const [, name, file, row, column] = other;
  return {
    name: (name ?? "").replace(/^(?:Object\.|async\*)|\.next$/g, "") || "<anonymous>",
    file: (file ?? "").replace(/^file:\/\/(?:\/(?=[a-z]:))?/i, ""),
    line: Number(row ?? 0),
    column: Number(column ?? 0),
  };
}
