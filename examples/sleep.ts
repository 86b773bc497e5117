"use tsyncio";
// sleep(): the coroutine waits two seconds, and others could run meanwhile.
// Python: python/sleep.py. Generator form: generators/sleep.ts.
// Note: "async", await.
import { run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

export async function main() {
  console.log("begins");
  await sleep(2); // waits for 2 seconds
  console.log("waited");
}

if (isMain(import.meta)) await run(main());
