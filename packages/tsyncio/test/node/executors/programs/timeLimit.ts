/**
 * The default executor has that many seconds for its end; after that no task waits, and the jobs hold the process only.
 */
import { createTask, getRunningLoop, run, sleep, toThread } from "tsyncio";
import "tsyncio/executors";
import { add, block } from "../jobs.ts";

function* main() {
  yield* toThread(add, 1, 1);
  createTask(toThread(block, 700));
  yield* sleep(0.05);
  const begun = performance.now();
  yield* getRunningLoop().shutdownDefaultExecutor(0.1);
  console.log(performance.now() - begun < 500 ? "gave up in time" : "too late");
  try {
    yield* toThread(add, 1, 1);
  } catch (error) {
    console.log(String(error));
  }
}

await run(main());
