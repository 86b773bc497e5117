// callSoon(), callLater(), runForever(), stop(): the loop without coroutines.
// Python: python/callbacks.py. The same in native syntax: there is no coroutine in it.
// Note: "Asyncio", 이벤트 루프란?, which schedules callbacks too.
import { type EventLoop, newEventLoop, type RunnerOptions } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

function count(loop: EventLoop, n: number) {
  console.log(n);
  if (n === 0) loop.stop();
  else loop.callLater(1, count, loop, n - 1);
}

export async function program({ loopFactory }: RunnerOptions = {}) {
  const loop = (loopFactory ?? newEventLoop)();
  loop.callSoon(count, loop, 3);
  await loop.runForever();
  loop.close();
  console.log("closed:", loop.isClosed());
}

if (isMain(import.meta)) await program();
