// run() called twice: each call makes an event loop, runs the coroutine, closes the loop.
// Python: ../python/run.py. Native syntax: ../run.ts.
// Note: "async", run.
// A loop of the caller's choice comes from `loopFactory`.
import { getRunningLoop, type RunnerOptions, run } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

export function* main() {
  // your async code here
  return getRunningLoop();
}

export async function program(options: RunnerOptions = {}) {
  const first = await run(main(), options);
  const second = await run(main(), { ...options, debug: true });
  console.log("a loop for each run:", first !== second);
  console.log("closed:", first.isClosed(), second.isClosed());
  console.log("debug:", first.getDebug(), second.getDebug());
}

if (isMain(import.meta)) await program();
