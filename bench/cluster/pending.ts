/**
 * Prints the bytes of the heap for each of COUNT jobs that wait for a worker: pending.ts URL QUEUE ours|by-hand COUNT.
 */
import { ClusterExecutor } from "tsyncio-cluster";
import { KEEP, queueAt } from "./byHand.ts";
import { add } from "./jobs.ts";

const [url = "", name = "", kind = "", given = "0"] = process.argv.slice(2);
const COUNT = Number(given);
const BATCH = 1000;

function heap(): number {
  for (let i = 0; i < 4; i += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const kinds: Record<string, () => (n: number) => PromiseLike<unknown> | undefined> = {
  ours() {
    const cluster = new ClusterExecutor({ connection: url, queue: name, submitTimeout: 600 });
    return (n) => void cluster.submit(add, n, 1);
  },
  "by-hand"() {
    const queue = queueAt(url, name);
    return (n) => queue.add("add", { a: n, b: 1 }, KEEP);
  },
};

const submit = (kinds[kind] as () => (n: number) => PromiseLike<unknown> | undefined)();
const queue = queueAt(url, name);

/** All are in the queue. */
async function add1(from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += BATCH) {
    await Promise.all(Array.from({ length: Math.min(BATCH, to - n) }, (_, i) => submit(n + i)));
    while ((await queue.getWaitingCount()) < Math.min(n + BATCH, to)) await new Promise((r) => setTimeout(r, 5));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
}

await add1(0, BATCH); // what a connection and compiled code need is no job's
const before = heap();
await add1(BATCH, COUNT + BATCH);
console.log((heap() - before) / COUNT);
process.exit(0);
