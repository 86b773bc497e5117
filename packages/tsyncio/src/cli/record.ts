/**
 * `tsyncio record`: what happens in a process for some seconds, to be looked at later at any of its moments, or in
 * Perfetto.
 */

import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { habits, RecordedHabits } from "../inspect/habits.ts";
import { PerfettoTrace } from "../inspect/perfetto.ts";
import { isRecording, linesOf, type RecordingLine } from "../inspect/recording.ts";
import type { Report } from "../inspect/report.ts";
import { FORMAT } from "../inspect/snapshot.ts";
import { Channel } from "./attach/channel.ts";
import { linkOf } from "./attach/proc.ts";
import { TargetError, UsageError } from "./errors.ts";

export const RECORD_HELP = `usage: tsyncio record PID -o FILE [--seconds SECONDS] [--force]
       tsyncio record FILE -o FILE.pftrace

Writes into FILE what happens to the tasks of the main thread of a running process: made, each step, waits for what, woken and cancelled by
which task, done. Later \`tsyncio ps|tree|why FILE --at 3.5\` shows them as they were 3.5 seconds after the beginning; without --at, at the end.
Stacks are known where a task stood at the beginning, or still stands at the end.

A FILE whose name ends in .pftrace (or .perfetto-trace) is a trace for https://ui.perfetto.dev instead: a track for each task with what it
does and waits for, one for the thread with all steps, and arrows from where a task is made, woken or cancelled to its next step. The second form makes
such a trace of a recording.

At its end it says what is seldom meant so, as \`tsyncio top\` does.

An instrument in the process tells of that over a unix socket that only its owner can reach. It goes with tsyncio, in whichever way that
ends. What cannot be written fast enough is left out and counted; a file has 256 MB at most.

  --seconds SECONDS  for how long; defaults to 10. Ctrl-C ends it earlier
  --force            send SIGUSR1 although it cannot be seen whether the program handles that signal itself`;

/** In bytes. */
const LARGEST = 256e6;
/** The names that ui.perfetto.dev knows its traces by. */
const TRACE = /\.(?:pftrace|perfetto-trace)$/;
/** How long a look may take, in milliseconds. */
const PATIENCE = 10_000;

export async function record(args: string[]): Promise<void> {
  const asked = parse(args);
  if (asked.pid === null) return convert(asked.source, asked.output);
  const { pid, seconds, output, force } = asked;
  const channel = await Channel.open(pid, { force, recording: true });
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  void channel.main.ended.then(stop);
  const file = openSync(output, "w", 0o600);
  const encode = encoderFor(output);
  const counted = new RecordedHabits();
  let [bytes, count, lost] = [0, 0, 0];
  const write = (line: RecordingLine): void => {
    bytes += writeSync(file, encode(line));
  };
  try {
    const early: RecordingLine[] = [];
    channel.main.onEvents = (events, dropped) => {
      lost += dropped;
      count += events.length;
      for (const event of events) counted.add(event);
      if (early.length > 0 || bytes === 0) early.push({ events });
      else write({ events });
      if (bytes > LARGEST) stop();
    };
    const thread = await channel.main.look(PATIENCE);
    if (thread === null) {
      throw new TargetError(
        `process ${pid} does not answer: its loop is blocked, or it has ended. \`tsyncio why ${pid}\` shows where`,
      );
    }
    const report: Report = {
      format: FORMAT,
      pid,
      runtime: "Node.js",
      at: new Date().toISOString(),
      folder: linkOf(pid, "cwd"),
      longestPause: channel.longestPause,
      threads: [thread],
      notes: [],
    };
    const begins = channel.main.lookedAt;
    write({ begins, report });
    counted.begin(thread);
    for (const line of early.splice(0)) write(line);
    await delay(seconds * 1000, null, { signal: stopped.signal }).catch(() => null);
    channel.main.flush();
    const end = await channel.main.look(PATIENCE);
    write({ ends: channel.main.lookedAt, thread: end, dropped: lost });
    const dropped = lost === 0 ? "" : `, ${lost} are missing`;
    console.log(
      `${count} events of process ${pid} are in ${output}${dropped}; the longest pause was ${channel.longestPause.toFixed(1)} ms`,
    );
    for (const line of habits(counted.stats(begins), end ?? thread)) console.log(line);
  } finally {
    closeSync(file);
    channel.close();
  }
}

/** What a line becomes in the file. */
function encoderFor(output: string): (line: RecordingLine) => Uint8Array {
  if (!TRACE.test(output)) return (line) => Buffer.from(`${JSON.stringify(line)}\n`);
  const trace = new PerfettoTrace();
  return (line) => trace.add(line);
}

function convert(source: string, output: string): void {
  let text: string;
  try {
    text = readFileSync(source, "utf8");
  } catch {
    throw new UsageError(`${JSON.stringify(source)} is neither the number of a process nor a file`);
  }
  if (!isRecording(text)) throw new TargetError(`${source} was not written by \`tsyncio record\``);
  const encode = encoderFor(output);
  const lines = linesOf(text);
  const file = openSync(output, "w", 0o600);
  try {
    for (const line of lines) writeSync(file, encode(line));
  } finally {
    closeSync(file);
  }
  const events = lines.reduce((sum, line) => sum + ("events" in line ? line.events.length : 0), 0);
  console.log(`${events} events of ${source} are in ${output}`);
}

interface Asked {
  /** Null if a recording is to be read. */
  readonly pid: number | null;
  readonly source: string;
  readonly seconds: number;
  readonly output: string;
  readonly force: boolean;
}

function parse(args: string[]): Asked {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { seconds: { type: "string" }, output: { type: "string", short: "o" }, force: { type: "boolean" } },
    });
    const [source, ...rest] = positionals;
    const { seconds = "10", output, force = false } = values;
    if (source === undefined || rest.length > 0) throw new Error("record needs the number of one process");
    if (output === undefined) throw new Error("record needs -o FILE");
    if (!(Number(seconds) > 0))
      throw new Error(`--seconds must be a number of seconds, got ${JSON.stringify(seconds)}`);
    const pid = /^\d+$/.test(source) ? Number(source) : null;
    if (pid === null && !TRACE.test(output)) {
      throw new Error(`a recording becomes a trace: -o FILE.pftrace, got ${JSON.stringify(output)}`);
    }
    return { pid, source, seconds: Number(seconds), output, force };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${RECORD_HELP}`);
  }
}
