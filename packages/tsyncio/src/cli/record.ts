/**
 * `tsyncio record`: what happens in a process for some seconds, to be looked at later at any of its moments, or in
 * Perfetto.
 */

import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { countOf } from "../inspect/events.ts";
import { PerfettoTrace } from "../inspect/perfetto.ts";
import { printable } from "../inspect/printable.ts";
import { isRecording, parseRecording, type RecordingLine } from "../inspect/recording.ts";
import { Channel } from "./attach/channel.ts";
import { Recorder } from "./attach/recorder.ts";
import { finishWhenAsked, listenForEnds } from "./ending.ts";
import { TargetError, UsageError } from "./errors.ts";
import { readText, unreadable } from "./input.ts";
import { OutputFile } from "./output.ts";
import { secondsOf } from "./seconds.ts";

export const RECORD_HELP = `usage: tsyncio record PID -o FILE [--seconds SECONDS] [--force]
       tsyncio record FILE -o FILE.pftrace

Records the tasks of a running process into FILE, in each of its threads that runs tsyncio: when each task is created, each step, what
it waits for, which task wakes or cancels it, and its end. A worker that starts later is recorded from then on, and a thread whose loop is blocked
from when it goes on; one that does not is named at the end. \`tsyncio ps|tree|why FILE --at 3.5\` then shows the state 3.5 seconds after the beginning;
without --at, the state at the end. Stacks are known for tasks that were waiting when their thread was first seen or are still waiting at the end.

If the name of FILE ends in .pftrace (or .perfetto-trace), the recording is a trace for https://ui.perfetto.dev: one track for each task with its steps
and waits, one for each thread with all steps, and arrows from the place where a task is created, woken or cancelled to its next step. The second form
converts a recording to such a trace.

At the end, likely mistakes are listed, as \`tsyncio top\` does.

An instrument in the process sends the events over a unix socket that only its owner can reach. It is removed when tsyncio ends, however that
happens. Events that cannot be written fast enough are dropped and counted. A file has at most 256 MB.

  -o FILE            the file to write
  --seconds SECONDS  how long to record; defaults to 10. Ctrl-C ends the recording early
  --force            send SIGUSR1 even if tsyncio cannot tell whether the program handles that signal itself`;

/** The names that ui.perfetto.dev knows its traces by. */
const TRACE = /\.(?:pftrace|perfetto-trace)$/;
export async function record(args: string[]): Promise<void> {
  listenForEnds();
  const asked = parse(args);
  const file = new OutputFile(asked.output);
  try {
    if (asked.pid === null) convert(asked.source, file);
    else await recordProcess(asked.pid, asked, file);
  } finally {
    file.close();
  }
}

async function recordProcess(pid: number, { seconds, force }: Asked, file: OutputFile): Promise<void> {
  const channel = await Channel.open(pid, { force, recording: true });
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  const forget = finishWhenAsked(stop);
  void channel.ended.opened.then(stop);
  try {
    const recorder = new Recorder(channel, file, encoderFor(file.path), stop);
    await recorder.begin(pid, force);
    await delay(seconds * 1000, null, { signal: stopped.signal }).catch(() => null);
    await recorder.end();
    const { count, lost } = recorder;
    const dropped = lost === 0 ? "" : `, ${lost} are missing`;
    console.log(
      `${count} events of process ${pid} are in ${file.path}${dropped}; the longest pause was ${channel.longestPause.toFixed(1)} ms`,
    );
    if (channel.ended.isOpen) console.log(`process ${pid} has ended meanwhile`);
    for (const line of [...recorder.notes, ...recorder.habits()]) console.log(printable(line));
  } finally {
    forget();
    channel.close();
  }
}

/** What a line becomes in the file. */
function encoderFor(output: string): (line: RecordingLine) => Uint8Array {
  if (!TRACE.test(output)) return (line) => Buffer.from(`${JSON.stringify(line)}\n`);
  const trace = new PerfettoTrace();
  return (line) => trace.add(line);
}

function convert(source: string, file: OutputFile): void {
  const text = readText(source);
  if (!isRecording(text)) throw new TargetError(`${source} was not written by \`tsyncio record\``);
  const encode = encoderFor(file.path);
  let events = 0;
  for (const line of linesOf(source, text)) {
    file.write(encode(line));
    if ("events" in line) events += countOf(line);
  }
  console.log(`${events} events of ${source} are in ${file.path}`);
}

function linesOf(source: string, text: string): readonly RecordingLine[] {
  try {
    return parseRecording(text).lines;
  } catch (error) {
    throw unreadable(source, (error as Error).message);
  }
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
    if (source === undefined || rest.length > 0) throw new Error("record needs one PID, or one FILE");
    if (output === undefined) throw new Error("record needs -o FILE");
    const pid = /^\d+$/.test(source) ? Number(source) : null;
    if (pid === null && !TRACE.test(output)) {
      throw new Error(`a recording becomes a trace: -o FILE.pftrace, got ${JSON.stringify(output)}`);
    }
    return { pid, source, seconds: secondsOf("seconds", seconds), output, force };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${RECORD_HELP}`);
  }
}
