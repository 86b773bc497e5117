"use tsyncio";
// The same deliveries as tasks: they overlap, and take 3 seconds.
// Python: python/deliveryTasks.py. Generator form: generators/deliveryTasks.ts.
// Note: "비동기함수", 테스크란? It says that this is the same as awaiting two coroutines, which would take 4.
import { createTask, getRunningLoop, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function delivery(name: string, mealtime: number) {
  console.log(`delivered to ${name}`);
  await sleep(mealtime);
  console.log(`${name} has eaten, in ${mealtime} hours`);
  console.log(`dishes collected from ${name}`);
}

export async function main() {
  const loop = getRunningLoop();
  const start = loop.time();
  const task1 = createTask(delivery("A", 3));
  const task2 = createTask(delivery("B", 1));

  await task1;
  await task2;
  console.log((loop.time() - start).toFixed(2));
}

if (isMain(import.meta)) await run(main());
