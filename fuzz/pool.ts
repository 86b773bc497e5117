/** The pool fuzzer: real threads and processes that crash, are killed and are told to end at any time. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { asyncWith, type Coroutine, createTask, fromPromise, getRunningLoop, run, sleep, timeout } from "tsyncio";
import {
  BrokenExecutor,
  type Job,
  type PoolExecutor,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
} from "tsyncio/executors";
import { Random } from "../packages/tsyncio/src/testing/random.ts";
import { children, isAlive } from "./children.ts";
import type { Fuzzer, FuzzRun } from "./fuzzer.ts";
import { act, double, type How, type Notes, REPORTS } from "./poolJobs.ts";

/**
 * Seconds without a job that is settled: then none ever will be. On a busy machine a worker's start alone takes some.
 */
const PATIENCE = 60;
/** How many jobs a pool gets at most. */
const THREAD_JOBS = 600;
const PROCESS_JOBS = 40;

export const pool: Fuzzer = {
  name: "pool",
  what: "pools whose workers crash, are killed and are told to end: each job is settled once and rightly, no worker is left",
  cases: "pools",
  short: 4,
  run: fuzz,
};

async function fuzz({ seed: first, seconds, count, begin, report }: FuzzRun): Promise<number> {
  const end = performance.now() + seconds * 1000;
  const folder = mkdtempSync(join(tmpdir(), "tsyncio-fuzz-"));
  let seed = first;
  const total = { jobs: 0, crashes: 0 };
  const stray = (error: unknown): void => report({ seed, what: "an error has left the pool", error });
  process.on("unhandledRejection", stray);
  process.on("uncaughtException", stray);
  let ran = 0;
  try {
    for (; ran < count && performance.now() < end; ran++) {
      seed = first + ran;
      begin(seed);
      const one = new Case(new Random(seed), join(folder, "notes"), (what, error) => report({ seed, what, error }));
      await run(one.play()).catch((error) => report({ seed, what: `${one} has failed`, error }));
      total.jobs += one.jobs.length;
      total.crashes += one.crashes;
    }
  } finally {
    process.off("unhandledRejection", stray);
    process.off("uncaughtException", stray);
    rmSync(folder, { recursive: true, force: true });
  }
  if (count > pool.short) console.log(`pool: ${total.jobs} jobs, ${total.crashes} crashes`);
  return ran;
}

type Fate = "none" | "cancel" | "terminate" | "await" | "read";

interface Planned {
  readonly job: Job<number>;
  readonly how: How;
  readonly fate: Fate;
  /** How often its done callback was called. */
  told: number;
  readonly reports: unknown[];
  readEnd: boolean;
}

const CRASHES: ReadonlySet<How> = new Set(["uncaught", "exit", "kill", "exhaust", "scribble"]);

class Case {
  readonly jobs: Planned[] = [];
  crashes = 0;
  private readonly random: Random;
  private readonly fail: (what: string, error?: unknown) => void;
  private readonly threads: boolean;
  private readonly notes: Notes;
  private readonly pool: PoolExecutor;
  /** Whether a job that runs is ended with its worker when it is cancelled. */
  private readonly cancelsHard: boolean;
  private killed = 0;
  private terminated = false;
  private cancelledPending = false;

  constructor(random: Random, file: string, fail: (what: string, error?: unknown) => void) {
    this.random = random;
    this.fail = fail;
    this.threads = this.chance(0.6);
    this.cancelsHard = this.chance(0.3);
    const options = { cancel: this.cancelsHard ? "terminate" : "leave" } as const;
    const workers = 1 + random.below(3);
    if (this.threads) {
      const resourceLimits = { maxOldGenerationSizeMb: 24 };
      this.pool = new ThreadPoolExecutor(workers, { ...options, resourceLimits });
      this.notes = new Int32Array(new SharedArrayBuffer(4 * THREAD_JOBS));
    } else {
      const maxTasksPerChild = this.chance(0.2) ? 1 + random.below(4) : null;
      this.pool = new ProcessPoolExecutor(workers, { ...options, maxTasksPerChild });
      this.notes = file;
      writeFileSync(file, "");
    }
  }

  *play(): Coroutine<void> {
    getRunningLoop().setExceptionHandler((_loop, { message, exception }) => {
      if (!message.startsWith("a job has sent")) this.fail(message, exception);
    });
    const { random } = this;
    const before = children();
    const wanted = 1 + random.below(this.threads ? THREAD_JOBS : PROCESS_JOBS);
    const crashy = this.chance(0.7) ? 5 / wanted : 0;
    if (!this.threads && this.chance(0.5)) this.later(() => this.kill(before), 120);
    while (this.jobs.length < wanted && !this.terminated) {
      this.submit(crashy);
      if (this.chance(0.05)) yield* sleep(random.below(4) / 1000);
      if (this.chance(0.02)) for (const end = performance.now() + random.below(8); performance.now() < end; );
      if (this.chance(0.002)) this.end();
    }
    if (this.chance(0.3) && !this.terminated) yield* this.map();
    if (this.chance(0.2)) this.later(() => this.end(), 60);
    try {
      for (const { job } of this.jobs) yield* this.patiently(Promise.allSettled([job]));
      yield* this.patiently(this.pool.shutdown());
      yield* sleep(0);
    } catch (error) {
      const left = this.jobs.flatMap(({ job, how }, i) => (job.done() ? [] : [`${i} (${how})`]));
      this.fail(`${this} does not end; not settled: ${left.join(", ")}`, error);
      return void this.pool.terminateWorkers();
    }
    this.check();
    const left = children().filter((pid) => !before.includes(pid) && isAlive(pid));
    if (left.length > 0) this.fail(`processes are left after the shutdown: ${left.join(", ")}`);
    if (!String(this.pool).includes("workers:0 ")) this.fail(`workers are left after the shutdown: ${this.pool}`);
  }

  /** Waits as long as other jobs are settled meanwhile. */
  private *patiently(promise: Promise<unknown>): Coroutine<void> {
    for (let settled = -1; ; ) {
      try {
        yield* asyncWith(timeout(PATIENCE), () => fromPromise(promise));
        return;
      } catch (error) {
        const now = this.jobs.filter(({ job }) => job.done()).length;
        if (now === settled) throw error;
        settled = now;
      }
    }
  }

  toString(): string {
    return String(this.pool);
  }

  private submit(crashy: number): void {
    const { random } = this;
    const n = this.jobs.length;
    const how = this.how(crashy);
    const ms = this.chance(0.8) ? 0 : random.below(15);
    const fate: Fate = this.chance(0.75)
      ? "none"
      : (["cancel", "terminate", "await", "read"] as const)[random.below(4)]!;
    let job: Job<number>;
    try {
      job = this.pool.submit(act, this.notes, n, how, ms);
    } catch (error) {
      if (!this.terminated && !this.cancelledPending) this.fail("submit has failed", error);
      this.terminated = true;
      return;
    }
    const planned: Planned = { job, how, fate, told: 0, reports: [], readEnd: false };
    this.jobs.push(planned);
    job.addDoneCallback(() => planned.told++);
    if (fate === "cancel" || fate === "terminate") this.later(() => job[fate](), 30);
    if (fate === "await") {
      const task = createTask(awaiting(job));
      this.later(() => task.cancel(), 30);
    }
    if (fate === "read") void read(planned);
  }

  private how(crashy: number): How {
    const { random } = this;
    if (this.chance(crashy)) {
      const crashes: How[] = this.threads
        ? ["exit", "exit", "uncaught", "uncaught", "exhaust"]
        : ["exit", "kill", "scribble"];
      return crashes[random.below(crashes.length)]!;
    }
    const rare = random.below(40);
    return rare < 5 ? (["wait", "report", "ask", "send", "throw"] as const)[rare]! : "spin";
  }

  /** Leaves it at any place. Results come in order, unless a worker crashes. */
  private *map(): Coroutine<void> {
    const { random } = this;
    const size = random.below(40);
    const buffersize = this.chance(0.5) ? 1 + random.below(6) : null;
    const items = Array.from({ length: size }, (_, i) => i);
    const results = this.pool.map(double, items, { chunksize: 1 + random.below(5), buffersize });
    const until = this.chance(0.5) ? size : random.below(size + 1);
    for (let i = 0; i < until; i++) {
      try {
        const value = yield* results.anext();
        if (value !== 2 * i) this.fail(`map returned ${value} at place ${i}`);
      } catch (error) {
        if (!(this.killed > 0 && error instanceof BrokenExecutor)) this.fail("map has failed", error);
        return;
      }
    }
    yield* results.aclose();
  }

  /** One of the ways to end a pool, while it works. */
  private end(): void {
    this.terminated = this.cancelledPending = true;
    switch (this.random.below(4)) {
      case 0:
        void this.pool.terminateWorkers();
        break;
      case 1:
        if (this.pool instanceof ProcessPoolExecutor) void this.pool.killWorkers();
        else void this.pool.terminateWorkers();
        break;
      case 2:
        void this.pool.shutdown({ cancelFutures: true });
        break;
      default:
        void this.pool.shutdown({ wait: false });
    }
  }

  /** Kills one of its processes, also one that starts. */
  private kill(before: readonly number[]): void {
    const own = children().filter((pid) => !before.includes(pid));
    const pid = own[this.random.below(Math.max(1, own.length))];
    if (pid === undefined) return;
    try {
      process.kill(pid, "SIGKILL");
      this.killed++;
      this.crashes++;
    } catch {
      // It has ended just now.
    }
  }

  private check(): void {
    const begun = this.begun();
    for (const [i, planned] of this.jobs.entries()) {
      const { job, how, told } = planned;
      const runs = begun[i] ?? 0;
      const wrong =
        told !== 1 ? `was told of ${told} times` : runs > 1 ? `ran ${runs} times` : this.wrong(planned, i, runs);
      if (wrong !== null)
        this.fail(
          `job ${i} of ${this.jobs.length} (${how}, ${planned.fate}) ${wrong}: ${job}, ran ${runs} times, ${this}`,
          errorOf(job),
        );
    }
  }

  /** What is wrong with a job that is settled; null if nothing is. */
  private wrong({ job, how, fate, reports, readEnd }: Planned, i: number, runs: number): string | null {
    if (fate === "read") {
      if (!readEnd) return "has reports that do not end";
      if (reports.some((value, n) => value !== n)) return `sent the reports ${reports}`;
    }
    if (job.cancelled()) {
      if (runs > 0 && fate !== "terminate" && !(this.cancelsHard && fate !== "none")) return "is cancelled and has run";
      return fate === "none" || fate === "read" ? (this.cancelledPending ? null : "is cancelled") : null;
    }
    const error = errorOf(job);
    if (error instanceof BrokenExecutor) {
      if (CRASHES.has(how) && runs === 1) this.crashes++;
      if (CRASHES.has(how))
        return runs === 1 || this.terminated || this.killed > 0 ? null : "has crashed, and did not run";
      return this.terminated || this.killed > 0 ? null : "is broken";
    }
    if (how === "throw") return error instanceof RangeError && error.message === `job ${i}` ? null : "has not thrown";
    if (CRASHES.has(how)) return "has not crashed";
    if (error !== null) return "has failed";
    if (fate === "read" && how === "report" && reports.length !== REPORTS) return `sent the reports ${reports}`;
    return job.result() === i && runs === 1 ? null : "returned another result";
  }

  /** How often each job has begun. */
  private begun(): ArrayLike<number> {
    if (typeof this.notes !== "string") return this.notes;
    const counts = new Array<number>(this.jobs.length).fill(0);
    for (const line of readFileSync(this.notes, "utf8").split("\n")) if (line !== "") counts[Number(line)]!++;
    return counts;
  }

  private later(fn: () => void, most: number): void {
    void delay(this.random.below(most)).then(fn);
  }

  private chance(p: number): boolean {
    return this.random.next() < p;
  }
}

function* awaiting(job: Job<number>): Coroutine<void> {
  try {
    yield* job;
  } catch {
    // What it was is seen in the job itself.
  }
}

async function read(planned: Planned): Promise<void> {
  for await (const value of planned.job.progress()) planned.reports.push(value);
  planned.readEnd = true;
}

function errorOf(job: Job<number>): unknown {
  return job.cancelled() ? null : job.exception();
}
