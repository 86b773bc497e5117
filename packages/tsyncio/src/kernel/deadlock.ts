/** The report when nothing can ever wake a loop. */

import { DeadlockError } from "./errors.ts";
import type { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { taskStackLines } from "./stack.ts";
import type { Task } from "./task.ts";

/** Names every task of the loop, what it waits for, its stack, and the circle of waits if there is one. */
export function deadlockError(loop: EventLoop): DeadlockError {
  const tasks: Task<unknown>[] = [];
  for (let task = loop._firstTask; task !== null; task = task._next) tasks.push(task);
  const lines = [
    `nothing can wake the event loop any more: ${tasks.length} task${tasks.length === 1 ? "" : "s"} waiting for ever`,
  ];
  for (const task of tasks) {
    lines.push(`  ${task.getName()} waits for ${waitText(task)}`);
    for (const line of taskStackLines(task)) lines.push(`      ${line.trim()}`);
  }
  const circle = findCircle(tasks);
  if (circle !== null)
    lines.push(`  a circle: ${circle.map((t) => t.getName()).join(" -> ")} -> ${circle[0]?.getName()}`);
  return new DeadlockError(lines.join("\n"));
}

/** What a task waits for, in words. */
export function waitText(task: Task<unknown>): string {
  const future = task._waitsFor;
  if (future === null) return "its next turn";
  const text = future._owner?.describeWait?.(future) ?? String(future);
  const held = holders(future).map((f) => (f as Task<unknown>).getName?.() ?? String(f));
  return held.length === 0 ? text : `${text}, held by ${held.join(", ")}`;
}

/** Whose end, or whose release, would end the wait for `future`. */
function holders(future: Future<unknown>): readonly Future<unknown>[] {
  return future._owner?.holders?.() ?? [];
}

function next(task: Task<unknown>): readonly Task<unknown>[] {
  const future = task._waitsFor;
  if (future === null) return [];
  const found = isTask(future) ? [future] : holders(future);
  return found.filter(isTask).filter((t) => !t.done());
}

function isTask(future: unknown): future is Task<unknown> {
  return typeof (future as Task<unknown>).getCoro === "function";
}

function findCircle(tasks: readonly Task<unknown>[]): Task<unknown>[] | null {
  const finished = new Set<Task<unknown>>();
  const visit = (task: Task<unknown>, path: Task<unknown>[]): Task<unknown>[] | null => {
    const at = path.indexOf(task);
    if (at >= 0) return path.slice(at);
    if (finished.has(task)) return null;
    for (const other of next(task)) {
      const circle = visit(other, [...path, task]);
      if (circle !== null) return circle;
    }
    finished.add(task);
    return null;
  };
  for (const task of tasks) {
    const circle = visit(task, []);
    if (circle !== null) return circle;
  }
  return null;
}
