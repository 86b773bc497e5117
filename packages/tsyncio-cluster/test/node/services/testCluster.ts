/** A queue of its own for one test of faults: its workers, the executor that submits, and the ways that may be cut. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BrokenExecutor } from "tsyncio/executors";
import { expect } from "vitest";
import { ClusterExecutor, type ClusterJob } from "../../../src/index.ts";
import { until } from "../outcomes.ts";
import type { TestEngine } from "./engines.ts";
import { execute } from "./faultJobs.ts";
import { Link } from "./link.ts";
import { FAULT_JOBS, type Host, WorkerProcess } from "./workers.ts";

const SLOTS = 2;
/** Locks of two seconds. */
const LOCK = ["--lock", "2", "--threads", String(SLOTS)];
export const WORKERS = 3;
export const RETRIES = 1000;

/** Numbers of chance that a seed repeats (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const seconds = (n: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, n * 1000));

export class TestCluster {
  readonly engine: TestEngine;
  readonly queue: string;
  /** Where each execution leaves a line. */
  readonly file: string;
  readonly random: () => number;
  readonly workers: WorkerProcess[] = [];
  private readonly killed = new Set<number>();
  private readonly links: Link[];
  /** The way of the executor to the engine. */
  readonly link: Link;
  readonly executor: ClusterExecutor;

  private constructor(engine: TestEngine, link: Link, queue: string, folder: string, seed: number) {
    this.engine = engine;
    this.queue = queue;
    this.file = join(folder, queue);
    this.random = chance(seed);
    this.link = link;
    this.links = [link];
    this.executor = new ClusterExecutor({ connection: link.url(engine.url), queue, submitTimeout: 60 });
  }

  static async at(engine: TestEngine, queue: string, folder: string, seed: number): Promise<TestCluster> {
    return new TestCluster(engine, await Link.to(engine.port), queue, folder, seed);
  }

  async close(): Promise<void> {
    await this.endWorkers();
    // What ran on them has no worker any more, if a test has failed in the middle.
    await this.executor.shutdown({ cancelFutures: true, wait: false });
    for (const one of this.links) await one.close();
  }

  /** Another way to the engine, from `host`. */
  async way(host?: string): Promise<Link> {
    const made = await Link.to(this.engine.port, host);
    this.links.push(made);
    return made;
  }

  worker(host: Host = {}, url = this.engine.url): Promise<WorkerProcess> {
    const one = new WorkerProcess(url, this.queue, LOCK, host, [FAULT_JOBS]);
    this.workers.push(one);
    return one.ready();
  }

  startWorkers(): Promise<WorkerProcess[]> {
    return Promise.all(Array.from({ length: WORKERS }, () => this.worker()));
  }

  async endWorkers(): Promise<void> {
    for (const one of this.workers.splice(0)) await one.end("SIGKILL");
  }

  anyWorker(): WorkerProcess {
    return this.workers[Math.floor(this.random() * this.workers.length)] as WorkerProcess;
  }

  /** Another one takes its place. */
  async killOne(): Promise<void> {
    const victim = this.anyWorker();
    this.workers.splice(this.workers.indexOf(victim), 1);
    this.killed.add(victim.child.pid as number);
    await Promise.all([victim.end("SIGKILL"), this.worker()]);
  }

  /** In order: which job, and in which process. */
  executions(): [n: number, pid: number][] {
    return readFileSync(this.file, { encoding: "utf8", flag: "a+" })
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(" ").map(Number) as [number, number]);
  }

  /** Jobs of random length, which take `all` seconds together on all workers. */
  work(jobs: number, retries: number, all: number): Work {
    return new Work(this, jobs, retries, all);
  }

  /** Without retries, a job of that process; undefined is one that has never begun. */
  mayFail(pid: number | undefined): boolean {
    return pid === undefined || this.killed.has(pid);
  }

  /** How many jobs the workers had that were killed, at most. */
  get mostKilled(): number {
    return this.killed.size * SLOTS;
  }
}

export class Work {
  private readonly cluster: TestCluster;
  private readonly jobs: ClusterJob<number>[];
  private readonly told: number[];

  constructor(cluster: TestCluster, count: number, retries: number, all: number) {
    const mean = (all * 1000 * WORKERS * SLOTS) / count;
    const executor = cluster.executor.options({ retries });
    this.cluster = cluster;
    this.jobs = Array.from({ length: count }, (_, n) =>
      executor.submit(execute, cluster.file, n, Math.round(cluster.random() * 2 * mean)),
    );
    this.told = this.jobs.map(() => 0);
    this.jobs.forEach((job, n) => {
      job.addDoneCallback(() => void (this.told[n] as number)++);
    });
  }

  /** The share of its jobs that have not ended. */
  get left(): number {
    return this.jobs.filter((job) => !job.done()).length / this.jobs.length;
  }

  /** That share of its jobs has begun. */
  begun(share: number): Promise<void> {
    return until(() => this.executed() >= share * this.jobs.length);
  }

  private executed(): number {
    return new Set(this.cluster.executions().map(([n]) => n)).size;
  }

  /** With retries: every job has its result, once. */
  async allRight(): Promise<void> {
    expect(await Promise.all(this.jobs)).toEqual(this.jobs.map((_, n) => n * 2));
    expect(this.told).toEqual(this.jobs.map(() => 1));
    expect(this.executed()).toBe(this.jobs.length);
  }

  /**
   * Without: no job runs twice, and one fails only if it was with a worker that was killed, which may have been before
   * it began.
   */
  async onlyKilledFailed(): Promise<void> {
    const outcomes = await Promise.allSettled(this.jobs);
    const ran = this.cluster.executions();
    const process = new Map(ran);
    expect(process.size).toBe(ran.length);
    let failed = 0;
    outcomes.forEach((outcome, n) => {
      if (outcome.status === "fulfilled") {
        expect([outcome.value, process.has(n)]).toEqual([n * 2, true]);
        return;
      }
      failed++;
      expect(outcome.reason).toBeInstanceOf(BrokenExecutor);
      expect([n, this.cluster.mayFail(process.get(n))]).toEqual([n, true]);
    });
    expect(failed).toBeLessThanOrEqual(this.cluster.mostKilled);
    expect(this.told).toEqual(this.jobs.map(() => 1));
  }
}
