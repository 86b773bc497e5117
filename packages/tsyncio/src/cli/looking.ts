/** `tsyncio ps | tree | why | dump`: looking into a running process, or into what `dump` has written of one. */

import { parseArgs } from "node:util";
import { printable, printableJson, shownName, shownThread } from "../inspect/printable.ts";
import { psLines } from "../inspect/ps.ts";
import { isRecording, reportAt } from "../inspect/recording.ts";
import { parseReport, type Report, type ThreadReport } from "../inspect/report.ts";
import type { TaskData } from "../inspect/snapshot.ts";
import { treeLines } from "../inspect/tree.ts";
import { chainOf, oldestWaiting, whyLines } from "../inspect/why.ts";
import { placeWords, unknownWords } from "../inspect/words.ts";
import { lookAtProcess } from "./attach/look.ts";
import { listenForEnds } from "./ending.ts";
import { TargetError, UsageError } from "./errors.ts";
import { readText, unreadable } from "./input.ts";
import { OutputFile } from "./output.ts";
import { Screen } from "./screen.ts";
import { secondsOf } from "./seconds.ts";

const WHERE = `PID is the process ID of a Node process (version 20 or newer) on Linux that runs tsyncio and belongs to the same user. The process needs no preparation.
To inspect a process, tsyncio opens Node's inspector in it with SIGUSR1 and closes it afterwards;
Node reports that on the standard error of the process ("Debugger listening on ..."). The program is paused for short slices, usually less than
100 milliseconds each. tsyncio refuses a process that the signal could end or disturb.`;

const FROM_FILE = "FILE was written by `tsyncio dump` or `tsyncio record`.";

const LOOK_OPTIONS = `  --values   include data of the program: the messages of cancel(). By default only names and places are shown
  --force    send SIGUSR1 even if tsyncio cannot tell whether the program handles that signal itself`;

const SHOW_OPTIONS = `  --json     print the result as JSON, in the format of \`tsyncio dump\`
${LOOK_OPTIONS}
  --at S     for a FILE of \`tsyncio record\`: the state S seconds after its beginning, instead of at its end`;

export const PS_HELP = `usage: tsyncio ps PID|FILE [--json] [--values] [--force] [--at S]

Lists the tasks of a running process, one row each: the name, the state, how long the task has been waiting if that is known, what it waits for,
which tasks await it, and its stack, innermost frame first.

  running    in the middle of a step
  ready      will run in the next iteration of the loop
  waiting    waits for a future, a timer, a lock ...
  new        has not started

${WHERE} ${FROM_FILE}

${SHOW_OPTIONS}`;

export const TREE_HELP = `usage: tsyncio tree PID|FILE [--json] [--values] [--force] [--at S]

Draws the tasks of a running process as a tree: each task under the one that awaits it, with its stack. Identical tasks are drawn once, with their
number (× 980). A lock is shown with the task that holds it, and a cycle of waiting tasks is drawn as one.

${WHERE} ${FROM_FILE}

${SHOW_OPTIONS}`;

export const WHY_HELP = `usage: tsyncio why PID|FILE [TASK] [--json] [--values] [--force] [--at S]

Explains why a task waits: the chain from the task to what it finally waits for, such as a timer, a socket, a lock and its holder, or a cycle. TASK is
the name of a task as \`tsyncio ps\` shows it. Without TASK, a cycle is explained if there is one, otherwise
the oldest task that only another task can wake, otherwise the oldest that no timer will wake.
With --json, \`tasks\` of each thread has the tasks of the chain, in its order, and \`why\` the lines of the explanation.

${WHERE} ${FROM_FILE}

${SHOW_OPTIONS}`;

export const DUMP_HELP = `usage: tsyncio dump PID -o FILE [--values] [--force]

Writes everything that tsyncio can see of a running process to FILE, for \`tsyncio ps FILE\`, \`tsyncio tree FILE\` and
\`tsyncio why FILE\` later. Only its owner can read the file.

${WHERE}

  -o FILE    the file to write
${LOOK_OPTIONS}`;

interface Asked {
  readonly target: string;
  readonly rest: readonly string[];
  readonly json: boolean;
  readonly values: boolean;
  readonly force: boolean;
  readonly output: string | undefined;
  /** Seconds, in a recording. */
  readonly at: number | null;
}

/** `name`: of the task that was asked for. */
type LinesOf = (screen: Screen, thread: ThreadReport, name: string | undefined) => string[];

export async function ps(args: string[]): Promise<void> {
  await show(args, PS_HELP, 0, (screen, thread) => [
    ...psLines(thread, { paint: screen.paint }),
    ...unknownLines(screen, thread),
  ]);
}

export async function tree(args: string[]): Promise<void> {
  await show(args, TREE_HELP, 0, (screen, thread) => treeLines(thread, { frames: true, paint: screen.paint }));
}

export async function why(args: string[]): Promise<void> {
  const linesOf: LinesOf = (screen, thread, name) => {
    const task = taskOf(thread, name);
    if (task === undefined) return [];
    const others = name === undefined ? 0 : namesakes(thread, name).length - 1;
    const more =
      others === 0
        ? []
        : [screen.paint("frame", `${others} more ${others === 1 ? "task has" : "tasks have"} that name.`)];
    return [...whyLines(thread, task, { paint: screen.paint }), ...more, ...unknownLines(screen, thread)];
  };
  await show(args, WHY_HELP, 1, linesOf, (thread, name) => {
    const task = taskOf(thread, name);
    if (task === undefined) return { ...thread, tasks: [], why: [] };
    return { ...thread, tasks: chainOf(thread, task), why: whyLines(thread, task) };
  });
}

/** The one of that name, as it is or as it is shown; without a name the one to begin with. */
function taskOf(thread: ThreadReport, name: string | undefined): TaskData | undefined {
  return name === undefined ? oldestWaiting(thread) : namesakes(thread, name)[0];
}

function namesakes({ tasks }: ThreadReport, name: string): TaskData[] {
  return tasks.filter((one) => one.name === name || shownName(one.name) === shownName(name));
}

export async function dump(args: string[]): Promise<void> {
  listenForEnds();
  const asked = parse(args, DUMP_HELP, 0);
  if (asked.output === undefined) throw new UsageError(`dump needs -o FILE\n\n${DUMP_HELP}`);
  const output = new OutputFile(asked.output);
  try {
    const report = await reportOf(asked);
    output.write(`${printableJson(report)}\n`);
    console.log(`${count(report)} of process ${report.pid} are in ${asked.output}; ${pause(report)}`);
  } finally {
    output.close();
  }
}

async function show(
  args: string[],
  help: string,
  more: number,
  linesOf: LinesOf,
  dataOf: (thread: ThreadReport, name: string | undefined) => ThreadReport = (thread) => thread,
): Promise<void> {
  listenForEnds();
  const asked = parse(args, help, more);
  if (asked.output !== undefined) throw new UsageError(`-o is for \`tsyncio dump\`\n\n${help}`);
  const found = await reportOf(asked);
  const [name] = asked.rest;
  if (name !== undefined && found.threads.every((thread) => taskOf(thread, name) === undefined)) {
    throw new TargetError(`there is no task ${JSON.stringify(name)} in it; \`tsyncio ps ${asked.target}\` lists them`);
  }
  if (asked.json) {
    const threads = found.threads.map((thread) => dataOf(thread, name));
    return console.log(printableJson({ ...found, threads }));
  }
  const report = { ...printable(found), threads: found.threads.map(shownThread) };
  const screen = new Screen(process.stdout, report.folder);
  screen.write([screen.paint("frame", `process ${report.pid}, ${report.runtime}: ${count(report)}; ${pause(report)}`)]);
  for (const thread of report.threads) {
    if (name !== undefined && taskOf(thread, name) === undefined) continue; // it is in another one
    if (report.threads.length > 1 || thread.name !== "main") screen.write(["", screen.paint("name", thread.name)]);
    const [place] = thread.running;
    if (place !== undefined)
      screen.write([`busy: the thread runs ${placeWords(place)}, and nothing else meanwhile`, ...busy(thread)]);
    screen.write(thread.tasks.length === 0 ? ["no tasks"] : linesOf(screen, thread, name));
  }
  screen.write(report.notes);
}

function unknownLines(screen: Screen, thread: ThreadReport): string[] {
  const text = unknownWords(thread);
  return text === "" ? [] : [screen.paint("frame", text)];
}

function busy(thread: ThreadReport): string[] {
  return thread.running.map((place) => `    at ${placeWords(place)}`);
}

function parse(args: string[], help: string, more: number): Asked {
  const options = {
    json: { type: "boolean" },
    values: { type: "boolean" },
    force: { type: "boolean" },
    output: { type: "string", short: "o" },
    at: { type: "string" },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [target, ...rest] = positionals;
    if (target === undefined) throw new Error("a PID or a FILE is missing");
    if (rest.length > more) throw new Error(`${JSON.stringify(rest[more])} is too much`);
    const { json = false, values: withValues = false, force = false, output, at } = values;
    const moment = at === undefined ? null : secondsOf("at", at, { time: true });
    return { target, rest, json, values: withValues, force, output, at: moment };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${help}`);
  }
}

async function reportOf({ target, values, force, at }: Asked): Promise<Report> {
  const needsRecording = (): UsageError =>
    new UsageError("--at needs a FILE of `tsyncio record`: others have one moment");
  if (/^\d+$/.test(target)) {
    if (at !== null) throw needsRecording();
    return lookAtProcess(Number(target), { values, force });
  }
  const text = readText(target);
  if (at !== null && !isRecording(text)) throw needsRecording();
  try {
    return isRecording(text) ? reportAt(text, at) : parseReport(text);
  } catch (error) {
    throw unreadable(target, (error as Error).message);
  }
}

function count(report: Report): string {
  const tasks = report.threads.reduce((sum, thread) => sum + thread.tasks.length, 0);
  return `${tasks} task${tasks === 1 ? "" : "s"}`;
}

function pause(report: Report): string {
  return `the longest pause was ${report.longestPause.toFixed(1)} ms`;
}
