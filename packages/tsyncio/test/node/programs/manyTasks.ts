/** A hundred thousand tasks that wait, and a request every few milliseconds that must be answered meanwhile. */

import { type Coroutine, createTask, Event, Queue, run, sleep } from "tsyncio";

const TASKS = 100_000;

function* waits(event: Event): Coroutine<void> {
  yield* event.wait();
}

function* reads(queue: Queue<number>): Coroutine<void> {
  yield* queue.get();
}

/** Tells of its memory when it is asked to, by a line on its standard input. */
function* main(): Coroutine<void> {
  const [event, queue] = [new Event(), new Queue<number>()];
  for (let i = 0; i < TASKS; i++) createTask(i % 2 === 0 ? waits(event) : reads(queue));
  yield* sleep(0);
  console.log("runs");
  process.stdin.on("data", () => {
    for (let i = 0; i < 4; i++) globalThis.gc?.();
    console.log(`heap ${process.memoryUsage().heapUsed}`);
  });
  yield* event.wait();
}

await run(main());
