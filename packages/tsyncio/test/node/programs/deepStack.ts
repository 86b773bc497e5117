/**
 * Tasks with stacks of ten thousand frames: of flat coroutines, of plain generators as deep as the engine lets them, of
 * both. With the word runs, one that runs, in plain functions on top of flat coroutines.
 */

import { type Coroutine, coroutine, createTask, Event, run, sleep } from "tsyncio";

const DEPTH = 10_000;
const PLAIN = 1_500;
const event = new Event();

const flat: (depth: number) => Coroutine<void> = coroutine(function* flat(depth: number): Coroutine<void> {
  if (depth > 0) yield* flat(depth - 1);
  else yield* event.wait();
});

function* plain(depth: number): Coroutine<void> {
  if (depth > 0) yield* plain(depth - 1);
  else yield* event.wait();
}

const both: (depth: number) => Coroutine<void> = coroutine(function* both(depth: number): Coroutine<void> {
  if (depth > 0) yield* between(depth);
  else yield* plain(PLAIN);
});

function* between(depth: number): Coroutine<void> {
  yield* both(depth - 1);
}

function down(depth: number): number {
  if (depth > 0) return down(depth - 1) + 1;
  for (let i = 0; ; i = (i + 1) % 1000) Math.sqrt(i);
}

const deep: (depth: number) => Coroutine<void> = coroutine(function* deep(depth: number): Coroutine<void> {
  if (depth > 0) yield* deep(depth - 1);
  else {
    yield* sleep(0.01);
    down(DEPTH / 2);
  }
});

function* main(): Coroutine<void> {
  createTask(flat(DEPTH), { name: "flat" });
  createTask(plain(PLAIN), { name: "plain" });
  createTask(both(DEPTH / 10), { name: "both" });
  if (process.argv[2] === "runs") createTask(deep(DEPTH), { name: "deep" });
  yield* sleep(0);
  console.log("runs");
  yield* sleep(1000);
}

await run(main());
