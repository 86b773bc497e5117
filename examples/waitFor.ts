"use tsyncio";
// waitFor(): a coroutine that ends in time, and one that does not.
// Python: python/waitFor.py. Generator form: generators/waitFor.ts.
// Note: "Asyncio", 기본 문법 정리, wait_for.
import { run, sleep, TimeoutError, waitFor } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function work(seconds: number) {
  await sleep(seconds);
  return `result of a job of ${seconds} s`;
}

export async function main() {
  // returns the result within 3 seconds, throws TimeoutError after
  console.log(await waitFor(work(2), 3));
  try {
    console.log(await waitFor(work(5), 3));
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.log("more than 3 s: TimeoutError");
  }
}

if (isMain(import.meta)) await run(main());
