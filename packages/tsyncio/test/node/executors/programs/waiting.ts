/** A coroutine that waits for nothing but a job of 300 ms: that is no deadlock, and run() ends the threads. */
import { run, sleep, toThread } from "tsyncio";
import "tsyncio/executors";
import { block } from "../jobs.ts";

function* main() {
  console.log("job", yield* toThread(block, 300));
  yield* sleep(0.01);
}

await run(main());
console.log("end");
