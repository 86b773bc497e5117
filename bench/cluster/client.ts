/**
 * A submitter: client.ts URL OURS BY-HAND ROUNDS JOBS. The two queues have a worker each. Prints as JSON what each kind
 * reached in each round: jobs a second, and milliseconds of a round trip.
 */
import { ClusterExecutor } from "tsyncio-cluster";
import { eventsAt, KEEP, queueAt } from "./byHand.ts";
import { add } from "./jobs.ts";

const [url = "", ours = "", byHand = "", rounds = "1", count = "1000"] = process.argv.slice(2);
const JOBS = Number(count);
const TRIPS = Math.ceil(JOBS / 10);
const CHUNK = 100;

const cluster = new ClusterExecutor({ connection: url, queue: ours });
const queue = queueAt(url, byHand);
const events = eventsAt(url, byHand);
await events.waitUntilReady();

function check(found: unknown, n: number): void {
  if (found !== n + 1) throw new Error(`${found} is the result of ${n} + 1`);
}

async function oneByHand(n: number): Promise<void> {
  const job = await queue.add("add", { a: n, b: 1 }, KEEP);
  check(await job.waitUntilFinished(events), n);
}

async function one(n: number): Promise<void> {
  check(await cluster.submit(add, n, 1), n);
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Jobs a second, all of them at once. */
async function rate(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return (JOBS * 1000) / (performance.now() - begun);
}

/** Milliseconds of one after the other. */
async function trip(run: (n: number) => Promise<void>): Promise<number> {
  const begun = performance.now();
  for (let n = 0; n < TRIPS; n += 1) await run(n);
  return (performance.now() - begun) / TRIPS;
}

async function map(chunksize: number): Promise<void> {
  let n = 0;
  for await (const sum of cluster.map(add, range(JOBS), range(JOBS).fill(1), { chunksize })) check(sum, n++);
}

const all = (run: (n: number) => Promise<void>) => rate(() => Promise.all(range(JOBS).map(run)));

/** The control is by hand once more. */
const ORDER: [string, () => Promise<number>][] = [
  ["jobs", () => all(oneByHand)],
  ["jobs ours", () => all(one)],
  ["jobs control", () => all(oneByHand)],
  ["trip", () => trip(oneByHand)],
  ["trip ours", () => trip(one)],
  ["trip control", () => trip(oneByHand)],
  ["map", () => rate(() => map(1))],
  ["map chunks", () => rate(() => map(CHUNK))],
];

for (const [, run] of ORDER) await run(); // to warm up
const found: Record<string, number[]> = {};
for (let round = 0; round < Number(rounds); round += 1) {
  for (const [name, run] of round % 2 === 0 ? ORDER : ORDER.toReversed()) {
    found[name] ??= [];
    found[name].push(await run());
  }
}
console.log(JSON.stringify(found));
process.exit(0);
