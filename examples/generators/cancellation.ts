// cancel(): the error is thrown where the task waits; it cleans up, and lets the error go on.
// Python: ../python/cancellation.py. Native syntax: ../cancellation.ts.
// Note: asyncio (2023/03/05), 퓨처와 태스크.
import { createTask, isCancelled, run, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* cancelMe() {
  console.log("cancel_me(): before sleep");
  try {
    yield* sleep(3600);
  } catch (error) {
    if (isCancelled(error)) console.log("cancel_me(): cancelled");
    throw error;
  } finally {
    yield* sleep(0.5);
    console.log("cancel_me(): cleaned up");
  }
}

export function* main() {
  const task = createTask(cancelMe());
  yield* sleep(1);
  task.cancel();
  try {
    yield* task;
  } catch (error) {
    if (!isCancelled(error)) throw error;
    console.log("main(): cancel_me is cancelled now");
  }
  console.log("cancelled:", task.cancelled());
}

if (isMain(import.meta)) await run(main());
