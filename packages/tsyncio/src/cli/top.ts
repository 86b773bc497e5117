/** `tsyncio top PID`: what a process does now, again and again. */

import { setTimeout as delay } from "node:timers/promises";
import { parseArgs, stripVTControlCharacters } from "node:util";
import type { ThreadReport } from "../inspect/report.ts";
import type { TaskData } from "../inspect/snapshot.ts";
import { cancellation, doing, placeWords } from "../inspect/words.ts";
import type { Stats } from "./attach/agent.ts";
import { Channel } from "./attach/channel.ts";
import { lookAtProcess } from "./attach/look.ts";
import { linkOf } from "./attach/proc.ts";
import { TargetError, UsageError } from "./errors.ts";
import { Screen } from "./screen.ts";

export const TOP_HELP = `usage: tsyncio top PID [--every SECONDS] [--seconds SECONDS] [--force]

The main thread of a running process, again and again: its tasks by state, steps a second, how late its loop is, which steps were slow, and
the tasks that have been waiting longest, since top looks on. When the loop is blocked, it shows where.

  loop blocked      a step took long, and nothing else ran meanwhile
  polling           a task gives up its turn again and again, by sleep(0)
  goes on           a task was asked to cancel, and has waited for something else since
  waits for a lock  for more than a second, held by the task that is named
  full queue        a task has waited for room in a queue for more than a second

Keys: q ends, s sorts by another column, f shows one state alone, / searches names and places (Enter ends the search, Escape clears it).

While it runs, an instrument counts in the process, and sends over a unix socket that only its owner can reach. It goes when top ends, in
whichever way. In a pipe, each picture is printed below the last.

  --every SECONDS    between two pictures; defaults to 1
  --seconds SECONDS  ends after that time; defaults to never
  --force            send SIGUSR1 although it cannot be seen whether the program handles that signal itself`;

/** Milliseconds after which a loop that does not answer counts as blocked. */
const BLOCKED = 1000;
/** Seconds that a wait may take before it is worth a note. */
const LONG = 1;
/** How often in a second a task may give up its turn. */
const POLLS = 100;
const STATES = ["all", "running", "ready", "waiting", "new"] as const;
const SORTS = ["waited", "name", "state"] as const;

/** What the keys have chosen. */
interface View {
  sort: number;
  state: number;
  search: string;
  searching: boolean;
}

export async function top(args: string[]): Promise<void> {
  const { pid, every, seconds, force } = parse(args);
  const channel = await Channel.open(pid, { force, recording: false });
  const screen = new Screen(process.stdout, linkOf(pid, "cwd"));
  const view: View = { sort: 0, state: 0, search: "", searching: false };
  let going = true;
  const stop = (): void => {
    going = false;
    wake.abort();
  };
  let wake = new AbortController();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  void channel.ended.then(stop);
  const until = performance.now() + seconds * 1000;
  const forgetKeys = listenToKeys(view, stop, () => wake.abort());
  try {
    while (going) {
      const stats = await channel.stats(BLOCKED);
      const thread = stats === null ? null : await channel.look(10_000);
      if (!going) break;
      const lines =
        stats === null || thread === null
          ? await blockedLines(pid, force)
          : picture(screen, pid, stats, thread, view, channel.longestPause);
      if (process.stdout.isTTY) {
        process.stdout.write("\x1b[H\x1b[J");
        screen.writeRows(...lines.slice(0, (process.stdout.rows ?? 24) - 1));
      } else screen.write(...lines, "");
      if (performance.now() >= until) return;
      wake = new AbortController();
      await delay(every * 1000, null, { signal: wake.signal }).catch(() => null);
    }
  } finally {
    forgetKeys();
    channel.close();
  }
}

async function blockedLines(pid: number, force: boolean): Promise<string[]> {
  try {
    const { threads } = await lookAtProcess(pid, { values: false, force });
    const places = threads[0]?.running ?? [];
    const where = places.map((place) => `    at ${placeWords(place)}`);
    return [`process ${pid}: the loop is blocked`, ...(where.length > 0 ? where : ["    in a native call"])];
  } catch (error) {
    if (error instanceof TargetError) return [`process ${pid}: the loop does not answer: ${error.message}`];
    throw error;
  }
}

function picture(
  screen: Screen,
  pid: number,
  stats: Stats,
  thread: ThreadReport,
  view: View,
  longestPause: number,
): string[] {
  const of = (state: string): number => thread.tasks.filter((task) => task.state === state).length;
  const rate = Math.round(stats.steps / Math.max(stats.over, 1e-3));
  const timers = thread.loops.reduce((sum, loop) => sum + loop.timers, 0);
  const shown = chosen(thread, view);
  const byId = new Map(thread.tasks.map((task) => [task.id, task.name]));
  const search = view.searching || view.search !== "" ? `  /${view.search}` : "";
  const state = STATES[view.state];
  return [
    screen.paint("name", `process ${pid}`) +
      `: ${thread.tasks.length} tasks (${of("running")} running, ${of("ready")} ready, ${of("waiting")} waiting, ${of("new")} new), ` +
      `${timers} timers`,
    `${rate} steps a second; loop late by at most ${stats.lag.toFixed(0)} ms; longest pause by looking ${longestPause.toFixed(1)} ms`,
    ...lints(stats, thread, byId).map((line) => screen.paint("circle", line)),
    "",
    screen.paint(
      "frame",
      `${"WAITED".padStart(10)}  ${"STATE".padEnd(8)}  TASK  (by ${SORTS[view.sort]}, ${state})${search}`,
    ),
    ...shown.map((task) => {
      const waited = task.waited === undefined ? "" : `${task.longer ? "> " : ""}${task.waited.toFixed(1)} s`;
      const [place] = thread.stacks[task.stack] ?? [];
      const where = place === undefined ? "" : `, at ${placeWords(place)}`;
      const cancelled = cancellation(task);
      const note = cancelled === "" ? "" : `, ${screen.paint("cancelled", cancelled)}`;
      const what = doing(task, (id) => byId.get(id));
      return `${waited.padStart(10)}  ${task.state.padEnd(8)}  ${screen.paint("name", task.name)} ${what}${note}${where}`;
    }),
  ];
}

/** What is seldom meant so. */
function lints(stats: Stats, thread: ThreadReport, byId: ReadonlyMap<number, string>): string[] {
  const lines: string[] = [];
  for (const [name, took] of stats.slow.filter(([, took]) => took > 100)) {
    lines.push(`loop blocked: a step of ${name} took ${took.toFixed(0)} ms`);
  }
  for (const [name, times] of stats.polls) {
    const rate = times / Math.max(stats.over, 1e-3);
    if (rate > POLLS)
      lines.push(`polling: ${name} has given up its turn ${Math.round(rate)} times a second, by sleep(0)`);
  }
  for (const [name] of stats.refuses) lines.push(`goes on: ${name} was asked to cancel, and waits for something else`);
  for (const task of thread.tasks) {
    if (lines.length > 10) break;
    const waited = task.waited ?? 0;
    if (waited < LONG) continue;
    const holders = task.on.map((id) => byId.get(id) ?? "?").join(", ");
    if (task.via === "hold")
      lines.push(`waits for a lock: ${task.name}, for ${waited.toFixed(1)} s, held by ${holders}`);
    else if (task.waitsFor?.startsWith("put into ")) {
      lines.push(`full queue: ${task.name} has waited for room for ${waited.toFixed(1)} s`);
    }
  }
  return lines;
}

function chosen(thread: ThreadReport, view: View): TaskData[] {
  const state = STATES[view.state];
  const search = view.search.toLowerCase();
  const places = (task: TaskData): string => (thread.stacks[task.stack] ?? []).map(placeWords).join(" ");
  const found = thread.tasks.filter(
    (task) =>
      (state === "all" || task.state === state) &&
      (search === "" || `${task.name} ${places(task)}`.toLowerCase().includes(search)),
  );
  const sort = SORTS[view.sort];
  if (sort === "waited") found.sort((a, b) => (b.waited ?? 0) - (a.waited ?? 0));
  else
    found.sort((a, b) => String(a[sort ?? "name"]).localeCompare(String(b[sort ?? "name"]), "en", { numeric: true }));
  return found.slice(0, process.stdout.isTTY ? (process.stdout.rows ?? 24) : 20);
}

/** Only in a terminal. Returns what gives it back as it was. */
function listenToKeys(view: View, stop: () => void, redraw: () => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY || !process.stdout.isTTY) return () => {};
  const press = (data: Buffer): void => {
    for (const key of data.toString()) {
      if (key === "\x03" || (key === "q" && !view.searching)) return stop();
      if (key === "\x1b") Object.assign(view, { search: "", searching: false });
      else if (key === "\r") view.searching = false;
      else if (view.searching)
        view.search = key === "\x7f" ? view.search.slice(0, -1) : view.search + stripVTControlCharacters(key);
      else if (key === "/") view.searching = true;
      else if (key === "s") view.sort = (view.sort + 1) % SORTS.length;
      else if (key === "f") view.state = (view.state + 1) % STATES.length;
    }
    redraw();
  };
  stdin.setRawMode(true).resume().on("data", press);
  process.stdout.write("\x1b[?1049h\x1b[?25l"); // another screen, without a cursor
  return () => {
    stdin.off("data", press).setRawMode(false).pause();
    process.stdout.write("\x1b[?25h\x1b[?1049l");
  };
}

function parse(args: string[]): { pid: number; every: number; seconds: number; force: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { every: { type: "string" }, seconds: { type: "string" }, force: { type: "boolean" } },
    });
    const [pid, ...rest] = positionals;
    if (pid === undefined || !/^\d+$/.test(pid) || rest.length > 0)
      throw new Error("top needs the number of one process");
    const number = (name: "every" | "seconds", otherwise: number): number => {
      const value = values[name] === undefined ? otherwise : Number(values[name]);
      if (!(value > 0)) throw new Error(`--${name} must be a number of seconds, got ${JSON.stringify(values[name])}`);
      return value;
    };
    const { force = false } = values;
    return { pid: Number(pid), every: number("every", 1), seconds: number("seconds", Number.POSITIVE_INFINITY), force };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${TOP_HELP}`);
  }
}
