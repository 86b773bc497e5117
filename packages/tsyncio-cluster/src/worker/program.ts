/** `tsyncio worker`: runs the jobs of a queue in this process's pool. */

import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { type PoolExecutor, ProcessPoolExecutor, ThreadPoolExecutor } from "tsyncio/executors";
import { BullEngine } from "../engines/bull.ts";
import type { BullWorker } from "../engines/bullWorker.ts";
import { checkQueue, storeOf } from "../engines/open.ts";
import { SIZE_LIMIT } from "../executor.ts";
import { ModuleFunctions } from "./functions.ts";
import { PoolRunner } from "./poolRunner.ts";
import { statusText } from "./status.ts";
import { Worker } from "./worker.ts";

export const WORKER_HELP = `usage: tsyncio worker FILE... --queue NAME [--threads N | --processes N] [...]
       tsyncio worker --status --queue NAME

Runs the jobs that a ClusterExecutor submits to the queue: the blocking() functions of the modules FILE..., and no others.

  --queue NAME             the queue; that of the executor
  --threads N              runs N jobs at once, in threads; the number of processors without it
  --processes N            the same in processes: for code that may take its process with it
  --connection-file FILE   the first line of FILE is the connection; without it, the environment variable
                           TSYNCIO_CLUSTER has it: redis://…, rediss://… or postgres://…
  --grace SECONDS          SIGTERM or SIGINT: takes no further jobs, and waits so long for those that run; then, or at a
                           second signal, those that may run again go back into the queue, and the others fail with
                           BrokenExecutor. 30 without it
  --lock SECONDS           a job is this worker's for so long without a sign of life. 30 without it
  --rate JOBS/SECONDS      all workers together start at most JOBS jobs in SECONDS seconds
  --build ID               which build this is: jobs of another one are refused
  --size-limit BYTES       of arguments, results and reports. ${SIZE_LIMIT} without it
  --status                 shows the queue and what runs, and ends

The connection is no argument, since every user of the machine sees the arguments of a program.`;

/** What the user of the program got wrong: its message is shown without a stack. */
export class WorkerUsageError extends Error {
  override readonly name = "UsageError";
}

const OPTIONS = {
  queue: { type: "string" },
  threads: { type: "string" },
  processes: { type: "string" },
  "connection-file": { type: "string" },
  grace: { type: "string" },
  lock: { type: "string" },
  rate: { type: "string" },
  build: { type: "string" },
  "size-limit": { type: "string" },
  status: { type: "boolean" },
} as const;

/** Settles when the worker has ended. `execArgv` are further options of Node for the threads and processes. */
export async function workerProgram(args: string[], execArgv: readonly string[] = []): Promise<void> {
  const { values, positionals } = parse(args);
  const { queue } = values;
  if (queue === undefined) throw new WorkerUsageError(`worker needs --queue NAME\n\n${WORKER_HELP}`);
  const text = connectionOf(values["connection-file"]);
  const store = usage(() => {
    checkQueue("worker", queue);
    return storeOf(text);
  });
  if (values.status === true) {
    const engine = new BullEngine(store, queue);
    console.log(await statusText(engine, queue));
    return new Promise((done) => engine.close(done));
  }
  if (positionals.length === 0) throw new WorkerUsageError(`worker needs the files of its jobs\n\n${WORKER_HELP}`);
  const { threads, processes } = values;
  if (threads !== undefined && processes !== undefined) {
    throw new WorkerUsageError("worker runs its jobs in --threads or in --processes, not in both");
  }
  const slots = count("--threads or --processes", threads ?? processes) ?? availableParallelism();
  const sizeLimit = count("--size-limit", values["size-limit"]) ?? SIZE_LIMIT;
  const lock = seconds("--lock", values.lock) ?? 30;
  const rate = rateOf(values.rate);
  const grace = seconds("--grace", values.grace) ?? 30;
  const functions = new ModuleFunctions(await load(positionals));
  if (functions.names.length === 0) {
    throw new WorkerUsageError(`${positionals.join(", ")}: no function was made with blocking(import.meta, …) there`);
  }
  // From here on there is something to close.
  const engine = new BullEngine(store, queue);
  const options = { execArgv: [...process.execArgv, ...execArgv] };
  const pool: PoolExecutor =
    processes === undefined ? new ThreadPoolExecutor(slots, options) : new ProcessPoolExecutor(slots, options);
  const runner = new PoolRunner(pool, sizeLimit);
  const build = values.build ?? null;
  const worker = new Worker(engine, { functions, runner, build, sizeLimit, slots, lock, rate, onError: reportOnce });
  await (worker._link as BullWorker).ready();
  const kind = processes === undefined ? "threads" : "processes";
  console.log(
    `tsyncio worker: queue ${queue} at ${store.words}, ${slots} ${kind}, ${functions.names.length} functions`,
  );
  await untilSignalled(worker, grace);
  await new Promise<void>((done) => worker.close(() => engine.close(done)));
}

/** Drains at the first signal, hands back at the second or when the time is over. */
function untilSignalled(worker: Worker, grace: number): Promise<void> {
  return new Promise((done) => {
    let timer: NodeJS.Timeout | undefined;
    const signals = ["SIGTERM", "SIGINT"] as const;
    const onSignal = (signal: string): void => {
      if (timer !== undefined) return worker.handBack();
      timer = setTimeout(() => worker.handBack(), grace * 1000);
      console.log(`tsyncio worker: ${signal}: takes no further jobs; ${worker.status.running.length} run`);
      worker.drain(() => {
        clearTimeout(timer);
        for (const name of signals) process.off(name, onSignal);
        done();
      });
    };
    for (const name of signals) process.on(name, onSignal);
  });
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    const isConnection = args.some((arg) => /^--connection(?:=|$)/.test(arg));
    const why = isConnection
      ? "worker takes no --connection: every user of the machine sees the arguments of a program. Set TSYNCIO_CLUSTER, or pass --connection-file"
      : (error as Error).message;
    throw new WorkerUsageError(`${why}\n\n${WORKER_HELP}`);
  }
}

function connectionOf(file: string | undefined): string {
  const { TSYNCIO_CLUSTER } = process.env;
  if (file === undefined) {
    if (TSYNCIO_CLUSTER !== undefined && TSYNCIO_CLUSTER !== "") return TSYNCIO_CLUSTER;
    throw new WorkerUsageError("worker needs a connection: set TSYNCIO_CLUSTER, or pass --connection-file FILE");
  }
  if (!existsSync(file)) throw new WorkerUsageError(`there is no file ${file}`);
  return readFileSync(file, "utf8").split("\n")[0]?.trim() ?? "";
}

async function load(files: readonly string[]): Promise<string[]> {
  const urls: string[] = [];
  for (const file of files) {
    const path = resolve(file);
    if (!existsSync(path)) throw new WorkerUsageError(`there is no file ${path}`);
    const url = pathToFileURL(path).href;
    await import(url);
    urls.push(url);
  }
  return urls;
}

function usage<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new WorkerUsageError((error as Error).message);
  }
}

function count(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new WorkerUsageError(`${name} must be a whole number from 1 on, got ${text}`);
  return Number(text);
}

function seconds(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}(?:\.\d+)?$/.test(text)) throw new WorkerUsageError(`${name} must be a number of seconds, got ${text}`);
  return Number(text);
}

function rateOf(text: string | undefined): { jobs: number; seconds: number } | null {
  if (text === undefined) return null;
  const [, jobs, per] = /^([1-9]\d{0,8})\/([1-9]\d{0,8})$/.exec(text) ?? [];
  if (jobs === undefined || per === undefined) {
    throw new WorkerUsageError(`--rate must be JOBS/SECONDS, such as 100/60, got ${text}`);
  }
  return { jobs: Number(jobs), seconds: Number(per) };
}

let lastReport = "";
let lastTime = 0;

/** A connection that is lost fails again and again in the same way. */
function reportOnce(error: unknown): void {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const now = performance.now();
  if (text === lastReport && now - lastTime < 60_000) return;
  lastReport = text;
  lastTime = now;
  console.error(`tsyncio worker: ${text}`);
}
