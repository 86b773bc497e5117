/** A program with the habits that `tsyncio top` points at. */

import { Worker } from "node:worker_threads";
import { type Coroutine, createTask, isCancelled, Lock, Queue, run, sleep } from "tsyncio";

function* polls(): Coroutine<void> {
  for (;;) yield* sleep(0);
}

function* blocks(): Coroutine<void> {
  for (;;) {
    yield* sleep(0.2);
    const until = performance.now() + 150;
    while (performance.now() < until);
  }
}

function* refuses(): Coroutine<void> {
  for (;;) {
    try {
      yield* sleep(0.05);
    } catch (error) {
      if (!isCancelled(error)) throw error;
    }
  }
}

function* holds(lock: Lock): Coroutine<void> {
  using _ = yield* lock.acquire();
  yield* sleep(1000);
}

function* wants(lock: Lock): Coroutine<void> {
  yield* sleep(1);
  using _ = yield* lock.acquire();
}

function* fills(queue: Queue<number>): Coroutine<void> {
  yield* sleep(1);
  for (;;) yield* queue.put(1);
}

function* fails(): Coroutine<void> {
  yield* sleep(0.01);
  throw new RangeError("a secret");
}

function* main(): Coroutine<void> {
  const lock = new Lock();
  createTask(polls(), { name: "polls" });
  createTask(blocks(), { name: "blocks" });
  createTask(holds(lock), { name: "holds" });
  createTask(wants(lock), { name: "wants" });
  createTask(fills(new Queue(1)), { name: "fills" });
  const failed = createTask(fails(), { name: "fails" });
  const refusing = createTask(refuses(), { name: "refuses" });
  yield* sleep(0.01);
  refusing.cancel();
  console.log("runs");
  // From then on it is stuck.
  process.on("SIGUSR2", () => {
    for (;;);
  });
  // A worker with a loop of its own.
  new Worker(new URL("busyWorker.ts", import.meta.url));
  // Whether something looks on.
  process.stdin.on("data", () => {
    const { instrument } =
      (globalThis as unknown as Record<symbol, { instrument: unknown }>)[Symbol.for("tsyncio")] ?? {};
    console.log(instrument === null ? "unwatched" : "watched");
  });
  yield* sleep(1000);
  yield* failed; // too late: it counts as one that nothing asks for
}

await run(main());
