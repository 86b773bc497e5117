/** Stacks of errors that have crossed a frame. */

import { CancelledError } from "../base/errors.ts";
import { rewriteStack } from "../base/stackCut.ts";
import type { Frame } from "../kernel/frame.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import type { Task } from "../kernel/task.ts";
import { ownLines, type Probed, probeCoroutine, withoutDriver, withoutOurs } from "./stack.ts";

const MARK = Symbol("outer stack appended");

/**
 * A frame has ended with an error: append the stack of the frames that wait for it, as V8 would have, had they
 * been on the stack. Lazy, since few stacks are ever read; bounded by `Error.stackTraceLimit`.
 */
export function appendOuterStack(error: unknown, frame: Frame | null, task: Task<unknown>): void {
  if (!(error instanceof Error) || error instanceof CancelledError || MARK in error) return;
  const own = Object.getOwnPropertyDescriptor(error, "stack");
  if (own === undefined || !own.configurable) return;
  const limit = Error.stackTraceLimit ?? 10;
  const outer: Probed[] = [];
  for (let f: Frame | null = frame; outer.length < limit; f = f.outer) {
    const stack = probeCoroutine(f === null ? (task._coro as Coroutine<unknown>) : f.coro);
    if (stack !== null) outer.push(stack);
    if (f === null) break;
  }
  Object.defineProperty(error, MARK, { value: true });
  rewriteStack(error, own, (stack) => joinStacks(stack, outer));
}

function joinStacks(inner: string, outer: Probed[]): string {
  return [withoutDriver(inner), ...withoutOurs(outer.flatMap(ownLines), (line) => line)].join("\n");
}
