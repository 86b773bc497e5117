// gather() of two coroutines: both run at the same time.
// Python: ../python/gatherTasks.py. Native syntax: ../gatherTasks.ts.
// Note: "async", await.
import { gather, run, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* task1() {
  // something that waits
  yield* sleep(1);
  console.log("task1 done");
}

function* task2() {
  // something else that waits
  yield* sleep(1);
  console.log("task2 done");
}

export function* main() {
  yield* gather(task1(), task2()); // runs task1 and task2 at the same time
}

if (isMain(import.meta)) await run(main());
