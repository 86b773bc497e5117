/** `tsyncio top PID`: what a process does now, again and again. */

import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { printable, shownThread } from "../inspect/printable.ts";
import type { Report } from "../inspect/report.ts";
import { Channel } from "./attach/channel.ts";
import { explainedLater, lookAtProcess } from "./attach/look.ts";
import { linkOf } from "./attach/proc.ts";
import type { WatchedThread } from "./attach/watched.ts";
import { finishWhenAsked, listenForEnds, undoAtEnd } from "./ending.ts";
import { TargetError, UsageError } from "./errors.ts";
import { Screen } from "./screen.ts";
import { secondsOf } from "./seconds.ts";
import { picture, type Seen } from "./top/picture.ts";
import { View } from "./top/view.ts";

export const TOP_HELP = `usage: tsyncio top PID [--every SECONDS] [--seconds SECONDS] [--force]

Shows the threads of a running process, refreshed continuously: their tasks by state, steps per second and loop lag; for one of the threads, the
tasks that have been waiting longest since top started, and the queues and locks that they wait for. If a loop is blocked, the blocking frame is
shown. Workers are shown from when they have loaded tsyncio until they end; the main thread need not run it.

  FILL              the number of items in a queue and its capacity; PUTTING and GETTING: the number of tasks that wait for it
  HELD              how long that task has held the lock; > where it may be longer

  loop blocked      a step took long, and nothing else ran meanwhile
  polling           a task yields again and again by sleep(0)
  goes on           a task was asked to cancel, and has waited for something else since
  exception never retrieved     a task or a future has failed, and nothing has awaited it
  waits for a lock  for more than a second; the holder is named
  full queue        a task has waited more than a second for room in a queue

Keys: up and down (k and j) select a task. Enter shows what it waits for and its whole stack; Escape closes it. s changes the sort column, f
filters by state, / searches names and places (Enter ends the search, Escape clears it), Tab shows the next thread, q quits.

While top runs, an instrument in each thread counts events and sends them over a unix socket that only its owner can reach. It is removed when top
ends, however that happens. In a pipe, the snapshots are printed one after another.

  --every SECONDS    the interval between two snapshots; defaults to 1
  --seconds SECONDS  exit after this time; defaults to never
  --force            send SIGUSR1 even if tsyncio cannot tell whether the program handles that signal itself`;

/** Milliseconds after which a loop that does not answer counts as blocked. */
const BLOCKED = 1000;
/** How long a look may take, in milliseconds. */
const PATIENCE = 10_000;
/** A pause between two looks is at least that many times as long as a look. */
const REST = 4;
/** Rows of a terminal that does not tell, and of a picture in a pipe. */
const ROWS = 24;

export async function top(args: string[]): Promise<void> {
  listenForEnds();
  const { pid, every, seconds, force } = parse(args);
  const channel = await Channel.open(pid, { force, recording: false });
  const screen = new Screen(process.stdout, linkOf(pid, "cwd"));
  const view = new View();
  let going = true;
  let wake = new AbortController();
  const stop = (): void => {
    going = false;
    wake.abort();
  };
  const forget = finishWhenAsked(stop);
  void channel.ended.opened.then(stop);
  const until = performance.now() + seconds * 1000;
  let seen: Seen[] = [];
  const draw = (): void => {
    // A terminal that does not know its size has 0 rows.
    const rows = screen.redraws ? Math.max(1, (process.stdout.rows || ROWS) - 1) : ROWS;
    const lines = picture(screen, pid, seen, view, channel.longestPause, rows);
    lines.splice(1, 0, ...channel.leftOut.map((text) => printable(`not shown: ${text}`)));
    if (screen.redraws) {
      process.stdout.write("\x1b[H\x1b[J");
      screen.writeRows(lines.slice(0, rows));
    } else screen.write([...lines, ""]);
  };
  const forgetKeys = listenToKeys(screen, (data) => {
    if (!view.press(data)) stop();
    else if (seen.length > 0) draw();
  });
  const restore = undoAtEnd(forgetKeys);
  try {
    while (going) {
      const begun = performance.now();
      const all = await Promise.all(channel.threads.map(seenOf));
      const took = performance.now() - begun;
      if (!going || (channel.threads.length === 0 && channel.leftOut.length > 0)) break;
      seen = view.shownOf(all)?.now === null ? await withPlaces(pid, force, all) : all;
      draw();
      if (performance.now() >= until) return;
      wake = new AbortController();
      // To look at very many tasks takes long: the process has most of its time for itself.
      const pause = Math.min(Math.max(every * 1000, REST * took), until - performance.now());
      await delay(pause, null, { signal: wake.signal }).catch(() => null);
    }
    const [failure] = channel.leftOut;
    if (channel.threads.length === 0 && failure !== undefined)
      throw new TargetError(await explainedLater(failure, pid, force));
  } finally {
    forgetKeys();
    restore();
    forget();
    channel.close();
  }
}

async function seenOf(thread: WatchedThread): Promise<Seen> {
  const { name } = thread;
  const stats = await thread.stats(() => BLOCKED);
  const report = stats === null ? null : await thread.look(() => PATIENCE);
  const now = stats === null || report === null ? null : { stats: printable(stats), report: shownThread(report) };
  return { name: printable(name), blocked: [], now };
}

/** Where those are that do not answer: the inspector is told even by a thread that is busy. */
async function withPlaces(pid: number, force: boolean, seen: readonly Seen[]): Promise<Seen[]> {
  let report: Report;
  try {
    report = await lookAtProcess(pid, { values: false, force });
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return seen.map((one) => ({ ...one, blocked: printable(error.message) }));
  }
  const places = new Map(printable(report).threads.map((thread) => [thread.name, thread.running]));
  return seen.map((one) => ({ ...one, blocked: places.get(one.name) ?? [] }));
}

/** Only in a terminal. Returns a function that restores it. */
function listenToKeys({ redraws }: Screen, press: (data: string) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY || !redraws) return () => {};
  const listener = (data: Buffer): void => press(data.toString());
  stdin.setRawMode(true).resume().on("data", listener);
  process.stdout.write("\x1b[?1049h\x1b[?25l"); // another screen, without a cursor
  return () => {
    stdin.off("data", listener).setRawMode(false).pause();
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
    if (pid === undefined || !/^\d+$/.test(pid) || rest.length > 0) throw new Error("top needs one PID");
    const number = (name: "every" | "seconds", otherwise: number): number =>
      values[name] === undefined ? otherwise : secondsOf(name, values[name]);
    const { force = false } = values;
    return { pid: Number(pid), every: number("every", 1), seconds: number("seconds", Number.POSITIVE_INFINITY), force };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${TOP_HELP}`);
  }
}
