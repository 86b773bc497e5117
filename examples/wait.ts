"use tsyncio";
// wait() for the first of five coroutines, then for the rest.
// Python: python/wait.py. Generator form: generators/wait.ts.
// Note: "async", wait.
// Bare coroutines are accepted here, as in Python before 3.11; a Set keeps its order.
import { FIRST_COMPLETED, gather, run, sleep, wait } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function myTask(i: number) {
  await sleep(i);
  return `Task ${i} done`;
}

export async function main() {
  const tasks = [0, 1, 2, 3, 4].map((i) => myTask(i)); // makes the list of jobs
  const [done, pending] = await wait(tasks, { returnWhen: FIRST_COMPLETED });

  for (const task of done) console.log(task.result());
  for (const task of pending) console.log(`${task} is still pending`);
  if (pending.size > 0) {
    const completedLater = await gather(...pending);
    for (const result of completedLater) console.log(result);
  }
}

if (isMain(import.meta)) await run(main());
