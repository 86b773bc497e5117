/** Tasks named after what a client might send: escape sequences, ends of lines, halves of characters, a megabyte. */

import { type Coroutine, createTask, Event, Lock, Queue, run, sleep } from "tsyncio";

class Broken extends Event {
  override describeWait(): string {
    throw new Error("it cannot be described");
  }
}

class Loud extends Event {
  override toString(): string {
    return "\x1b]0;a title\x07";
  }
}

function* waits(event: Event): Coroutine<void> {
  yield* event.wait();
}

function* holds(lock: Lock): Coroutine<void> {
  using _ = yield* lock.acquire();
  yield* sleep(1000);
}

function* reads(queue: Queue<number>): Coroutine<void> {
  yield* queue.get();
}

function* main(): Coroutine<void> {
  const event = new Event();
  const lock = new Lock();
  createTask(holds(lock), { name: "\x1b[31mred\x1b[0m" });
  createTask(holds(lock), { name: "two\nlines\r\u2028\u2029three" });
  createTask(waits(event), { name: "\x9b2J \u202eturned\u202c" });
  createTask(waits(event), { name: "half \ud83d" });
  createTask(reads(new Queue()), { name: "x".repeat(1_000_000) });
  createTask(waits(new Broken()), { name: "broken" });
  createTask(waits(new Loud()), { name: "loud" });
  createTask(waits(event), { name: "한글" });
  createTask(reads(new Queue()), { name: "" });
  createTask(reads(new Queue()), { name: " " });
  yield* sleep(0.01);
  console.log("runs");
  yield* sleep(1000);
}

await run(main());
