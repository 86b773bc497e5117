/** run() waits for a job of the default executor that no task waits for any more, as asyncio.run does. */
import { createTask, run, sleep, toThread } from "tsyncio";
import "tsyncio/executors";
import { add, block } from "../jobs.ts";

function* main() {
  yield* toThread(add, 1, 1);
  createTask(toThread(block, 500));
  yield* sleep(0.05);
}

const begun = performance.now();
await run(main());
console.log(performance.now() - begun > 480 ? "waited" : "did not wait");
