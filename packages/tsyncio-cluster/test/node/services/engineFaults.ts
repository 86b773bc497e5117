/**
 * What happens to a cluster: workers are killed and stopped, the engine starts again, links are cut, submitters end,
 * clocks are wrong, disks are full. With locks of two seconds. TSYNCIO_FAULT_JOBS=1000 is the full run; TSYNCIO_SEED=N
 * has the same numbers of chance again. Most of the time is waiting, so several faults happen at once, each to a queue
 * of its own; what ends the engine or fills its disk has an engine of its own.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CancelledError } from "tsyncio";
import { BrokenExecutor } from "tsyncio/executors";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { nodeOptions } from "../../../../tsyncio/test/node/children.ts";
import { ClusterExecutor, type ClusterJob } from "../../../src/index.ts";
import { failure, until } from "../outcomes.ts";
import { ENGINES, type TestEngine } from "./engines.ts";
import { execute, take } from "./faultJobs.ts";
import { NetworkHost } from "./hosts.ts";
import { SmallDisk } from "./smallDisk.ts";
import { RETRIES, seconds, TestCluster, WORKERS } from "./testCluster.ts";
import type { Host } from "./workers.ts";

const JOBS = Number(process.env.TSYNCIO_FAULT_JOBS ?? 150);
const SEED = Number(process.env.TSYNCIO_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Milliseconds of a job that does not end by itself. */
const HOUR = 3_600_000;

/** Seconds that a cut lasts: longer than a lock. */
const CUT = 5;

/** Of a job that could not be added. */
const NO_SPACE = /TimeoutError: .*does not answer \(.*(?:No space left|no space|MISCONF)/i;

/** At once: the workers of more would not have their turns in time on two processors. */
const CONCURRENCY = 2;

/** Of Debian's package faketime. */
const FAKETIME = globSync("/usr/lib/*/faketime/libfaketimeMT.so.1")[0];

type Skip = (why: string) => never;

/** None is the beginning of another one: what is left of a queue is found by that. */
const queueOf = (number: number): string => `faults-${String(number).padStart(2, "0")}`;

export function describeFaults(name: "Redis" | "PostgreSQL"): void {
  vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000, maxConcurrency: CONCURRENCY });
  console.log(`${name}: TSYNCIO_SEED=${SEED} TSYNCIO_FAULT_JOBS=${JOBS}`);
  const folder = mkdtempSync(join(tmpdir(), "tsyncio-faults-"));
  let engine: TestEngine;
  let faults = 0;

  beforeAll(async () => {
    engine = await ENGINES[name]();
    // Ends by itself, and leaves to all others what it has compiled.
    const cluster = await TestCluster.at(engine, "first", folder, SEED);
    const worker = await cluster.worker();
    await cluster.executor.submit(execute, cluster.file, 0, 1);
    await worker.end();
    await cluster.close();
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true });
  });

  /** A test with a queue of its own. */
  const fault = (title: string, body: (cluster: TestCluster, skip: Skip) => Promise<void>): void => {
    const number = ++faults;
    it.concurrent(title, async ({ skip }) => {
      const cluster = await TestCluster.at(engine, queueOf(number), folder, SEED + number);
      try {
        await body(cluster, skip);
      } finally {
        await cluster.close();
      }
    });
  };

  /** A test with an engine of its own. */
  const faultOfEngine = (title: string, body: (cluster: TestCluster) => Promise<void>): void => {
    const number = ++faults;
    it.concurrent(title, async () => {
      const own = await ENGINES[name]();
      const cluster = await TestCluster.at(own, queueOf(number), folder, SEED + number);
      try {
        await body(cluster);
      } finally {
        await cluster.close();
        await own.stop();
      }
    });
  };

  describe(`on ${name}`, () => {
    // The longest first.
    fault(
      "all workers are killed and no other one comes: its jobs fail, cancelled ones end, and so does shutdown",
      async (cluster) => {
        const { queue, file } = cluster;
        await Promise.all([cluster.worker(), cluster.worker()]);
        const submitter = new ClusterExecutor({ connection: engine.url, queue, submitTimeout: 60 });
        const again = submitter.options({ retries: 3 });
        const lost = submitter.submit(execute, file, 0, HOUR);
        const terminated = again.options({ cancel: "terminate" }).submit(execute, file, 1, HOUR);
        const waiting = again.submit(execute, file, 2, HOUR);
        const mapped = failure(submitter.map(execute, [file], [3], [HOUR]).anext());
        await until(
          () => cluster.executions().length === 4 && [lost, terminated, waiting].every((job) => job.running()),
        );
        await cluster.endWorkers();
        expect(terminated.cancel()).toBe(true);
        const ended = submitter.shutdown({ cancelFutures: true });
        for (const error of await Promise.all([failure(lost), mapped])) expect(error).toBeInstanceOf(BrokenExecutor);
        for (const job of [terminated, waiting]) expect(await failure(job)).toBeInstanceOf(CancelledError);
        await ended;
        expect(await failure(cluster.executor.job(lost.id))).toBeInstanceOf(BrokenExecutor);
      },
    );

    for (const retries of [RETRIES, 0]) {
      const outcome =
        retries > 0 ? "with retries every job has its result, once" : "without retries only what ran there fails";
      fault(`a worker is killed every second: ${outcome}`, async (cluster) => {
        await cluster.startWorkers();
        const work = cluster.work(JOBS, retries, 4);
        while (work.left > 0.1) {
          await seconds(1);
          await cluster.killOne();
        }
        await (retries > 0 ? work.allRight() : work.onlyKilledFailed());
      });
    }

    fault(
      "workers stand still for longer than their locks: with retries every job has its result, once",
      async (cluster) => {
        await cluster.startWorkers();
        const work = cluster.work(JOBS, RETRIES, 8);
        for (const share of [0.2, 0.5]) {
          await work.begun(share);
          const { child } = cluster.anyWorker();
          child.kill("SIGSTOP");
          await seconds(4);
          child.kill("SIGCONT");
        }
        await work.allRight();
      },
    );

    faultOfEngine(
      "the engine ends as by a crash, and starts again: with retries every job has its result, once",
      async (cluster) => {
        await cluster.startWorkers();
        const work = cluster.work(JOBS, RETRIES, 8);
        for (const share of [0.2, 0.6]) {
          await work.begun(share);
          await cluster.engine.halt();
          await seconds(0.5 + cluster.random());
          await cluster.engine.run();
        }
        await work.allRight();
      },
    );

    for (const how of ["silent", "reset"] as const) {
      fault(
        `the links of the submitter and of a worker are cut for 5 s (${how}), and healed: with retries every job has its result, once`,
        async (cluster) => {
          const one = await cluster.way();
          await Promise.all([cluster.worker({}, one.url(engine.url)), cluster.worker(), cluster.worker()]);
          const work = cluster.work(JOBS, RETRIES, 8);
          await work.begun(0.2);
          one.cut(how);
          cluster.link.cut(how);
          await seconds(CUT);
          one.heal();
          cluster.link.heal();
          await work.allRight();
        },
      );
    }

    fault(
      "two hosts, and the wire of one is out for 5 s: with retries every job has its result, once (needs root)",
      async (cluster, skip) => {
        const hosts = [NetworkHost.make(), NetworkHost.make()].filter((host) => host !== null);
        const [one, other] = hosts;
        try {
          if (one === undefined || other === undefined) return skip("network namespaces need root");
          const places = await Promise.all(hosts.map((host) => cluster.way(host.address)));
          const [a, b] = places.map((place) => place.url(engine.url)) as [string, string];
          await Promise.all([cluster.worker(one, a), cluster.worker(other, b), cluster.worker(other, b)]);
          const work = cluster.work(JOBS, RETRIES, 8);
          await work.begun(0.2);
          other.cut();
          await seconds(CUT);
          other.heal();
          await work.allRight();
          await cluster.endWorkers();
        } finally {
          for (const host of hosts) host.remove();
        }
      },
    );

    fault(
      "the engine's disk is full: jobs wait, those that cannot be added fail in time, and all goes on when there is space (needs root)",
      async (cluster, skip) => {
        const disk = SmallDisk.make(64);
        if (disk === null) return skip("a file system of one's own needs root");
        const { queue, file } = cluster;
        const small = await ENGINES[name]({ disk: disk.folder });
        const submitter = new ClusterExecutor({ connection: small.url, queue, submitTimeout: 60 });
        const hasty = new ClusterExecutor({ connection: small.url, queue, submitTimeout: 3 });
        try {
          await Promise.all([cluster.worker({}, small.url), cluster.worker({}, small.url)]);
          const jobs = Array.from({ length: 60 }, (_, n) =>
            submitter.options({ retries: RETRIES }).submit(execute, file, n, 200),
          );
          await until(() => cluster.executions().length > 10);
          disk.fill();
          // Until the engine has noticed: what it took before waits, for the workers cannot write either.
          // On a busy machine a job may be late before that, and its error has no reason yet.
          const errors: string[] = [];
          while (!errors.some((error) => NO_SPACE.test(error))) {
            hasty.submit(take, "x".repeat(500_000)).then(
              () => {},
              (error) => errors.push(String(error)),
            );
            await seconds(0.5);
          }
          const late = submitter.submit(execute, file, 60, 1);
          await seconds(2);
          disk.makeSpace();
          expect(await Promise.all(jobs)).toEqual(jobs.map((_, n) => n * 2));
          expect(await late).toBe(120);
        } finally {
          await cluster.endWorkers();
          await Promise.all([submitter, hasty].map((one) => one.shutdown({ cancelFutures: true })));
          await small.stop();
          disk.remove();
        }
      },
    );

    fault("the submitter is killed: its jobs end, and another one has their outcomes by their ids", async (cluster) => {
      const { queue, file } = cluster;
      await cluster.startWorkers();
      const program = fileURLToPath(new URL("./submitter.ts", import.meta.url));
      const args = [...nodeOptions, program, engine.url, queue, file, String(JOBS), "100"];
      const child: ChildProcess = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      let output = "";
      child.stdout?.on("data", (text) => {
        output += text;
      });
      await until(() => output.endsWith("\n") && cluster.executions().length > JOBS / 5);
      child.kill("SIGKILL");
      const ids = JSON.parse(output) as string[];
      const outcomes = await Promise.all(ids.map((id) => cluster.executor.job<number>(id)));
      expect(outcomes).toEqual(ids.map((_, n) => n * 2));
      expect(cluster.executions()).toHaveLength(JOBS);
    });

    fault(
      "a worker's clock is an hour off, either way: every job has its result, once and without retries (needs Debian's faketime)",
      async (cluster, skip) => {
        if (FAKETIME === undefined) return skip("apt-get install faketime");
        const clock = (offset: string): Host => {
          return { env: { LD_PRELOAD: FAKETIME, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: "1" } };
        };
        await Promise.all([cluster.worker(clock("+1h")), cluster.worker(clock("-1h")), cluster.worker()]);
        const work = cluster.work(JOBS, 0, 5);
        await work.onlyKilledFailed();
        expect(new Set(cluster.executions().map(([, pid]) => pid)).size).toBe(WORKERS);
      },
    );

    fault(
      "after their retention nothing is left of jobs: of results, errors, cancelled ones and their events",
      async (cluster) => {
        const { executor, file, queue } = cluster;
        await cluster.startWorkers();
        const short = executor.options({ retention: 1, retries: RETRIES });
        const jobs = Array.from({ length: 30 }, (_, n) => short.submit(execute, file, n, 1));
        await Promise.all(jobs);
        const failed = short.options({ timeout: 0.1, retries: 0 }).submit(execute, file, 1, HOUR);
        await expect(failed).rejects.toThrow(/longer than 0\.1 seconds|no retries left/);
        const delayed = short.options({ delay: 3600, deduplicate: "key" }).submit(execute, file, 1, 1);
        delayed.cancel();
        await expect(delayed).rejects.toBeInstanceOf(CancelledError);
        let left: string[] = [];
        for (let tries = 0; tries < 600; tries++) {
          left = await engine.leftovers(queue);
          if (left.length === 0) break;
          await seconds(0.2);
        }
        expect(left).toEqual([]);
        await expect(executor.job((jobs[0] as ClusterJob<number>).id)).rejects.toMatchObject({ name: "LookupError" });
      },
    );

    fault("a short retention takes no result of another job along", async (cluster) => {
      const { executor, file } = cluster;
      await cluster.startWorkers();
      const long = executor.options({ retries: RETRIES }).submit(execute, file, 21, 1);
      expect(await long).toBe(42);
      const short = executor.options({ retention: 0, retries: RETRIES });
      const first = short.submit(execute, file, 1, 1);
      await first;
      const isThere = (): Promise<boolean> => {
        return executor.job(first.id).then(
          () => true,
          () => false,
        );
      };
      while (await isThere()) await seconds(0.5);
      await short.submit(execute, file, 2, 1);
      await expect(executor.job(first.id)).rejects.toMatchObject({ name: "LookupError" });
      expect(await executor.job(long.id)).toBe(42);
    });
  });
}
