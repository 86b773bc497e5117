// What happens to a cluster: workers are killed and stopped, the engine starts again, links are cut, submitters end,
// clocks are wrong, disks are full. On Redis and on PostgreSQL, with locks of two seconds. TSYNCIO_FAULT_JOBS=1000 is
// the full run; TSYNCIO_SEED=N has the same numbers of chance again.
import { type ChildProcess, spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CancelledError } from "tsyncio";
import { BrokenExecutor } from "tsyncio/executors";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { echo } from "../../../../tsyncio/test/node/executors/jobs.ts";
import { ClusterExecutor, type ClusterJob } from "../../../src/index.ts";
import { until } from "../outcomes.ts";
import { ENGINES, type TestEngine } from "./engines.ts";
import { execute } from "./faultJobs.ts";
import { NetworkHost } from "./hosts.ts";
import { Link } from "./link.ts";
import { SmallDisk } from "./smallDisk.ts";
import { type Host, WorkerProcess } from "./workers.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });

const JOBS = Number(process.env.TSYNCIO_FAULT_JOBS ?? 150);
const SEED = Number(process.env.TSYNCIO_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`TSYNCIO_SEED=${SEED} TSYNCIO_FAULT_JOBS=${JOBS}`);

/** Seconds that a cut lasts: longer than a lock. */
const CUT = 5;
const SLOTS = 4;
const LOCK = ["--lock", "2", "--threads", String(SLOTS)];
const WORKERS = 3;
const RETRIES = 1000;

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

const seconds = (n: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, n * 1000));

/** Of Debian's package faketime. */
const FAKETIME = globSync("/usr/lib/*/faketime/libfaketimeMT.so.1")[0];

describe.each(["Redis", "PostgreSQL"] as const)("on %s", (name) => {
  const folder = mkdtempSync(join(tmpdir(), "tsyncio-faults-"));
  let engine: TestEngine;
  let random: () => number;
  let queue = "";
  let file = "";
  let tests = 0;
  let cluster: ClusterExecutor;
  /** The way of the submitter to the engine. */
  let link: Link;
  const links: Link[] = [];
  const workers: WorkerProcess[] = [];
  const killed = new Set<number>();

  const way = async (): Promise<Link> => {
    const made = await Link.to(engine.port);
    links.push(made);
    return made;
  };
  const worker = async (host: Host = {}, url = engine.url): Promise<WorkerProcess> => {
    const one = new WorkerProcess(url, queue, LOCK, host);
    workers.push(one);
    return one.ready();
  };
  const kill = async (one: WorkerProcess): Promise<void> => {
    killed.add(one.child.pid as number);
    await one.end("SIGKILL");
  };
  const anyOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  /** Each execution, in order: which job, and in which process. */
  const executions = (): [n: number, pid: number][] =>
    readFileSync(file, { encoding: "utf8", flag: "a+" })
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(" ").map(Number) as [number, number]);

  beforeAll(async () => {
    engine = await ENGINES[name]();
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    queue = `faults-${++tests}`;
    file = join(folder, queue);
    random = chance(SEED + tests);
    killed.clear();
    link = await way();
    cluster = new ClusterExecutor({ connection: link.url(engine.url), queue, submitTimeout: 60 });
  });
  afterEach(async () => {
    for (const one of workers.splice(0)) await one.end("SIGKILL");
    // What ran on them has no worker any more, if a test has failed in the middle.
    await cluster.shutdown({ cancelFutures: true, wait: false });
    for (const one of links.splice(0)) await one.close();
  });

  /** Jobs of random length, which take `seconds` in all on all workers. */
  class Work {
    readonly jobs: ClusterJob<number>[];
    readonly told: number[];

    constructor(retries: number, all: number) {
      const mean = (all * 1000 * WORKERS * SLOTS) / JOBS;
      const executor = cluster.options({ retries });
      this.jobs = Array.from({ length: JOBS }, (_, n) =>
        executor.submit(execute, file, n, Math.round(random() * 2 * mean)),
      );
      this.told = this.jobs.map(() => 0);
      this.jobs.forEach((job, n) => {
        job.addDoneCallback(() => void (this.told[n] as number)++);
      });
    }

    get left(): number {
      return this.jobs.filter((job) => !job.done()).length;
    }

    /** That many of them have begun. */
    begun(share: number): Promise<void> {
      return until(() => new Set(executions().map(([n]) => n)).size >= share * JOBS);
    }

    /** With retries: every job has its result, once. */
    async allRight(): Promise<void> {
      expect(await Promise.all(this.jobs)).toEqual(this.jobs.map((_, n) => n * 2));
      expect(this.told).toEqual(this.jobs.map(() => 1));
      expect(new Set(executions().map(([n]) => n)).size).toBe(JOBS);
    }

    /**
     * Without: no job runs twice, and one fails only if it was with a worker that was killed, which may have been
     * before it began.
     */
    async onlyKilledFailed(): Promise<void> {
      const outcomes = await Promise.allSettled(this.jobs);
      const ran = executions();
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
        if (process.has(n)) expect(killed).toContain(process.get(n));
      });
      expect(failed).toBeLessThanOrEqual(killed.size * SLOTS);
      expect(this.told).toEqual(this.jobs.map(() => 1));
    }
  }

  const startWorkers = (): Promise<WorkerProcess[]> => Promise.all(Array.from({ length: WORKERS }, () => worker()));

  /** Every second one is killed, and another one takes its place. */
  async function killUntilDone(work: Work): Promise<void> {
    while (work.left > JOBS / 10) {
      await seconds(1);
      const [victim] = workers.splice(Math.floor(random() * workers.length), 1);
      await Promise.all([kill(victim as WorkerProcess), worker()]);
    }
  }

  it("a worker is killed every second: with retries every job has its result, once", async () => {
    await startWorkers();
    const work = new Work(RETRIES, 4);
    await killUntilDone(work);
    await work.allRight();
  });

  it("a worker is killed every second: without retries only what ran there fails", async () => {
    await startWorkers();
    const work = new Work(0, 4);
    await killUntilDone(work);
    await work.onlyKilledFailed();
  });

  it("workers stand still for longer than their locks: with retries every job has its result, once", async () => {
    await startWorkers();
    const work = new Work(RETRIES, 8);
    for (const share of [0.2, 0.5]) {
      await work.begun(share);
      const { child } = anyOf(workers);
      child.kill("SIGSTOP");
      await seconds(4);
      child.kill("SIGCONT");
    }
    await work.allRight();
  });

  it("the engine ends as by a crash, and starts again: with retries every job has its result, once", async () => {
    await startWorkers();
    const work = new Work(RETRIES, 8);
    for (const share of [0.2, 0.6]) {
      await work.begun(share);
      await engine.halt();
      await seconds(0.5 + random());
      await engine.run();
    }
    await work.allRight();
  });

  it.each(["silent", "reset"] as const)(
    "the links of the submitter and of a worker are cut for 5 s (%s), and healed: with retries every job has its result, once",
    async (how) => {
      const one = await way();
      await Promise.all([worker({}, one.url(engine.url)), worker(), worker()]);
      const work = new Work(RETRIES, 8);
      await work.begun(0.2);
      one.cut(how);
      link.cut(how);
      await seconds(CUT);
      one.heal();
      link.heal();
      await work.allRight();
    },
  );

  it("two hosts, and the wire of one is out for 5 s: with retries every job has its result, once (needs root)", async ({
    skip,
  }) => {
    const hosts = [NetworkHost.make(), NetworkHost.make()].filter((host) => host !== null);
    const [one, other] = hosts;
    try {
      if (one === undefined || other === undefined) return skip("network namespaces need root");
      const places = await Promise.all(hosts.map((host) => Link.to(engine.port, host.address)));
      links.push(...places);
      const [a, b] = places.map((place) => place.url(engine.url)) as [string, string];
      await Promise.all([worker(one, a), worker(other, b), worker(other, b)]);
      const work = new Work(RETRIES, 8);
      await work.begun(0.2);
      other.cut();
      await seconds(CUT);
      other.heal();
      await work.allRight();
      for (const each of workers) await each.end("SIGKILL");
    } finally {
      for (const host of hosts) host.remove();
    }
  });

  it("the engine's disk is full: jobs wait, those that cannot be added fail in time, and all goes on when there is space (needs root)", async ({
    skip,
  }) => {
    const disk = SmallDisk.make(64);
    if (disk === null) return skip("a file system of one's own needs root");
    const small = await ENGINES[name]({ disk: disk.folder });
    const submitter = new ClusterExecutor({ connection: small.url, queue, submitTimeout: 60 });
    const hasty = new ClusterExecutor({ connection: small.url, queue, submitTimeout: 3 });
    try {
      await Promise.all([worker({}, small.url), worker({}, small.url)]);
      const jobs = Array.from({ length: 60 }, (_, n) =>
        submitter.options({ retries: RETRIES }).submit(execute, file, n, 200),
      );
      await until(() => executions().length > 10);
      disk.fill();
      // Until the engine has noticed: what it took before waits, for the workers cannot write either.
      const errors: unknown[] = [];
      while (errors.length === 0) {
        hasty.submit(echo, "x".repeat(500_000)).then(
          () => {},
          (error) => errors.push(error),
        );
        await seconds(0.5);
      }
      const [error] = errors;
      expect(String(error)).toMatch(/TimeoutError: .*does not answer \(.*(?:No space left|no space|MISCONF)/i);
      const late = submitter.submit(execute, file, 60, 1);
      await seconds(2);
      disk.makeSpace();
      expect(await Promise.all(jobs)).toEqual(jobs.map((_, n) => n * 2));
      expect(await late).toBe(120);
    } finally {
      for (const one of workers) await one.end("SIGKILL");
      await Promise.all([submitter, hasty].map((one) => one.shutdown({ cancelFutures: true })));
      await small.stop();
      disk.remove();
    }
  });

  it("the submitter is killed: its jobs end, and another one has their outcomes by their ids", async () => {
    await startWorkers();
    const program = fileURLToPath(new URL("./submitter.ts", import.meta.url));
    const args = ["--conditions=@tsyncio/source", program, engine.url, queue, file, String(JOBS), "100"];
    const child: ChildProcess = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout?.on("data", (text) => {
      output += text;
    });
    await until(() => output.endsWith("\n") && executions().length > JOBS / 5);
    child.kill("SIGKILL");
    const ids = JSON.parse(output) as string[];
    expect(await Promise.all(ids.map((id) => cluster.job<number>(id)))).toEqual(ids.map((_, n) => n * 2));
    expect(executions()).toHaveLength(JOBS);
  });

  // On PostgreSQL, BullMQ's locks go by the clocks of the workers.
  it.skipIf(FAKETIME === undefined || name === "PostgreSQL")(
    "a worker's clock is an hour off, either way: every job has its result, once and without retries (needs Debian's faketime)",
    async () => {
      const clock = (offset: string): Host => {
        return { env: { LD_PRELOAD: FAKETIME as string, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: "1" } };
      };
      await Promise.all([worker(clock("+1h")), worker(clock("-1h")), worker()]);
      const work = new Work(0, 5);
      await work.onlyKilledFailed();
      expect(new Set(executions().map(([, pid]) => pid)).size).toBe(WORKERS);
    },
  );

  it("after their retention nothing is left of jobs: of results, errors, cancelled ones and their events", async () => {
    await startWorkers();
    const short = cluster.options({ retention: 1, retries: RETRIES });
    const jobs = Array.from({ length: 30 }, (_, n) => short.submit(execute, file, n, 1));
    await Promise.all(jobs);
    const failed = short.options({ timeout: 0.1, retries: 0 }).submit(execute, file, 1, 3_600_000);
    await expect(failed).rejects.toThrow(/longer than 0\.1 seconds|no retries left/);
    const delayed = short.options({ delay: 3600, deduplicate: "key" }).submit(execute, file, 1, 1);
    delayed.cancel();
    await expect(delayed).rejects.toBeInstanceOf(CancelledError);
    let left: string[] = [];
    for (let tries = 0; tries < 150; tries++) {
      left = await engine.leftovers(queue);
      if (left.length === 0) break;
      await seconds(0.2);
    }
    expect(left).toEqual([]);
    await expect(cluster.job((jobs[0] as ClusterJob<number>).id)).rejects.toMatchObject({ name: "LookupError" });
  });

  it("a short retention takes no result of another job along", async () => {
    await startWorkers();
    const long = cluster.options({ retries: RETRIES }).submit(execute, file, 21, 1);
    expect(await long).toBe(42);
    const short = cluster.options({ retention: 0, retries: RETRIES });
    const first = short.submit(execute, file, 1, 1);
    await first;
    const isThere = (): Promise<boolean> => {
      return cluster.job(first.id).then(
        () => true,
        () => false,
      );
    };
    while (await isThere()) await seconds(0.5);
    await short.submit(execute, file, 2, 1);
    await expect(cluster.job(first.id)).rejects.toMatchObject({ name: "LookupError" });
    expect(await cluster.job(long.id)).toBe(42);
  });
});
