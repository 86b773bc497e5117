// wait() for the first of five coroutines, then for the rest.
// Python: ../python/wait.py. Native syntax: ../wait.ts.
// Note: "async", wait.
// Bare coroutines are accepted here, as in Python before 3.11; a Set keeps its order.
import { FIRST_COMPLETED, gather, run, sleep, wait } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* myTask(i: number) {
  yield* sleep(i);
  return `Task ${i} done`;
}

export function* main() {
  const tasks = [0, 1, 2, 3, 4].map((i) => myTask(i)); // makes the list of jobs
  const [done, pending] = yield* wait(tasks, { returnWhen: FIRST_COMPLETED });

  for (const task of done) console.log(task.result());
  for (const task of pending) console.log(`${task} is still pending`);
  if (pending.size > 0) {
    const completedLater = yield* gather(...pending);
    for (const result of completedLater) console.log(result);
  }
}

if (isMain(import.meta)) await run(main());
