"use tsyncio";
// Queue: three workers share the work.
// Python: python/queue.py. Generator form: generators/queue.ts.
// Not in the notes: the example of Python's documentation.
import { createTask, gather, getRunningLoop, Queue, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function worker(name: string, queue: Queue<number>) {
  for (;;) {
    const seconds = await queue.get();
    await sleep(seconds);
    queue.taskDone();
    console.log(`${name} has slept for ${seconds} seconds`);
  }
}

export async function main() {
  const queue = new Queue<number>();
  for (const seconds of [4, 1, 2, 3, 2]) queue.putNowait(seconds);

  const loop = getRunningLoop();
  const started = loop.time();
  const workers = [0, 1, 2].map((i) => createTask(worker(`worker-${i}`, queue)));
  await queue.join();
  console.log(`3 workers slept in parallel for ${(loop.time() - started).toFixed(2)} seconds`);

  for (const task of workers) task.cancel();
  await gather(...workers, { returnExceptions: true });
}

if (isMain(import.meta)) await run(main());
