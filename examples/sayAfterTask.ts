"use tsyncio";
// The same as two tasks takes 2 seconds: they run at the same time.
// Python: python/sayAfterTask.py. Generator form: generators/sayAfterTask.ts.
// Note: "Asyncio", 코루틴 예시 vs 태스크 예시.
// The note prints the time of day; here it is seconds on the loop's clock.
import { createTask, getRunningLoop, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function sayAfter(delay: number, what: string) {
  await sleep(delay);
  console.log(what);
}

export async function main() {
  const loop = getRunningLoop();
  const start = loop.time();
  // both coroutines become tasks of the event loop
  const task1 = createTask(sayAfter(1, "hello"));
  const task2 = createTask(sayAfter(2, "world"));

  // main goes on, so this time is printed first
  console.log(`started at ${(loop.time() - start).toFixed(2)}`);

  await task1;
  await task2;

  console.log(`finished at ${(loop.time() - start).toFixed(2)}`);
}

if (isMain(import.meta)) await run(main());
