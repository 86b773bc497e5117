/** The report when nothing can ever wake a loop. */

import { DeadlockError } from "../base/errors.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Task } from "../kernel/task.ts";
import { taskStackLines } from "./stack.ts";

/** At most this many tasks are shown; a server may have a million. */
const SHOWN = 100;

/** Names every task of the loop, what it waits for, its stack, and the circle of waits if there is one. */
export function deadlockError(loop: EventLoop): DeadlockError {
  const tasks = loop._pendingTasks();
  const count = `${tasks.length} task${tasks.length === 1 ? "" : "s"}`;
  const lines = [`nothing can wake the event loop any more: ${count} waiting forever`];
  for (const task of tasks.slice(0, SHOWN)) {
    lines.push(`  ${sentence(task)}`);
    for (const line of taskStackLines(task)) lines.push(`      ${line.trim()}`);
  }
  if (tasks.length > SHOWN) lines.push(`  and ${tasks.length - SHOWN} more`);
  const circle = findCircle(tasks);
  if (circle !== null) {
    lines.push("  in a circle:");
    lines.push(...circle.map((task, i) => `    ${i === 0 ? "╭─> " : "│   "}${sentence(task)}`));
    lines.push("    ╰──");
  }
  const error = new DeadlockError(lines.join("\n"));
  error.stack = String(error); // the stacks that matter are in the message
  return error;
}

function sentence(task: Task<unknown>): string {
  return `${task.getName()} waits for ${waitText(task)}`;
}

/** What a task waits for, in words. */
export function waitText(task: Task<unknown>): string {
  const future = task._waitsFor;
  if (future === null) return "its next turn";
  const text = future._owner?.describeWait?.(future) ?? String(future);
  const names = holders(future).map((f) => (f as Task<unknown>).getName?.() ?? String(f));
  if (names.length === 0) return text;
  return `${text}${isHeld(future) ? ", held by " : ": "}${names.join(", ")}`;
}

/** Whose end, or whose release, would end the wait for `future`. */
function holders(future: Future<unknown>): readonly Future<unknown>[] {
  return future._owner?.holders?.() ?? [];
}

/** True for the wait for something that another task holds, a lock: that task is not itself awaited. */
export function isHeld(future: Future<unknown>): boolean {
  return future._owner !== null && "locked" in future._owner;
}

function next(task: Task<unknown>): Task<unknown>[] {
  const future = task._waitsFor;
  if (future === null) return [];
  const found = isTask(future) ? [future] : holders(future);
  return found.filter(isTask).filter((t) => !t.done());
}

function isTask(future: unknown): future is Task<unknown> {
  return typeof (future as Task<unknown>).getCoro === "function";
}

/** Without recursion: chains of tasks may be long. */
function findCircle(tasks: readonly Task<unknown>[]): Task<unknown>[] | null {
  const finished = new Set<Task<unknown>>();
  for (const start of tasks) {
    const path = [start];
    const branches = [next(start)];
    while (path.length > 0) {
      const task = branches.at(-1)?.shift();
      if (task === undefined) {
        finished.add(path.pop() as Task<unknown>);
        branches.pop();
      } else if (path.includes(task)) return path.slice(path.indexOf(task));
      else if (!finished.has(task)) {
        path.push(task);
        branches.push(next(task));
      }
    }
  }
  return null;
}
