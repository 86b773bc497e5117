/** In debug mode, unless it is run with the word plain: a task that was asked to cancel and goes on. */

import { type Coroutine, createTask, currentTask, isCancelled, Queue, run, sleep } from "tsyncio";

function* refuses(): Coroutine<void> {
  try {
    yield* sleep(1000);
  } catch (error) {
    if (!isCancelled(error)) throw error;
    yield* sleep(1000);
  }
}

function* puts(queue: Queue<string>): Coroutine<void> {
  for (;;) yield* queue.put("an item");
}

function* main(): Coroutine<void> {
  currentTask()?.setName("main");
  const task = createTask(refuses(), { name: "refuses" });
  createTask(puts(new Queue(1)));
  yield* sleep(0);
  task.cancel("a secret reason");
  yield* sleep(0.01);
  console.log("runs");
  yield* task;
}

await run(main(), { debug: process.argv[2] !== "plain" });
