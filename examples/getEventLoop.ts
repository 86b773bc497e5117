"use tsyncio";
// The older form: get a loop, run it until the coroutine is complete, close it.
// Python: python/getEventLoop.py. Generator form: generators/getEventLoop.ts.
// Note: asyncio (2023/03/05), get_event_loop.
// JavaScript cannot block: runUntilComplete() returns a promise, which the module awaits as any other.
import { getEventLoop, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function hello() {
  console.log("Hello, world!");
  await sleep(1);
  return "the end";
}

if (isMain(import.meta)) {
  const loop = getEventLoop(); // gets an event loop
  console.log(await loop.runUntilComplete(hello())); // waits until hello has ended
  loop.close(); // closes the event loop
  console.log("closed:", loop.isClosed());
}
