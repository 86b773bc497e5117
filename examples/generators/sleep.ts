// sleep(): the coroutine waits two seconds, and others could run meanwhile.
// Python: ../python/sleep.py. Native syntax: ../sleep.ts.
// Note: "async", await.
import { run, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

export function* main() {
  console.log("begins");
  yield* sleep(2); // waits for 2 seconds
  console.log("waited");
}

if (isMain(import.meta)) await run(main());
