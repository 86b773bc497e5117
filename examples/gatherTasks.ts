"use tsyncio";
// gather() of two coroutines: both run at the same time.
// Python: python/gatherTasks.py. Generator form: generators/gatherTasks.ts.
// Note: "async", await.
import { gather, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function task1() {
  // something that waits
  await sleep(1);
  console.log("task1 done");
}

async function task2() {
  // something else that waits
  await sleep(1);
  console.log("task2 done");
}

export async function main() {
  await gather(task1(), task2()); // runs task1 and task2 at the same time
}

if (isMain(import.meta)) await run(main());
