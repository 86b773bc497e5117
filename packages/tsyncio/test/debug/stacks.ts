/** What the tests of stacks and call graphs share. */

import type { Awaitable, StackFrame } from "tsyncio";
import { EventLoop, type FutureCallGraph, run, Task, VirtualHost } from "tsyncio";

/** Bun's stacks do not tell coroutines from plain functions: all count as coroutines. */
export const plainLooksAsync = "Bun" in globalThis;

/**
 * The names of those frames that are in `names`: where the runtime is bundled with the tests, its own are there too.
 */
export function namesOf(frames: readonly StackFrame[], names: readonly string[]): string[] {
  return frames.map((frame) => frame.name.replace(/^.*\./, "")).filter((name) => names.includes(name));
}

/** A call graph as nested lists: the task's name, its frames, and what awaits it. */
export type Shape = [string, string[], Shape[]];

export function shapeOf(graph: FutureCallGraph | null, names: readonly string[]): Shape | null {
  if (graph === null) return null;
  const { future, callStack, awaitedBy } = graph;
  const frames = callStack.map((entry) => entry.frame);
  return [
    future instanceof Task ? future.getName() : "a future",
    namesOf(frames, names),
    awaitedBy.map((inner) => shapeOf(inner, names) as Shape),
  ];
}

/** `run(main())` in debug mode on virtual time; returns what was reported, texts first. */
export async function reportsOf(main: () => Awaitable<unknown>, debug = true): Promise<string[]> {
  const reports: string[] = [];
  const host = new VirtualHost({ report: (text) => reports.push(text) });
  await run(main(), { debug, loopFactory: () => new EventLoop({ host }) });
  return reports;
}
