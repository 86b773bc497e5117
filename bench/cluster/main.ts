/**
 * The workload `cluster`: jobs of tsyncio-cluster beside BullMQ by hand, on a Redis and a PostgreSQL that this starts.
 */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { findPostgres, Postgres } from "../../packages/tsyncio/test/node/services/pg/postgres.ts";
import { RedisServer } from "../../packages/tsyncio-cluster/test/node/services/redis.ts";
import { figureOf, firstLine, start } from "../child.ts";
import { median } from "../measure.ts";
import { migrate } from "./byHand.ts";

/** What tsyncio is held to. */
const TARGETS = { jobs: 0.9, trip: 1.15, chunks: 10, heap: 300, workers: 1.6 } as const;
/** By hand beside itself: where that is farther from 1, the machine has done other things. */
const CONTROL = { least: 0.9, most: 1.1 };
const SLOTS = 4;
const PENDING = 100_000;
/** How often each client measures. */
const REPEATS = "2";

/** Of one server. */
export interface ClusterRow {
  /** Small jobs a second by hand; and ratios to that. */
  readonly byHand: number;
  readonly jobs: number;
  readonly jobsControl: number;
  /** Milliseconds of a round trip by hand; and ratios to that. */
  readonly tripByHand: number;
  readonly trip: number;
  readonly tripControl: number;
  /** Items a second by `map` with chunks of 100, as a ratio to one item a message. */
  readonly chunks: number;
  /** Bytes of the submitter's heap for a job that waits, above those of a loop that only adds jobs. */
  readonly heap: number;
  /** Two workers, as a ratio to one, on jobs of 200 ms of processor time. */
  readonly workers: number;
}

export type ClusterFigures = Record<string, ClusterRow>;

export interface ClusterChoice {
  readonly rounds: number;
  /** Small jobs of each measurement. */
  readonly jobs: number;
  /** Node's options: which tsyncio is measured. */
  readonly condition: readonly string[];
  progress(text: string): void;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function cluster(choice: ClusterChoice): Promise<ClusterFigures> {
  const figures: ClusterFigures = {};
  const redis = await RedisServer.start();
  if (findPostgres() === null) {
    await redis.stop();
    throw new Error("this needs PostgreSQL, which it starts itself: apt-get install postgresql");
  }
  try {
    figures["cluster redis"] = await measure("Redis", redis.url, choice);
  } finally {
    await redis.stop();
  }
  const postgres = await Postgres.start();
  try {
    await migrate(postgres.connectionString);
    figures["cluster postgres"] = await measure("PostgreSQL", postgres.connectionString, choice);
  } finally {
    await postgres.stop();
  }
  return figures;
}

async function measure(name: string, url: string, choice: ClusterChoice): Promise<ClusterRow> {
  const { condition, rounds, jobs } = choice;
  const progress = (what: string): void => choice.progress(`cluster, ${name}: ${what}`);
  const small = await smallJobs(url, choice, progress);
  const of = (key: string): number[] => small[key] as number[];
  const ratio = (key: string, to: string): number => round(median(of(key).map((n, i) => n / (of(to)[i] as number))));
  const pending = (kind: string): Promise<number> => {
    progress(`${PENDING} jobs that wait, ${kind}`);
    return figureOf(["--expose-gc", ...condition, here("pending.ts"), url, `pending-${kind}`, kind, String(PENDING)]);
  };
  const heap = (await pending("ours")) - (await pending("by-hand"));
  const rates: number[][] = [[], []];
  for (let turn = 0; turn < rounds; turn += 1) {
    progress(`two workers, round ${turn + 1}/${rounds}`);
    for (const count of turn % 2 === 0 ? [1, 2] : [2, 1]) {
      const queue = `burn-${turn}-${count}`;
      const workers = await Promise.all(Array.from({ length: count }, () => ourWorker(url, queue, 1, condition)));
      rates[count - 1]?.push(
        await figureOf([...condition, here("burners.ts"), url, queue, String(Math.max(8, jobs / 100))]),
      );
      for (const worker of workers) worker.kill("SIGKILL");
    }
  }
  const [one = [], two = []] = rates;
  return {
    byHand: Math.round(median(of("jobs"))),
    jobs: ratio("jobs ours", "jobs"),
    jobsControl: ratio("jobs control", "jobs"),
    tripByHand: round(median(of("trip"))),
    trip: ratio("trip ours", "trip"),
    tripControl: ratio("trip control", "trip"),
    chunks: ratio("map chunks", "map"),
    heap: Math.round(heap),
    workers: round(median(two.map((n, i) => n / (one[i] as number)))),
  };
}

/** In each round a client of its own, beside workers of its own. */
async function smallJobs(
  url: string,
  { rounds, jobs, condition }: ClusterChoice,
  progress: (what: string) => void,
): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  for (let turn = 0; turn < rounds; turn += 1) {
    progress(`small jobs, round ${turn + 1}/${rounds}`);
    const [ours, byHand] = [`ours-${turn}`, `by-hand-${turn}`];
    const theirs = start([...condition, here("worker.ts"), url, byHand, String(SLOTS)]);
    const workers = [theirs];
    try {
      const [worker] = await Promise.all([ourWorker(url, ours, SLOTS, condition), firstLine(theirs)]);
      workers.push(worker);
      const line = await firstLine(start([...condition, here("client.ts"), url, ours, byHand, REPEATS, String(jobs)]));
      for (const [name, values] of Object.entries(JSON.parse(line) as Record<string, number[]>)) {
        found[name] = [...(found[name] ?? []), ...values];
      }
    } finally {
      for (const worker of workers) worker.kill("SIGKILL");
    }
  }
  return found;
}

/** `tsyncio worker`; the command that users have. */
async function ourWorker(
  url: string,
  queue: string,
  slots: number,
  condition: readonly string[],
): Promise<ChildProcess> {
  const program = here(
    condition.length > 0 ? "../../packages/tsyncio/src/cli/main.ts" : "../../packages/tsyncio/dist/cli/main.js",
  );
  const args = [...condition, program, "worker", here("jobs.ts"), "--queue", queue, "--threads", String(slots)];
  const child = spawn(process.execPath, args, {
    env: { TSYNCIO_CLUSTER: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await firstLine(child);
  return child;
}

function round(n: number): number {
  return Number(n.toPrecision(3));
}

export function clusterTable(figures: ClusterFigures): string {
  const lines = [
    "| tsyncio-cluster beside BullMQ by hand | small jobs a second | control | round trip | control | map with chunks of 100 | bytes a job that waits | two workers |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
  ];
  for (const [name, row] of Object.entries(figures)) {
    const cells = [
      name.replace("cluster ", ""),
      `${row.jobs} of ${row.byHand} ${verdict(row.jobs >= TARGETS.jobs, row.jobsControl)}`,
      row.jobsControl,
      `${row.trip} of ${row.tripByHand} ms ${verdict(row.trip <= TARGETS.trip, row.tripControl)}`,
      row.tripControl,
      `${row.chunks} ${verdict(row.chunks >= TARGETS.chunks)}`,
      `${row.heap} ${verdict(row.heap <= TARGETS.heap)}`,
      `${row.workers} ${verdict(row.workers >= TARGETS.workers)}`,
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  const { jobs, trip, chunks, heap, workers } = TARGETS;
  lines.push(
    `Ratios to BullMQ by hand (processor in its process, one QueueEvents, the same retention), medians of those within a round. Held to: ${jobs} of its ` +
      `jobs a second, ${trip} of its round trip, ${chunks} times one item a message with chunks, ${heap} bytes, ${workers} of one worker.`,
  );
  return lines.join("\n");
}

function verdict(met: boolean, control = 1): string {
  if (control < CONTROL.least || control > CONTROL.most) return "(not said: the control differs)";
  return met ? "(met)" : "(MISSED)";
}
