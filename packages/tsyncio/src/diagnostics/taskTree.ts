/** The tasks of a loop as a tree: who awaits whom, where, and what each waits for. */

import { checkLoop, checkOptions } from "../base/checks.ts";
import { hasBegun } from "../kernel/flags.ts";
import { currentLoop, type Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { kernel } from "../kernel/state.ts";
import { Task } from "../kernel/task.ts";
import { AwaitedBy } from "./awaitedBy.ts";
import { waitText } from "./deadlock.ts";
import { taskFrames } from "./stack.ts";

type AnyTask = Task<unknown>;

/**
 * The tasks that are not done, each under the one that awaits it:
 *
 *     Task-1 main(): waits for gather of 2, 2 not done, at main (/app/main.ts:12)
 *     ├── Task-2 fetch(): waits for sleep(1), at fetch (/app/main.ts:5)
 *     └── Task-3 fetch(): waits for acquire of <Lock [locked, waiters:1]>, held by Task-2, at fetch (/app/main.ts:4)
 *
 * A task that several await appears once in full. Not in asyncio, whose `python -m asyncio pstree` this resembles.
 */
export function formatTaskTree(loop: EventLoop = currentLoop()): string {
  checkLoop(loop, "formatTaskTree expects an event loop");
  const tasks = loop._pendingTasks();
  const awaits = new Map<AnyTask, AnyTask[]>(tasks.map((task) => [task, []]));
  const awaitedBy = new AwaitedBy(loop);
  const awaited = new Set<AnyTask>();
  for (const task of tasks) {
    for (const waiter of awaitedBy.of(task)) {
      if (!(waiter instanceof Task)) continue;
      awaits.get(waiter)?.push(task);
      awaited.add(task);
    }
  }
  const lines: string[] = [];
  const drawn = new Set<AnyTask>();

  const draw = (task: AnyTask, first: string, rest: string): void => {
    if (drawn.has(task)) {
      lines.push(`${first}${task.getName()}: see above`);
      return;
    }
    drawn.add(task);
    lines.push(first + describeTask(task));
    const children = awaits.get(task) ?? [];
    children.forEach((child, i) => {
      const last = i === children.length - 1;
      draw(child, `${rest}${last ? "└── " : "├── "}`, `${rest}${last ? "    " : "│   "}`);
    });
  };
  for (const task of tasks) if (!awaited.has(task)) draw(task, "", "");
  // What is left awaits in circles.
  for (const task of tasks) if (!drawn.has(task)) draw(task, "", "");
  return lines.join("\n");
}

/** Writes the tasks of the loop as a tree by `file`, which is `console.log` unless given. */
export function printTaskTree(loop?: EventLoop, options: { file?: (text: string) => void } = {}): void {
  checkOptions("printTaskTree", options, { file: true });
  (options.file ?? console.log)(formatTaskTree(loop));
}

function describeTask(task: AnyTask): string {
  if (task === kernel.currentTask) return `${task.getName()}: runs now`;
  if (!hasBegun(task)) return `${task.getName()}: has not begun`;
  const frames = taskFrames(task);
  const [inner] = frames;
  const outer = frames.at(-1);
  const where = inner === undefined ? "" : `, at ${inner.name} (${inner.file}:${inner.line})`;
  const name = outer === undefined ? task.getName() : `${task.getName()} ${outer.name}()`;
  return `${name}: ${doing(task._waitsFor, task)}${where}`;
}

function doing(future: Future<unknown> | null, task: AnyTask): string {
  return future?.done() ? "is about to go on" : `waits for ${waitText(task)}`;
}
