/** What `tsyncio record` has written: a look at the beginning, what happened to the tasks, and a look at the end. */

import { parseReport, type Report, type ThreadReport } from "./report.ts";
import type { TaskData } from "./snapshot.ts";

/**
 * What happened to a task: milliseconds, a letter, the number of the task, and what belongs to it.
 *
 *   n  made: its name              b  begins a step            e  the step has ended
 *   w  waits: for what, and the number of the task it is, or null      t  gives up its turn
 *   k  woken: by which task, or null       c  asked to cancel: by which task, or null      d  is done: how
 */
export type RecordedEvent = readonly [at: number, kind: string, task: number, ...rest: unknown[]];

/** The lines of the file: the first, those between, and the last. */
export type RecordingLine =
  | { readonly begins: number; readonly report: Report }
  | { readonly events: readonly RecordedEvent[] }
  | { readonly ends: number; readonly thread: ThreadReport | null; readonly dropped: number };

export function isRecording(text: string): boolean {
  return text.startsWith('{"begins":');
}

/** A line that was cut off, by the end of the process that wrote it, is left out. */
export function linesOf(text: string): RecordingLine[] {
  const lines = text.split("\n");
  const rest = lines.pop() as string; // empty, unless it was cut off
  return [...lines, ...(isWhole(rest) ? [rest] : [])].map((line) => JSON.parse(line) as RecordingLine);
}

function isWhole(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/**
 * The tasks as they were `seconds` after the beginning, at the end if that is null. The stack of a task is known where
 * it stood at the beginning, or still stands at the end.
 *
 * @throws {Error} The text is no recording.
 */
export function reportAt(text: string, seconds: number | null): Report {
  const lines = linesOf(text);
  const [first] = lines;
  if (first === undefined || !("begins" in first)) throw new Error("it was not written by `tsyncio record`");
  const report = parseReport(JSON.stringify(first.report));
  const [start] = report.threads as [ThreadReport];
  const events = lines.flatMap((line) => ("events" in line ? line.events : []));
  const last = lines.at(-1);
  const end = last !== undefined && "ends" in last ? last : null;
  const ends = end?.ends ?? events.at(-1)?.[0] ?? first.begins;
  const until = seconds === null ? ends : first.begins + seconds * 1000;
  const tasks = replay(start, events, first.begins, until);
  const notes = [...report.notes];
  if (end === null) notes.push("The recording was not ended: the process, or tsyncio, has ended before.");
  else if (end.dropped > 0)
    notes.push(`${end.dropped} events are missing: the process was faster than they could be written.`);
  const moved = new Set(events.filter(([at]) => at > until).map(([, , task]) => task));
  const thread = end?.thread == null ? { ...start, tasks } : withStacks({ ...start, tasks }, end.thread, moved);
  return { ...report, threads: [{ ...thread, running: [] }], notes };
}

function replay(start: ThreadReport, events: readonly RecordedEvent[], after: number, until: number): TaskData[] {
  const tasks = new Map(start.tasks.map((task) => [task.id, task]));
  /** Since when they wait, in milliseconds. */
  const since = new Map<number, number>();
  for (const [at, kind, id, what, other] of events) {
    if (at <= after) continue;
    if (at > until) break;
    const task = kind === "n" ? made(id, String(what)) : tasks.get(id);
    if (task === undefined) continue;
    if (kind === "w") since.set(id, at);
    if (kind === "d") tasks.delete(id);
    else
      tasks.set(
        id,
        changed(task, kind, what, other, (other) => tasks.get(other)?.name),
      );
  }
  return [...tasks.values()].map((task) => {
    if (task.state !== "waiting") return task;
    const began = since.get(task.id);
    if (began !== undefined) return { ...task, waited: (until - began) / 1000 };
    return task.waited === undefined ? task : { ...task, waited: task.waited + (until - after) / 1000 };
  });
}

function made(id: number, name: string): TaskData {
  const nothing = { on: [], via: "task", awaitedBy: [], cancelling: 0, waitsFor: null } as const;
  return { id, loop: 0, name, state: "new", stack: -1, ...nothing };
}

function changed(
  task: TaskData,
  kind: string,
  what: unknown,
  other: unknown,
  nameOf: (id: number) => string | undefined,
): TaskData {
  const { waited: _, longer: __, shared: ___, ...kept } = task;
  const moved = { ...kept, stack: -1, on: [], via: "task", waitsFor: null } as const;
  switch (kind) {
    case "b":
      return { ...moved, state: "running" };
    case "w":
      return { ...moved, state: "waiting", waitsFor: String(what), on: typeof other === "number" ? [other] : [] };
    case "t":
      return { ...moved, state: "ready" };
    case "k":
      return { ...kept, state: "ready", waitsFor: "", on: [] };
    case "c": {
      const by = typeof what === "number" ? nameOf(what) : undefined;
      return { ...task, cancelling: task.cancelling + 1, ...(by === undefined ? {} : { cancelledBy: by }) };
    }
    default:
      return task;
  }
}

/** What has not moved until the end is as it was seen there. */
function withStacks(thread: ThreadReport, end: ThreadReport, moved: ReadonlySet<number>): ThreadReport {
  const seen = new Map(end.tasks.map((task) => [task.id, task]));
  const offset = thread.stacks.length;
  const tasks = thread.tasks.map((task) => {
    const later = seen.get(task.id);
    if (later === undefined || moved.has(task.id) || later.state !== task.state) return task;
    const { waited, longer, cancelledBy } = task;
    const stack = later.stack < 0 ? -1 : later.stack + offset;
    return { ...later, waited, longer, cancelledBy, stack } as TaskData;
  });
  const seenAtEnd = new Set(end.shared?.map(({ id }) => id));
  const shared = [...(thread.shared ?? []).filter(({ id }) => !seenAtEnd.has(id)), ...(end.shared ?? [])];
  return { ...thread, tasks, shared, stacks: [...thread.stacks, ...end.stacks] };
}
