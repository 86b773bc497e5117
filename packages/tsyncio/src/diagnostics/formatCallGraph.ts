/** asyncio.format_call_graph and print_call_graph. */

import { checkOptions } from "../base/checks.ts";
import type { Future } from "../kernel/future.ts";
import { Task } from "../kernel/task.ts";
import { CALL_GRAPH_OPTIONS, type CallGraphOptions, captureFrom, type FutureCallGraph } from "./callGraph.ts";

/** A task that many await along many ways appears once for each way: longer texts are cut. */
const LINES = 10_000;

/** The call graph as a text, in the form of Python's; empty where no task runs. `asyncio.format_call_graph`. */
export function formatCallGraph(future?: Future<unknown> | null, options: CallGraphOptions = {}): string {
  checkOptions("formatCallGraph", options, CALL_GRAPH_OPTIONS);
  return formatFrom(formatCallGraph, future, options);
}

/**
 * Writes the call graph to `file`, a function that defaults to `console.log`. `asyncio.print_call_graph`.
 *
 *     printCallGraph(task, { depth: 1 });
 */
export function printCallGraph(
  future?: Future<unknown> | null,
  options: CallGraphOptions & { file?: (text: string) => void } = {},
): void {
  checkOptions("printCallGraph", options, { ...CALL_GRAPH_OPTIONS, file: true });
  (options.file ?? console.log)(formatFrom(printCallGraph, future, options));
}

function formatFrom(
  caller: (...args: never[]) => unknown,
  future: Future<unknown> | null | undefined,
  options: CallGraphOptions,
): string {
  const graph = captureFrom(caller, future, options);
  const lines: string[] = [];
  if (graph !== null) render(graph, "", lines);
  return lines.join("\n");
}

function render(graph: FutureCallGraph, indent: string, lines: string[]): void {
  if (lines.length > LINES) {
    if (lines.at(-1) !== "…") lines.push("…");
    return;
  }
  const { future } = graph;
  const id = `id=0x${idOf(future).toString(16)}`;
  lines.push(`${indent}* ${future instanceof Task ? `Task(name=${quote(future.getName())}, ${id})` : `Future(${id})`}`);
  if (graph.callStack.length > 0) lines.push(`${indent}  + Call stack:`);
  for (const { frame, isAsync } of graph.callStack) {
    const name = `${isAsync ? "async " : ""}${frame.name}()`;
    lines.push(`${indent}  |   File ${quote(frame.file)}, line ${frame.line}, in ${name}`);
  }
  if (graph.awaitedBy.length > 0) lines.push(`${indent}  + Awaited by:`);
  for (const waiter of graph.awaitedBy) render(waiter, `${indent}    `, lines);
}

const ids = new WeakMap<Future<unknown>, number>();
let lastId = 0;

/** JavaScript tells no addresses: futures are numbered when they are first shown. */
function idOf(future: Future<unknown>): number {
  const id = ids.get(future) ?? ++lastId;
  ids.set(future, id);
  return id;
}

/** Python's `repr` of a string. */
function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
