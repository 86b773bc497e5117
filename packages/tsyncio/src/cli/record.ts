/** `tsyncio record PID`: what happens in a process for some seconds, to be looked at later at any of its moments. */

import { closeSync, openSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { RecordingLine } from "../inspect/recording.ts";
import type { Report } from "../inspect/report.ts";
import { FORMAT } from "../inspect/snapshot.ts";
import { Channel } from "./attach/channel.ts";
import { linkOf } from "./attach/proc.ts";
import { TargetError, UsageError } from "./errors.ts";

export const RECORD_HELP = `usage: tsyncio record PID -o FILE [--seconds SECONDS] [--force]

Writes into FILE what happens to the tasks of the main thread of a running process: made, each step, waits for what, woken and cancelled by
whom, done. Later \`tsyncio ps|tree|why FILE --at 3.5\` shows them as they were 3.5 seconds after the beginning; without --at, at the end.
Stacks are known where a task stood at the beginning, or still stands at the end.

An instrument in the process tells of that over a unix socket that only its owner can reach. It goes with tsyncio, in whichever way that
ends. What cannot be written fast enough is left out and counted; a file has 256 MB at most.

  --seconds SECONDS  for how long; defaults to 10. Ctrl-C ends it earlier
  --force            send SIGUSR1 although it cannot be seen whether the program handles that signal itself`;

/** In bytes. */
const LARGEST = 256e6;
/** How long a look may take, in milliseconds. */
const PATIENCE = 10_000;

export async function record(args: string[]): Promise<void> {
  const { pid, seconds, output, force } = parse(args);
  const channel = await Channel.open(pid, { force, recording: true });
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  void channel.ended.then(stop);
  const file = openSync(output, "w", 0o600);
  let [bytes, count, lost] = [0, 0, 0];
  const write = (line: RecordingLine): void => {
    bytes += writeSync(file, `${JSON.stringify(line)}\n`);
  };
  try {
    const early: RecordingLine[] = [];
    channel.onEvents = (events, dropped) => {
      lost += dropped;
      count += events.length;
      if (early.length > 0 || bytes === 0) early.push({ events });
      else write({ events });
      if (bytes > LARGEST) stop();
    };
    const thread = await channel.look(PATIENCE);
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
    write({ begins: channel.lookedAt, report });
    for (const line of early.splice(0)) write(line);
    await delay(seconds * 1000, null, { signal: stopped.signal }).catch(() => null);
    channel.flush();
    const end = await channel.look(PATIENCE);
    write({ ends: channel.lookedAt, thread: end, dropped: lost });
    const dropped = lost === 0 ? "" : `, ${lost} are missing`;
    console.log(
      `${count} events of process ${pid} are in ${output}${dropped}; the longest pause was ${channel.longestPause.toFixed(1)} ms`,
    );
  } finally {
    closeSync(file);
    channel.close();
  }
}

function parse(args: string[]): { pid: number; seconds: number; output: string; force: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { seconds: { type: "string" }, output: { type: "string", short: "o" }, force: { type: "boolean" } },
    });
    const [pid, ...rest] = positionals;
    const { seconds = "10", output, force = false } = values;
    if (pid === undefined || !/^\d+$/.test(pid) || rest.length > 0)
      throw new Error("record needs the number of one process");
    if (output === undefined) throw new Error("record needs -o FILE");
    if (!(Number(seconds) > 0))
      throw new Error(`--seconds must be a number of seconds, got ${JSON.stringify(seconds)}`);
    return { pid: Number(pid), seconds: Number(seconds), output, force };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${RECORD_HELP}`);
  }
}
