/**
 * The stack probe. `yield*` re-enters every generator on the way down, so that resuming a suspended coroutine with
 * `PROBE` reaches only our leaf, which captures a stack and suspends again: no user code runs, and every frame
 * stands there with its line. A coroutine that has not begun must not be probed: it would begin.
 */

import type { Coroutine } from "./protocol.ts";
import { kernel, PROBE } from "./state.ts";
import type { Task } from "./task.ts";

/** A place in a coroutine: where it waits, or where it called the next one. */
export interface StackFrame {
  readonly name: string;
  readonly file: string;
  /** From 1; 0 where the host does not tell. */
  readonly line: number;
  readonly column: number;
}

/** How many frames of one stack are captured. */
const DEPTH = 10_000;

/** What a probe has captured, not yet formatted: that is the costly part. */
export interface Probed {
  readonly leaf: Error;
  readonly below: Error;
}

/** The stack of a suspended coroutine, from its leaf outwards; null where nothing answers. */
export function probeCoroutine(coro: Coroutine<unknown>): Probed | null {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  kernel.probed = null;
  try {
    coro.next(PROBE);
  } catch {
    // Not one of ours, for ours let the probe through: it has no stack to show.
  }
  const leaf = kernel.probed as Error | null;
  kernel.probed = null;
  const probed = leaf === null ? null : { leaf, below: new Error("probe") };
  Error.stackTraceLimit = limit;
  return probed;
}

/**
 * The lines of the coroutine's own frames: without the leaf above them and what has resumed it below. Found by
 * counting, not by names, which a minifier would have changed.
 */
export function ownLines(probed: Probed | null): string[] {
  if (probed === null) return [];
  const lines = stackLines(probed.leaf);
  const own = lines
    .slice(LEAF_LINES, lines.length - stackLines(probed.below).length)
    .filter((line) => !NATIVE.test(line));
  const users = own.filter((line) => !line.includes(HERE));
  // Nothing left: the program was bundled into one file with the runtime.
  return users.length > 0 ? users : own;
}

/** The frames that `answerProbe` and the leaf's `next` put on top. */
const LEAF_LINES = 2;
const HERE = import.meta.url.replace(/[^/]*$/, "").replace(/kernel\/$/, "");
/** `Generator.next` itself, which stands between any two frames. */
const NATIVE = /\bnext \(<anonymous>\)|\bnext \(native\b|^(?:next|throw)@|@\[native code\]|native:\d/;

/** Without the line that V8 puts first, the error's name and message. */
function stackLines(error: Error): string[] {
  const lines = (error.stack ?? "").split("\n").filter((line) => line !== "");
  return lines[0]?.startsWith("Error") ? lines.slice(1) : lines;
}

/** The lines of an error's stack that are the user's: without the runtime's, and without what resumed the coroutine. */
export function userLines(error: Error): string[] {
  const lines = withoutDriver(stackLines(error).join("\n")).split("\n");
  const users = lines.filter((line) => line !== "" && !line.includes(HERE));
  return users.length > 0 ? users : lines;
}

/** The stack of an error without the runtime's part at its end. */
export function withoutDriver(stack: string): string {
  const lines = stack.split("\n");
  const driver = lines.findIndex((line) => line.includes(HERE) && line.includes("_step"));
  return (driver < 0 ? lines : lines.slice(0, driver)).filter((line) => !NATIVE.test(line)).join("\n");
}

/** The stack of a suspended task, innermost frame first, in the host's own format; empty when it has none. */
export function taskStackLines(task: Task<unknown>): string[] {
  if (task.done() || !task._started || kernel.currentTask === task) return [];
  const lines: string[] = [];
  for (let frame = task._frame; frame !== null; frame = frame.outer) {
    lines.push(...ownLines(probeCoroutine(frame.coro)));
  }
  if (task._coro !== null) lines.push(...ownLines(probeCoroutine(task._coro)));
  return lines;
}

/** Reads one line of a stack, of V8 or of JavaScriptCore and SpiderMonkey. */
export function parseLine(line: string): StackFrame | null {
  const v8 = /^\s*at (?:(?:async )?(.*?) \()?(.*?)(?::(\d+))?(?::(\d+))?\)?$/.exec(line);
  const other = v8 ?? /^\s*(.*?)@(.*?)(?::(\d+))?(?::(\d+))?$/.exec(line);
  if (other === null) return null;
  const [, name, file, row, column] = other;
  return {
    name: (name ?? "").replace(/^Object\.|\.next$/g, "") || "<anonymous>",
    file: (file ?? "").replace(/^file:\/\//, ""),
    line: Number(row ?? 0),
    column: Number(column ?? 0),
  };
}

export function isFrame(frame: StackFrame | null): frame is StackFrame {
  return frame !== null;
}
