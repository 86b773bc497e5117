/** A task waits; a line on the standard input ends it, and begins another one. */

import { type Coroutine, createTask, Event, Queue, run } from "tsyncio";

function* first(event: Event): Coroutine<void> {
  yield* event.wait();
}

function* second(queue: Queue<number>): Coroutine<void> {
  yield* queue.get();
}

function* main(): Coroutine<void> {
  const event = new Event();
  const task = createTask(first(event), { name: "first phase" });
  process.stdin.once("data", () => event.set());
  console.log("runs");
  yield* task;
  yield* createTask(second(new Queue()), { name: "second phase" });
}

await run(main());
