/** What `tsyncio record` has written: a look at each thread, what happened to its tasks, and a look at the end. */

import { type Check, hasFields, isList, isText, isWhole, orNull } from "./checked.ts";
import { type Chunk, type RecordedEvent, readEvents, wrongEvents } from "./events.ts";
import { checkReport, isThread, isTime, type Report, type ThreadReport } from "./report.ts";
import type { TaskData } from "./snapshot.ts";

/** The version of what stands between the looks. */
export const RECORDING_FORMAT = 4;

/**
 * The lines of the file. The first has a report without threads. Each thread joins when it was looked at, and has a
 * number from then on; the last has a look at each of them, null of those that have ended. Times are milliseconds on
 * one clock.
 */
export type RecordingLine =
  | { readonly begins: number; readonly recording: typeof RECORDING_FORMAT; readonly report: Report }
  | Joins
  | ({ readonly thread: number } & Chunk)
  | {
      readonly ends: readonly number[];
      readonly threads: readonly (ThreadReport | null)[];
      readonly dropped: number;
      readonly notes: readonly string[];
    };

interface Joins {
  readonly joins: ThreadReport;
  readonly at: number;
}

interface Recording {
  readonly first: Extract<RecordingLine, { begins: unknown }>;
  /** All lines, the first too. */
  readonly lines: readonly RecordingLine[];
  /** Null if it was cut off. */
  readonly last: Extract<RecordingLine, { ends: unknown }> | null;
}

const OTHER = "it was not written by `tsyncio record`";
const isBegin = hasFields({ begins: isTime });
const isJoins = hasFields({ joins: isThread, at: isTime });
const isEnd = hasFields({
  ends: isList(isTime),
  threads: isList(orNull(isThread)),
  dropped: isWhole(),
  notes: isList(isText),
});
const isChunk = hasFields({ thread: isWhole(), begin: isTime, texts: isList(isText), events: isText });
const isEvents: Check = (value) => {
  const wrong = isChunk(value);
  if (wrong !== null) return wrong;
  const events = wrongEvents(value as Chunk);
  return events === null ? null : `.events${events}`;
};

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
    if (i === 0) checkFirst(data);
    const wrong = i === 0 ? isBegin(data) : checkOf(Object(data))(data);
    if (wrong !== null) throw new Error(`${OTHER}: ${number}: line${wrong}`);
    lines.push(data as RecordingLine);
  }
  const first = lines[0] as Recording["first"] | undefined;
  if (first === undefined) throw new Error(OTHER);
  const last = lines.at(-1) as RecordingLine;
  return { first, lines, last: "ends" in last ? last : null };
}

function checkOf(line: object): Check {
  return "joins" in line ? isJoins : "ends" in line ? isEnd : isEvents;
}

/** Before all else: what another version has written may have other fields. */
function checkFirst(data: unknown): void {
  const { report, recording = 1 } = (data ?? {}) as { report?: unknown; recording?: unknown };
  checkReport(report, OTHER);
  if (recording === RECORDING_FORMAT) return;
  throw new Error(
    `it is a recording of format ${recording}, and this version of tsyncio reads format ${RECORDING_FORMAT}: use the one that has written it`,
  );
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
  const joined = lines.filter((line) => "joins" in line);
  const chunks: Chunk[][] = joined.map(() => []);
  for (const line of lines) if ("events" in line) chunks[line.thread]?.push(line);
  // A thread that has ended before has no time of its own for that.
  const ends = joined.map(({ at }, i) => (last?.threads[i] ? last.ends[i] : lastOf(chunks[i] as Chunk[])) ?? at);
  const end = ends.reduce((a, b) => Math.max(a, b), begins);
  const until = seconds === null ? null : Math.min(begins + seconds * 1000, end);
  const threads = joined.flatMap(({ joins, at }, i) => {
    if (until !== null && at > until) return [];
    return [threadAt(joins, chunks[i] as Chunk[], at, until ?? (ends[i] as number), last?.threads[i] ?? null)];
  });
  const notes = [...report.notes, ...(last?.notes ?? [])];
  if (until === end) {
    notes.push(
      `The recording ends ${((end - begins) / 1000).toFixed(1)} s after its beginning: that is what is shown.`,
    );
  }
  if (last === null) notes.push("The recording was not ended: the process, or tsyncio, has ended before.");
  else if (last.dropped > 0)
    notes.push(`${last.dropped} events are missing: the process was faster than they could be written.`);
  return { ...report, threads, notes };
}

/** When the last event was. */
function lastOf(chunks: readonly Chunk[]): number | undefined {
  let last: number | undefined;
  const chunk = chunks.at(-1);
  if (chunk !== undefined) {
    readEvents(chunk, ([at]) => {
      last = at;
    });
  }
  return last;
}

function threadAt(
  start: ThreadReport,
  chunks: readonly Chunk[],
  began: number,
  until: number,
  end: ThreadReport | null,
): ThreadReport {
  const replay = new Replay(start, began);
  /** Those to which something happens later. */
  const moved = new Set<number>();
  for (const chunk of chunks) {
    readEvents(chunk, (event) => {
      if (event[0] > until) moved.add(event[2]);
      else if (event[0] > began) replay.add(event);
    });
  }
  const thread: ThreadReport = { ...start, tasks: replay.tasksAt(until), running: [] };
  return end === null ? thread : withStacks(thread, end, moved);
}

/** The tasks of a thread, from one moment to another. */
class Replay {
  private readonly tasks: Map<number, TaskData>;
  private readonly began: number;
  /** Since when they wait, in milliseconds. */
  private readonly since = new Map<number, number>();

  constructor({ tasks }: ThreadReport, began: number) {
    this.tasks = new Map(tasks.map((task) => [task.id, task]));
    this.began = began;
  }

  add([at, kind, id, what, other]: RecordedEvent): void {
    const { tasks } = this;
    const task = kind === "n" ? made(id, String(what)) : tasks.get(id);
    if (task === undefined) return;
    if (kind === "w") this.since.set(id, at);
    if (kind === "d") tasks.delete(id);
    else tasks.set(id, changed(task, kind, what, other, this.nameOf));
  }

  tasksAt(moment: number): TaskData[] {
    return [...this.tasks.values()].map((task) => {
      if (task.state !== "waiting") return task;
      const since = this.since.get(task.id);
      if (since !== undefined) return { ...task, waited: (moment - since) / 1000 };
      return task.waited === undefined ? task : { ...task, waited: task.waited + (moment - this.began) / 1000 };
    });
  }

  private readonly nameOf = (id: number): string | undefined => this.tasks.get(id)?.name;
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
