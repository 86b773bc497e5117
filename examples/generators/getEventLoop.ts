// The older form: get a loop, run it until the coroutine is complete, close it.
// Python: ../python/getEventLoop.py. Native syntax: ../getEventLoop.ts.
// Note: asyncio (2023/03/05), get_event_loop.
// JavaScript cannot block, so runUntilComplete() returns a promise.
import { getEventLoop, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* hello() {
  console.log("Hello, world!");
  yield* sleep(1);
  return "끝";
}

export async function program() {
  const loop = getEventLoop(); // 이벤트 루프를 얻음
  console.log(await loop.runUntilComplete(hello())); // hello가 끝날 때까지 기다림
  loop.close(); // 이벤트 루프를 닫음
  console.log("closed:", loop.isClosed());
}

if (isMain(import.meta)) await program();
