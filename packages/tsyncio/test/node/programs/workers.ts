/** A loop in the main thread, one in a worker that is idle, and one in a worker that never comes to it again. */

import { isMainThread, parentPort, threadId, Worker } from "node:worker_threads";
import { type Coroutine, createTask, Event, run, sleep } from "tsyncio";

function* ticks(): Coroutine<void> {
  for (;;) yield* sleep(0.02);
}

function* inWorker(): Coroutine<void> {
  const ticking = createTask(ticks(), { name: `ticks in ${threadId}` });
  yield* sleep(0.05);
  parentPort?.postMessage("runs");
  if (threadId === 2) for (;;); // in the middle of a job
  yield* ticking;
}

function* inMain(): Coroutine<void> {
  createTask(ticks(), { name: "ticks in main" });
  for (let i = 1; i <= 2; i++) {
    const runs = new Event();
    new Worker(new URL(import.meta.url)).once("message", () => runs.set());
    yield* runs.wait();
  }
  console.log("runs");
  yield* new Event().wait();
}

await run(isMainThread ? inMain() : inWorker());
