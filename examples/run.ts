"use tsyncio";
// run() called twice: each call makes an event loop, runs the coroutine, closes the loop.
// Python: python/run.py. Generator form: generators/run.ts.
// Note: "async", run.
// A coroutine cannot call run(); what stands outside of functions can.
import { getRunningLoop, run } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function main() {
  // your async code here
  return getRunningLoop();
}

if (isMain(import.meta)) {
  const first = await run(main());
  const second = await run(main(), { debug: true });
  console.log("a loop for each run:", first !== second);
  console.log("closed:", first.isClosed(), second.isClosed());
  console.log("debug:", first.getDebug(), second.getDebug());
}
