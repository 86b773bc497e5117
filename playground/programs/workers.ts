"use tsyncio";
// Three workers share the work of a queue.
import { createTask, gather, getRunningLoop, Queue, run, sleep } from "tsyncio";

async function worker(name: string, queue: Queue<number>) {
  for (;;) {
    const seconds = await queue.get();
    await sleep(seconds);
    queue.taskDone();
    console.log(`${name} has slept for ${seconds} seconds`);
  }
}

async function main() {
  const queue = new Queue<number>();
  for (const seconds of [2, 0.5, 1, 1.5, 1]) queue.putNowait(seconds);

  const loop = getRunningLoop();
  const started = loop.time();
  const workers = ["one", "two", "three"].map((name) => createTask(worker(name, queue), { name }));
  await queue.join();
  console.log(`3 workers have slept for ${(loop.time() - started).toFixed(2)} seconds`);

  for (const task of workers) task.cancel();
  await gather(...workers, { returnExceptions: true });
}

await run(main());
