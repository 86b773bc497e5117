// The older form: get a loop, run it until the coroutine is complete, close it.
// Python: ../python/getEventLoop.py. Native syntax: ../getEventLoop.ts.
// Note: asyncio (2023/03/05), get_event_loop.
// JavaScript cannot block, so runUntilComplete() returns a promise.
import { getEventLoop, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* hello() {
  console.log("Hello, world!");
  yield* sleep(1);
  return "the end";
}

export async function program() {
  const loop = getEventLoop(); // gets an event loop
  console.log(await loop.runUntilComplete(hello())); // waits until hello has ended
  loop.close(); // closes the event loop
  console.log("closed:", loop.isClosed());
}

if (isMain(import.meta)) await program();
