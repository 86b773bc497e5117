/** What `tsyncio top` shows at a time. */

import { habits, type Stats } from "../../inspect/habits.ts";
import type { ThreadReport } from "../../inspect/report.ts";
import type { LockData, Place, QueueData, TaskData } from "../../inspect/snapshot.ts";
import { whyLines } from "../../inspect/why.ts";
import { padEnd, padStart, widthOf } from "../../inspect/width.ts";
import { cancellation, doing, placeWords, secondsWords, waitedWords } from "../../inspect/words.ts";
import type { Screen } from "../screen.ts";
import { STATES, type View } from "./view.ts";

/** A thread at the moment. */
export interface Seen {
  readonly name: string;
  /** Null: it does not answer, so its loop is blocked. */
  readonly now: { readonly stats: Stats; readonly report: ThreadReport } | null;
  /** Where it is blocked, or why that cannot be seen. */
  readonly blocked: readonly Place[] | string;
}

/** At most this many queues and locks are shown. */
const SHARED = 4;

/** `rows` is how many lines there is room for. */
export function picture(
  screen: Screen,
  pid: number,
  seen: readonly Seen[],
  view: View,
  longestPause: number,
  rows: number,
): string[] {
  const shown = view.shownOf(seen);
  const head = [
    `${screen.paint("name", `process ${pid}`)}; longest pause by looking ${longestPause.toFixed(1)} ms`,
    ...seen.flatMap((one) => [
      ...threadLines(screen, one, seen.length > 1 && one === shown),
      ...(one === shown && one.now === null ? blockedLines(one) : []),
    ]),
  ];
  if (shown === undefined) return [...head, "tsyncio runs in none of its threads at present"];
  if (shown.now === null) return head;
  const { stats, report } = shown.now;
  const lints = habits(stats, report).map((line) => screen.paint("circle", line));
  if (view.opened && view.marked !== null) return [...head, ...lints, "", ...opened(screen, report, view)];
  const above = [...head, ...lints, ...sharedLines(screen, report), ""];
  return [...above, ...taskLines(screen, report, view, Math.max(1, rows - above.length - 1))];
}

function threadLines(screen: Screen, { name, now }: Seen, shown: boolean): string[] {
  const title = shown ? `${screen.paint("name", name)}*` : screen.paint("name", name);
  if (now === null) return [`${title}: ${screen.paint("circle", "the loop is blocked")}`];
  const { stats, report } = now;
  const states = STATES.map((state) => [state, report.tasks.filter((task) => task.state === state).length] as const);
  const counts = states.filter(([, count]) => count > 0).map(([state, count]) => `${count} ${state}`);
  const timers = report.loops.reduce((sum, loop) => sum + loop.timers, 0);
  const rate = Math.round(stats.steps / Math.max(stats.over, 1e-3));
  const tasks = `${report.tasks.length} tasks${counts.length === 0 ? "" : ` (${counts.join(", ")})`}`;
  const line = `${title}: ${tasks}, ${timers} timer${timers === 1 ? "" : "s"}; ${rate} steps a second; loop late by at most ${stats.lag.toFixed(0)} ms`;
  if (report.loops.length < 2) return [line];
  const loops = report.loops.map((loop) => {
    const tasks = report.tasks.filter((task) => task.loop === loop.id).length;
    return `  ${loop.name}: ${tasks} tasks, ${loop.ready} ready, ${loop.timers} timers${loop.running ? "" : ", does not run"}`;
  });
  return [line, ...loops];
}

function blockedLines({ blocked }: Seen): string[] {
  if (typeof blocked === "string") return [`    ${blocked}`];
  return blocked.length === 0 ? ["    in a native call"] : blocked.map((place) => `    at ${placeWords(place)}`);
}

/** How full queues are, and how long locks have been held: of those that tasks wait for. */
function sharedLines(screen: Screen, report: ThreadReport): string[] {
  const shared = report.shared ?? [];
  const names = new Map(report.tasks.map(({ id, name }) => [id, name]));
  const waiters = new Map<number, TaskData[]>();
  for (const task of report.tasks) {
    if (task.shared === undefined) continue;
    const others = waiters.get(task.shared);
    if (others === undefined) waiters.set(task.shared, [task]);
    else others.push(task);
  }
  const waiting = (id: number): string => {
    const [first, ...others] = waiters.get(id) ?? [];
    return first === undefined ? "" : others.length === 0 ? first.name : `${first.name} and ${others.length} more`;
  };
  const queues = shared.filter((one): one is QueueData => one.kind === "queue");
  const locks = shared.filter((one): one is LockData => one.kind === "lock");
  queues.sort((a, b) => fill(b) - fill(a) || b.putters + b.getters - a.putters - a.getters);
  locks.sort((a, b) => (b.held ?? 0) - (a.held ?? 0));
  const nameOf = (id: number): string => names.get(id) ?? "a task that has ended";
  return [
    ...table(
      screen,
      ["FILL", "PUTTING", "GETTING", "QUEUE", "WAITING"],
      queues.map((one) => [fillWords(one), one.putters, one.getters, one.name, waiting(one.id)]),
    ),
    ...table(
      screen,
      ["HELD", "WAITERS", "LOCK", "HELD BY", "WAITING"],
      locks.map((one) => {
        const holders = one.holders.map(nameOf).join(", ") || "not known";
        return [secondsWords(one.held, one.longer), one.waiters, one.name, holders, waiting(one.id)];
      }),
    ),
  ];
}

/** Numbers are right-aligned. */
function table(screen: Screen, head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  if (rows.length === 0) return [];
  const some = rows.slice(0, SHARED);
  const widths = head.map((name, i) => Math.max(name.length, ...some.map((row) => widthOf(String(row[i])))));
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, i) => {
        const right = i === 0 || typeof some[0]?.[i] === "number";
        return (right ? padStart : padEnd)(String(cell), widths[i] as number);
      })
      .join("  ")
      .trimEnd();
  const more = rows.length > SHARED ? [`and ${rows.length - SHARED} more`] : [];
  return ["", screen.paint("frame", line(head)), ...some.map(line), ...more];
}

function fill({ size, maxsize }: QueueData): number {
  return maxsize > 0 ? size / maxsize : 0;
}

function fillWords({ size, maxsize }: QueueData): string {
  return maxsize > 0 ? `${size} of ${maxsize}` : String(size);
}

function taskLines(screen: Screen, report: ThreadReport, view: View, most: number): string[] {
  const names = new Map(report.tasks.map((task) => [task.id, task.name]));
  const search = view.searching || view.search !== "" ? `  /${view.search}` : "";
  const head = `${"WAITED".padStart(10)}  ${"STATE".padEnd(8)}  TASK  (by ${view.sort}, ${view.state})${search}`;
  const row = (task: TaskData): string => {
    const [place] = report.stacks[task.stack] ?? [];
    const where = place === undefined ? "" : `, at ${placeWords(place)}`;
    const cancelled = cancellation(task);
    const note = cancelled === "" ? "" : `, ${screen.paint("cancelled", cancelled)}`;
    const what = doing(task, (id) => names.get(id));
    const mark = task.id === view.marked?.id ? screen.paint("circle", ">") : " ";
    const waited = waitedWords(task).padStart(9);
    return `${mark}${waited}  ${task.state.padEnd(8)}  ${screen.paint("name", task.name)} ${what}${note}${where}`;
  };
  return [screen.paint("frame", head), ...view.choose(report, most).map(row)];
}

/** The task that is marked, by itself. */
function opened(screen: Screen, report: ThreadReport, { marked }: View): string[] {
  const task = report.tasks.find(({ id }) => id === marked?.id);
  if (task === undefined) return [`${screen.paint("name", marked?.name ?? "")} has ended`];
  return whyLines(report, task, { paint: screen.paint });
}
