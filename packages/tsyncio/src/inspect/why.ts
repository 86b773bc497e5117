/** Why a task waits: from it, through those that it waits for, to what it really waits for. */

import { Graph } from "./graph.ts";
import type { TaskData, ThreadData } from "./snapshot.ts";
import type { Kind } from "./tree.ts";
import { bothEnds, cancellation, doing, placeWords, waitedWords } from "./words.ts";

export interface WhyOptions {
  paint?: (kind: Kind, text: string) => string;
}

/** At most this many tasks at the end of a chain, or beside it, are shown. */
const SHOWN = 5;

const TIMER = /^sleep\(/;

/**
 * What ends a wait, by how what is waited for describes itself. The first that matches counts; what a program has made
 * by itself, a future, says nothing of that.
 */
const ENDS: readonly (readonly [RegExp, string])[] = [
  [TIMER, "a timer will wake it"],
  [/^set of /, "no task is known that will call set() of that event"],
  [/^get from .*Queue/, "the queue is empty, and no task waits to put something into it"],
  [/^put into .*Queue/, "the queue is full, and nothing is taken out of it"],
  [/^join of .*Queue/, "items have been taken out of the queue without taskDone(), or are still in it"],
  [/^notify of /, "no task is known that will call notify() of that condition"],
  [/^acquire of .*Semaphore/, "all permits are taken, and which tasks have them is not recorded"],
  [/^acquire of /, "the lock was acquired outside of a task"],
  [/^wait at /, "the barrier waits for more tasks"],
  [/^a promise$/, "the promise has not settled"],
  [/ in .*(?:Executor|an executor)/, "the job has not ended: it runs in a worker, or waits for a free one"],
  [/^<Future /, "nothing has set the future's result"],
];

/** Lines that tell why `task` waits. */
export function whyLines(thread: ThreadData, task: TaskData, options: WhyOptions = {}): string[] {
  const paint = options.paint ?? ((_: Kind, text: string) => text);
  const graph = new Graph(thread);
  const nameOf = (id: number): string | undefined => graph.tasks.get(id)?.name;
  const lines: string[] = [];
  const stackOf = (of: TaskData) => thread.stacks[of.stack] ?? [];
  const tell = (of: TaskData, indent: string, lead: string): void => {
    const cancelled = cancellation(of);
    const note = cancelled === "" ? "" : `, ${paint("cancelled", cancelled)}`;
    const waited = waitedWords(of);
    const since = waited === "" ? "" : `, for ${waited}`;
    lines.push(`${indent}${paint("branch", lead)}${paint("name", of.name)} ${doing(of, nameOf)}${since}${note}`);
    for (const place of stackOf(of)) lines.push(`${indent}    ${paint("frame", `at ${placeWords(place)}`)}`);
  };

  const chain = chainFrom(graph, task);
  bothEnds(
    chain,
    (one) => tell(one, "", one === task ? "" : "↳ "),
    (left) => void lines.push(`  … ${left} tasks between …`),
  );
  const last = chain.at(-1) as TaskData;
  const circle = graph.circles.find((members) => members.includes(last));
  if (circle !== undefined) {
    const names = bothEnds(
      [...circle, circle[0] as TaskData],
      (one) => one.name,
      (left) => `… ${left} more …`,
    );
    lines.push(paint("circle", `They wait in a circle: ${names.join(" → ")}.`));
    lines.push("None of them can go on.");
    return lines;
  }
  const others = endsOf(graph, task).filter((end) => end !== last);
  if (others.length > 0) {
    lines.push(`It waits for ${others.length} more:`);
    for (const other of others.slice(0, SHOWN)) tell(other, "  ", "");
    if (others.length > SHOWN) lines.push(`  and ${others.length - SHOWN} more`);
  }
  lines.push(`${last.name}: ${verdict(thread, last)}.`);
  const beside = needsAnother(last) ? besides(thread, [...chain, ...others]) : [];
  if (beside.length > 0) {
    lines.push("The other tasks, of which one might have to do that:");
    for (const other of beside.slice(0, SHOWN)) tell(other, "  ", "");
    if (beside.length > SHOWN) lines.push(`  and ${beside.length - SHOWN} more`);
  }
  return lines;
}

/**
 * The task to begin with: one that waits in a circle, else the first made of those that no other awaits and that only
 * another task can wake, else the first of them that no timer will wake, else the first that waits.
 */
export function oldestWaiting(thread: ThreadData): TaskData | undefined {
  const graph = new Graph(thread);
  const [circle] = graph.circles;
  if (circle !== undefined) return circle[0];
  const waiting = graph.roots.filter((task) => task.state === "waiting");
  /** Many chains may lead through the same tasks. */
  const ends = new Map<TaskData, TaskData>();
  const endOf = (task: TaskData): TaskData => {
    const chain = chainFrom(graph, task, ends);
    const last = chain.at(-1) as TaskData;
    const end = ends.get(last) ?? last;
    for (const one of chain) ends.set(one, end);
    return end;
  };
  const first = (test: (end: TaskData) => boolean) => waiting.find((task) => test(endOf(task)));
  return first(needsAnother) ?? first((end) => !TIMER.test(end.waitsFor ?? "")) ?? waiting[0] ?? thread.tasks[0];
}

/** The task, and those that it waits for. */
export function chainOf(thread: ThreadData, task: TaskData): TaskData[] {
  return chainFrom(new Graph(thread), task);
}

/**
 * Through those that are waited for: into a circle where there is one, else to the first that waits for no other task,
 * or is among those that are `known`.
 */
function chainFrom(graph: Graph, task: TaskData, known: ReadonlyMap<TaskData, unknown> = new Map()): TaskData[] {
  const chain = [task];
  const seen = new Set(chain);
  const inCircle = new Set(graph.circles.flat());
  for (;;) {
    const last = chain.at(-1) as TaskData;
    if (known.has(last)) return chain;
    const next = graph.next(last).filter((one) => !seen.has(one));
    const way = next.find((one) => inCircle.has(one)) ?? next[0];
    if (way === undefined) return chain;
    seen.add(way);
    chain.push(way);
  }
}

/** All tasks at the ends of the chains that begin with `task`. */
function endsOf(graph: Graph, task: TaskData): TaskData[] {
  const ends: TaskData[] = [];
  const seen = new Set([task]);
  const todo = [task];
  for (let one = todo.pop(); one !== undefined; one = todo.pop()) {
    const next = graph.next(one);
    if (next.length === 0) ends.push(one);
    for (const other of next) {
      if (seen.has(other)) continue;
      seen.add(other);
      todo.push(other);
    }
  }
  return ends.reverse();
}

function verdict(thread: ThreadData, task: TaskData): string {
  if (task.state === "running") return "it is in the middle of a step: nothing else runs in this thread meanwhile";
  if (task.state !== "waiting") {
    const [place] = thread.running;
    if (place === undefined) return "it goes on as soon as the loop comes to it";
    return `it goes on as soon as the loop comes to it, but the thread is busy at ${placeWords(place)}`;
  }
  const text = task.waitsFor ?? "";
  return ENDS.find(([pattern]) => pattern.test(text))?.[1] ?? `what it waits for lies outside of the tasks: ${text}`;
}

/** Waits that no task of the program ends. */
const OUTSIDE = /^(?:sleep\(|a promise$|data of |connectionMade)| in .*[Ee]xecutor/;

/** Whether another task may have to do what the task waits for. */
function needsAnother(task: TaskData): boolean {
  return task.state === "waiting" && !OUTSIDE.test(task.waitsFor ?? "");
}

function besides(thread: ThreadData, known: readonly TaskData[]): TaskData[] {
  const seen = new Set(known);
  return thread.tasks.filter((task) => !seen.has(task));
}
