/** What `tsyncio record` has written: a look at the beginning, what happened to the tasks, and a look at the end. */

import { type Check, hasFields, isList, isText, isWhole, orNull } from "./checked.ts";
import { checkReport, isThread, isTime, type Report, type ThreadReport } from "./report.ts";
import type { TaskData } from "./snapshot.ts";

/**
 * What happened to a task: milliseconds, a letter, the number of the task, and what belongs to it.
 *
 *   n  made: its name              b  begins a step            e  the step has ended
 *   w  waits: for what, and the number of the task it is, or null      t  gives up its turn
 *   k  woken: by which task, or null       c  asked to cancel: by which task, or null      d  is done: how
 */
export type RecordedEvent = readonly [at: number, kind: string, task: number, ...rest: unknown[]];

/** The lines of the file: the first, those between, and the last. Times are those of each thread of the report. */
export type RecordingLine =
  | { readonly begins: readonly number[]; readonly report: Report }
  | { readonly thread: number; readonly events: readonly RecordedEvent[] }
  | { readonly ends: readonly number[]; readonly threads: readonly (ThreadReport | null)[]; readonly dropped: number };

interface Recording {
  readonly first: Extract<RecordingLine, { begins: unknown }>;
  /** All lines, the first too. */
  readonly lines: readonly RecordingLine[];
  /** Null if it was cut off. */
  readonly last: Extract<RecordingLine, { ends: unknown }> | null;
}

const OTHER = "it was not written by `tsyncio record`";
const isBegin = hasFields({ begins: isList(isTime) });
const isEnd = hasFields({ ends: isList(isTime), threads: isList(orNull(isThread)), dropped: isWhole() });
const isOther: Check = (value) =>
  typeof value === "string" || value === null || Number.isSafeInteger(value) ? null : " is wrong";
const areOthers = isList(isOther);
const isId = isWhole();
const isEvent: Check = (value) => {
  if (!Array.isArray(value)) return " must be an array";
  const [at, kind, task, ...rest] = value as unknown[];
  return isTime(at) ?? isText(kind) ?? isId(task) ?? areOthers(rest);
};
const isEvents = hasFields({ thread: isId, events: isList(isEvent) });

export function isRecording(text: string): boolean {
  return text.startsWith('{"begins":');
}

/**
 * A last line that was cut off, by the end of the process that wrote it, is left out.
 *
 * @throws {Error} The text is no recording, or one of another version.
 */
export function parseRecording(text: string): Recording {
  const lines: RecordingLine[] = [];
  const texts = text.split("\n");
  for (const [i, line] of texts.entries()) {
    const data = parsed(line);
    if (data === undefined && i === texts.length - 1) break;
    const number = `line ${i + 1}`;
    if (data === undefined) throw new Error(`${OTHER}: ${number} is no JSON`);
    if (i === 0) checkReport((data as { report?: unknown } | null)?.report, OTHER);
    const check = i === 0 ? isBegin : "ends" in Object(data) ? isEnd : isEvents;
    const wrong = check(data);
    if (wrong !== null) throw new Error(`${OTHER}: ${number}: line${wrong}`);
    lines.push(data as RecordingLine);
  }
  const first = lines[0] as Recording["first"] | undefined;
  if (first === undefined || first.begins.length !== first.report.threads.length) throw new Error(OTHER);
  const last = lines.at(-1) as RecordingLine;
  return { first, lines, last: "ends" in last ? last : null };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * The tasks as they were `seconds` after the beginning, at the end if that is null. The stack of a task is known where
 * it stood at the beginning, or still stands at the end.
 *
 * @throws {Error} The text is no recording, or one of another version.
 */
export function reportAt(text: string, seconds: number | null): Report {
  const { first, lines, last } = parseRecording(text);
  const { report, begins } = first;
  const events: RecordedEvent[][] = report.threads.map(() => []);
  for (const line of lines) {
    if ("events" in line) for (const event of line.events) events[line.thread]?.push(event);
  }
  // The beginning is when all threads had been looked at.
  const until = seconds === null ? null : begins.reduce((a, b) => Math.max(a, b), 0) + seconds * 1000;
  const threads = report.threads.map((thread, i) => {
    const own = events[i] as RecordedEvent[];
    const [began, end] = [begins[i] as number, last?.threads[i] ?? null];
    // A thread that has ended before has no time of its own for that.
    const ends = (end === null ? undefined : last?.ends[i]) ?? own.at(-1)?.[0] ?? began;
    return threadAt(thread, own, began, until ?? ends, end);
  });
  const notes = [...report.notes];
  if (last === null) notes.push("The recording was not ended: the process, or tsyncio, has ended before.");
  else if (last.dropped > 0)
    notes.push(`${last.dropped} events are missing: the process was faster than they could be written.`);
  return { ...report, threads, notes };
}

function threadAt(
  start: ThreadReport,
  events: readonly RecordedEvent[],
  began: number,
  until: number,
  end: ThreadReport | null,
): ThreadReport {
  const thread: ThreadReport = { ...start, tasks: replay(start, events, began, until), running: [] };
  if (end === null) return thread;
  const moved = new Set(events.filter(([at]) => at > until).map(([, , task]) => task));
  return withStacks(thread, end, moved);
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
