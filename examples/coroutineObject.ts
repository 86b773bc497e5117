"use tsyncio";
// Calling a coroutine function returns an object, and nothing runs until it is awaited.
// Python: python/coroutineObject.py. Generator form: generators/coroutineObject.ts.
// Note: "Asyncio", 기본 문법 정리, async.
import { iscoroutine, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function work() {
  console.log("sleep runs");
  await sleep(1);
  return "done";
}

export async function main() {
  const coro = work(); // runs nothing: it only returns a coroutine object
  console.log(iscoroutine(coro));
  console.log("nothing has run yet");
  console.log(await coro);
}

if (isMain(import.meta)) await run(main());
