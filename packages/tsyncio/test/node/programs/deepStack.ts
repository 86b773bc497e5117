/**
 * Tasks with stacks of ten thousand frames: of flat coroutines, of plain generators as deep as the engine lets them, of
 * both.
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

function* main(): Coroutine<void> {
  createTask(flat(DEPTH), { name: "flat" });
  createTask(plain(PLAIN), { name: "plain" });
  createTask(both(DEPTH / 10), { name: "both" });
  yield* sleep(0.01);
  console.log("runs");
  yield* sleep(1000);
}

await run(main());
