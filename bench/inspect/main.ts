/** The workload `inspect`: what it costs a program to be looked into, and to be recorded. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { firstLine, nextMessage, withServers } from "../child.ts";
import { HEAP, requests, SIZES } from "../echo/main.ts";
import type { Interval } from "../interval.ts";
import { median } from "../measure.ts";
import { measurePairs } from "../pairs.ts";
import type { Answers } from "./client.ts";

/** The targets: see `inspectTable`. */
const SECONDS = 5;
const ECHO = 0.9;
const MANY = 100_000;
const FEW = 1_000;
/** Bytes of the heap by which two readings may differ although nothing is kept. */
const NOISE = 500_000;

export interface InspectFigures {
  readonly inspect: {
    /**
     * Of `tsyncio ps` on 100,000 tasks: seconds, and how long the program stood still at most, in milliseconds: as ps
     * tells it, and by the program's own clock.
     */
    readonly seconds: number;
    readonly pause: number;
    readonly felt: number;
    /**
     * Requests without an answer during that number of looks, and the 99th percentile in milliseconds, without looks
     * and with them.
     */
    readonly looks: number;
    readonly failed: number;
    readonly p99: number;
    readonly p99Looked: number;
    /** Bytes of the heap that the looks have left. */
    readonly left: number;
    /** Requests a second while `tsyncio record` runs, beside without. */
    readonly recorded: Interval;
  };
}

export interface InspectChoice {
  readonly rounds: number;
  /** Pairs of servers, one of which is recorded. */
  readonly pairs: number;
  /** How often the program is looked at under load. */
  readonly looks: number;
  /** Seconds of each measurement of echo. */
  readonly seconds: number;
  /** Node's options: which tsyncio is measured. */
  readonly condition: readonly string[];
  progress(text: string): void;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function inspect(choice: InspectChoice): Promise<InspectFigures> {
  const { seconds, pause, felt } = await manyTasks(choice);
  const underLoad = await looksUnderLoad(choice);
  const recorded = await recordedEcho(choice);
  const round = (value: number): number => Number(value.toPrecision(3));
  return {
    inspect: {
      seconds: round(seconds),
      pause: round(pause),
      felt: round(felt),
      ...underLoad,
      p99: round(underLoad.p99),
      p99Looked: round(underLoad.p99Looked),
      recorded,
    },
  };
}

/** Without its errors: Node writes there when its inspector is opened. */
function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, args, { env: {}, stdio: ["ignore", "pipe", "ignore", "ipc"] });
}

/** All that a program prints. */
async function output(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${child.spawnargs.join(" ")} ended with ${code}`);
  return text;
}

/** The program `tsyncio` of what is measured. */
function tsyncio(choice: InspectChoice, ...args: string[]): ChildProcess {
  const cli = choice.condition.length === 0 ? "dist/cli/main.js" : "src/cli/main.ts";
  return start([...choice.condition, "--no-warnings", here(`../../packages/tsyncio/${cli}`), ...args]);
}

function target(choice: InspectChoice, tasks: number): ChildProcess {
  const options = ["--expose-gc", "--inspect-port=0", ...choice.condition];
  return start([...options, here("target.ts"), String(tasks)]);
}

async function manyTasks(choice: InspectChoice): Promise<{ seconds: number; pause: number; felt: number }> {
  const program = target(choice, MANY);
  try {
    await firstLine(program);
    const [seconds, pauses, felt]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < choice.rounds; round += 1) {
      choice.progress(`${round + 1}/${choice.rounds}  inspect ps`);
      await ask(program, "pause");
      const begun = performance.now();
      const report = JSON.parse(await output(tsyncio(choice, "ps", String(program.pid), "--json")));
      seconds.push((performance.now() - begun) / 1000);
      pauses.push(report.longestPause);
      felt.push((await ask(program, "pause")) as number);
      const tasks = report.threads[0].tasks.length;
      if (tasks < MANY) throw new Error(`ps found ${tasks} tasks of ${MANY}`);
    }
    return { seconds: median(seconds), pause: Math.max(...pauses), felt: Math.max(...felt) };
  } finally {
    program.kill();
  }
}

async function looksUnderLoad(choice: InspectChoice) {
  const program = target(choice, FEW);
  const client = start([here("client.ts"), await firstLine(program)]);
  try {
    const look = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        choice.progress(`${i + 1}/${count}  inspect looks`);
        await output(tsyncio(choice, "tree", String(program.pid)));
      }
    };
    await look(50); // what is loaded once, and most of what the engine compiles while it happens again and again
    await answers(client);
    const before = await memory(program);
    await answers(client); // without those that waited for the collector
    const begun = performance.now();
    await look(choice.looks);
    const took = performance.now() - begun;
    const looked = await answers(client);
    const left = (await memory(program)) - before;
    await answers(client);
    await new Promise((resolve) => setTimeout(resolve, Math.min(took, 10_000)));
    const alone = await answers(client);
    const failed = looked.failed + alone.failed;
    return { looks: choice.looks, failed, p99: alone.p99, p99Looked: looked.p99, left };
  } finally {
    client.kill();
    program.kill();
  }
}

async function answers(client: ChildProcess): Promise<Answers> {
  return (await ask(client)) as Answers;
}

async function memory(program: ChildProcess): Promise<number> {
  return (await ask(program)) as number;
}

async function ask(child: ChildProcess, question = "?"): Promise<unknown> {
  const answer = nextMessage(child);
  child.send(question);
  return answer;
}

/** Requests a second while `record` runs, beside another server without. */
async function recordedEcho(choice: InspectChoice): Promise<Interval> {
  const { ratio } = await measurePairs(choice.pairs, async (pair) => {
    choice.progress(`${pair + 1}/${choice.pairs}  inspect record`);
    const args = [...HEAP, "--inspect-port=0", ...choice.condition, here("../echo/servers.ts"), "streams"];
    const servers = [start(args), start(args)] as const;
    return withServers(servers, async (ports) => {
      const end = await recorded(choice, servers[0]);
      const [ours = 0, theirs = 0] = await requests(ports, SIZES["echo-1k"], choice.seconds).finally(end);
      return [ours, theirs];
    });
  });
  return ratio;
}

/** Returns what ends it. */
async function recorded(choice: InspectChoice, { pid }: ChildProcess): Promise<() => Promise<unknown>> {
  const folder = mkdtempSync(join(tmpdir(), "tsyncio-bench-"));
  const file = join(folder, "recording.jsonl");
  const recording = tsyncio(choice, "record", String(pid), "-o", file, "--seconds", "600");
  while (!existsSync(file) || statSync(file).size === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  return async () => {
    recording.kill("SIGINT");
    await output(recording);
    rmSync(folder, { recursive: true });
  };
}

/** A star where the target is missed. */
export function inspectTable({ inspect: found }: InspectFigures): string {
  const star = (missed: boolean): string => (missed ? "*" : "");
  const { low, median: echo, high } = found.recorded;
  return [
    `ps of ${MANY.toLocaleString("en-US")} tasks      ${found.seconds} s${star(found.seconds > SECONDS)}, the longest pause ${found.pause} ms${star(found.pause > 100)}, by its own clock ${found.felt} ms${star(found.felt > 100)}`,
    `${found.looks} looks under load     ${found.failed} requests failed${star(found.failed > 0)}, p99 ${found.p99Looked} ms, without looks ${found.p99} ms`,
    `the heap afterwards     ${found.left} bytes more${star(found.left > NOISE)}`,
    `echo while recorded     ${echo.toFixed(3)}${star(echo < ECHO)} of without, 95 % interval ${low.toFixed(3)} … ${high.toFixed(3)}`,
    `Targets: ${SECONDS} s, pauses of 100 ms, no request fails, ${NOISE} bytes, ${ECHO}.`,
  ].join("\n");
}
