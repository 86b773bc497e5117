/** The worker of busy.ts: a loop of its own, with a task. */

import { type Coroutine, createTask, run, sleep } from "tsyncio";

function* inWorker(): Coroutine<void> {
  yield* sleep(1000);
}

function* main(): Coroutine<void> {
  yield* createTask(inWorker(), { name: "in the worker" });
}

await run(main());
