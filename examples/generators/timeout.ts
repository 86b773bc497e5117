// timeout(): a deadline for a block, which can be moved while the block runs.
// Python: ../python/timeout.py. Native syntax: ../timeout.ts.
// Not in the notes: waitFor() in its newer form.
// `async with asyncio.timeout(10) as deadline:`
import { asyncWith, run, sleep, TimeoutError, timeout } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* longRunningTask(seconds: number) {
  yield* sleep(seconds);
  console.log(`done after ${seconds}`);
}

export function* main() {
  const deadline = timeout(10);
  try {
    yield* asyncWith(deadline, function* () {
      yield* longRunningTask(4);
      // Something came in: it may take longer.
      deadline.reschedule((deadline.when() ?? 0) + 5);
      yield* longRunningTask(8);
      yield* longRunningTask(8);
    });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.log("The long operation timed out, but we've handled it.");
  }
  console.log("expired:", deadline.expired());
}

if (isMain(import.meta)) await run(main());
