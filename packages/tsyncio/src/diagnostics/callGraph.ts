/** asyncio.capture_call_graph. */

import { checkOptions, type OptionNames } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { RuntimeError } from "../base/errors.ts";
import type { StackFrame } from "../kernel/diagnostics.ts";
import { type Future, isfuture } from "../kernel/future.ts";
import { kernel } from "../kernel/state.ts";
import { Task } from "../kernel/task.ts";
import { AwaitedBy } from "./awaitedBy.ts";
import { parseLine, runningStack, taskFrames } from "./stack.ts";

/** One frame of a call stack: `asyncio.FrameCallGraphEntry`. */
export class FrameCallGraphEntry {
  readonly frame: StackFrame;
  /** False for a plain function, which stands on the stack of the task that runs. Bun does not tell: always true. */
  readonly isAsync: boolean;

  constructor(frame: StackFrame, isAsync = true) {
    this.frame = frame;
    this.isAsync = isAsync;
    Object.freeze(this);
  }
}

/** A future, where it stands, and what awaits it: `asyncio.FutureCallGraph`. */
export class FutureCallGraph {
  readonly future: Future<unknown>;
  /** The innermost frame first. */
  readonly callStack: readonly FrameCallGraphEntry[];
  readonly awaitedBy: readonly FutureCallGraph[];

  constructor(
    future: Future<unknown>,
    callStack: readonly FrameCallGraphEntry[],
    awaitedBy: readonly FutureCallGraph[],
  ) {
    this.future = future;
    this.callStack = Object.freeze([...callStack]);
    this.awaitedBy = Object.freeze([...awaitedBy]);
    Object.freeze(this);
  }
}

/** Options of `captureCallGraph`, `formatCallGraph` and `printCallGraph`. */
export interface CallGraphOptions {
  /** How many frames to leave out at the top of the stack of the task that runs; 1 leaves out nothing but the call. */
  depth?: number;
  /** How many frames of each stack: the innermost ones, or, if negative, the outermost; 0 is none, null all. */
  limit?: number | null;
}

export const CALL_GRAPH_OPTIONS: OptionNames<CallGraphOptions> = { depth: true, limit: true };

/** Longer chains of tasks that await each other are cut. */
const LEVELS = 1000;

/**
 * The stack of `future`, or of the current task, and those of all tasks that await it. Null where no task runs and no
 * future is given. A task in a circle of waits appears a second time with nothing beneath it. Throws `RuntimeError`
 * outside of a loop if no future is given. `asyncio.capture_call_graph`.
 */
export function captureCallGraph(
  future?: Future<unknown> | null,
  options: CallGraphOptions = {},
): FutureCallGraph | null {
  checkOptions("captureCallGraph", options, CALL_GRAPH_OPTIONS);
  return captureFrom(captureCallGraph, future, options);
}

/** The stack of the current task begins with the caller of `caller`. */
export function captureFrom(
  caller: (...args: never[]) => unknown,
  future: Future<unknown> | null | undefined,
  { depth = 1, limit = null }: CallGraphOptions,
): FutureCallGraph | null {
  const start = future ?? kernel.currentTask;
  if (future == null && kernel.runningLoop === null) {
    throw new RuntimeError(
      "captureCallGraph() is called outside of a running event loop and no future to introspect was provided",
    );
  }
  if (start === null) return null;
  if (!isfuture(start)) throw new TypeError(`captureCallGraph expects a future, got ${describe(start)}`);
  const running = kernel.currentTask === null || limit === 0 ? [] : framesOfRunning(caller);
  const awaitedBy = new AwaitedBy(start.getLoop());
  const known = new Map<Future<unknown>, FutureCallGraph>();
  const path = new Set<Future<unknown>>();

  const build = (of: Future<unknown>): FutureCallGraph => {
    if (path.has(of) || path.size > LEVELS) return new FutureCallGraph(of, [], []);
    const before = known.get(of);
    if (before !== undefined) return before;
    path.add(of);
    let stack: FrameCallGraphEntry[] = [];
    if (of === kernel.currentTask) stack = of === start ? running.slice(depth - 1) : running;
    else if (limit !== 0 && of instanceof Task) stack = suspendedStack(of);
    const graph = new FutureCallGraph(of, limited(stack, limit), awaitedBy.of(of).map(build));
    path.delete(of);
    known.set(of, graph);
    return graph;
  };
  return build(start);
}

function limited(stack: FrameCallGraphEntry[], limit: number | null): FrameCallGraphEntry[] {
  if (limit === null) return stack;
  return limit < 0 ? stack.slice(limit) : stack.slice(0, limit);
}

function suspendedStack(task: Task<unknown>): FrameCallGraphEntry[] {
  return taskFrames(task).map((frame) => new FrameCallGraphEntry(frame));
}

function framesOfRunning(caller: (...args: never[]) => unknown): FrameCallGraphEntry[] {
  const entries: FrameCallGraphEntry[] = [];
  for (const { line, isAsync } of runningStack(kernel.currentTask as Task<unknown>, caller)) {
    const frame = parseLine(line);
    if (frame !== null) entries.push(new FrameCallGraphEntry(frame, isAsync));
  }
  return entries;
}
