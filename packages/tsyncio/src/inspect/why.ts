/** Why a task waits: from it, through those that it waits for, to what it really waits for. */

import { Graph, put } from "./graph.ts";
import type { TaskData, ThreadData } from "./snapshot.ts";
import type { Kind } from "./tree.ts";
import { bothEnds, cancellation, doing, namesWords, placeWords, waitedWords } from "./words.ts";

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
  [/^put into .*Queue/, "the queue is full, and no task waits to take something out of it"],
  [/^join of .*Queue.* _queue\[/, "items are still in the queue, to be taken out, with taskDone() for each"],
  [/^join of .*Queue/, "all items have been taken out of the queue without taskDone() so far"],
  [/^notify of /, "no task is known that will call notify() of that condition"],
  [/^acquire of .*, which ha(?:s|ve) ended$/, "a task that has ended does not release anything: another has to"],
  [/^acquire of .*Semaphore/, "no permit is free, and which tasks have to release one is not known"],
  [/^acquire of /, "the lock was acquired outside of a task"],
  [/^wait at /, "the barrier waits for more tasks"],
  [/^a promise$/, "the promise has not settled"],
  [
    /^the end of <Server .*clients=[1-9]/,
    "it ends when the connections of its clients do, which their handlers have to close",
  ],
  [/^drain\(\) of /, "the peer does not read what has been written to it"],
  [/^the end of the default executor|^shutdown of /, "jobs are still running in its workers"],
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
    if (circle.length > 1) {
      lines.push(paint("circle", `They wait in a circle: ${names.join(" → ")}.`), "None of them can go on.");
    } else {
      const others = last.on.length > 1 ? ". The others that hold it cannot go on either" : "";
      lines.push(paint("circle", `${last.name} waits for what it holds itself${others}.`));
    }
    return lines;
  }
  const others = endsOf(graph, task).filter((end) => end !== last);
  if (others.length > 0) {
    const either = chain.some(({ via, on }) => via === "hold" && on.length > 1);
    lines.push(either ? "Instead, one of these is enough:" : `It waits for ${others.length} more:`);
    for (const other of others.slice(0, SHOWN)) tell(other, "  ", "");
    if (others.length > SHOWN) lines.push(`  and ${others.length - SHOWN} more`);
  }
  lines.push(`${last.name}: ${verdict(thread, last)}.`);
  if (!needsAnother(last)) return lines;
  const blocked = blockedBy(graph, last);
  if (blocked.length > 0) {
    const names = namesWords(blocked.map((one) => one.name));
    const one = blocked.length === 1 ? "it" : "one of them";
    lines.push(paint("circle", `${names} cannot go on before that: if ${one} has to do it, they wait for each other.`));
  }
  const known = new Set([...chain, ...others]);
  const beside = [...new Set([...blocked, ...thread.tasks])].filter((one) => !known.has(one));
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
  for (;;) {
    const last = chain.at(-1) as TaskData;
    if (known.has(last)) return chain;
    const next = graph.next(last);
    const way = next.find((one) => graph.stuck.has(one)) ?? next.find((one) => !seen.has(one));
    if (way === undefined || seen.has(way)) return chain;
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
const OUTSIDE = /^(?:sleep\(|a promise$|data of |connectionMade|the end of the default|shutdown of )| in .*[Ee]xecutor/;

/** Whether another task may have to do what the task waits for. */
function needsAnother(task: TaskData): boolean {
  return task.state === "waiting" && !OUTSIDE.test(task.waitsFor ?? "");
}

/** The tasks that need what is held until `last` goes on. */
function blockedBy(graph: Graph, last: TaskData): TaskData[] {
  const waiting = new Map<TaskData, Set<TaskData>>();
  for (const task of graph.tasks.values()) for (const one of graph.next(task)) put(waiting, one, task);
  const found = new Set([last]);
  for (const task of found) for (const other of waiting.get(task) ?? []) found.add(other);
  return [...found].filter((task) => task !== last && task.via === "hold");
}
