/**
 * The default executor has that many seconds for its end; after that no task waits, and the jobs hold the process only.
 */
import { createTask, getRunningLoop, run, sleep, toThread } from "tsyncio";
import "tsyncio/executors";
import { add, waitFor } from "../jobs.ts";

function* main() {
  yield* toThread(add, 1, 1);
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const job = createTask(toThread(waitFor, gate));
  yield* sleep(0.05);
  yield* getRunningLoop().shutdownDefaultExecutor(0.1);
  console.log(job.done() ? "too late" : "gave up in time");
  try {
    yield* toThread(add, 1, 1);
  } catch (error) {
    console.log(String(error));
  }
  Atomics.store(gate, 0, 1);
}

await run(main());
