// The three kinds of awaitables: a coroutine, a task, a future. And sleep() with a result.
// Python: ../python/awaitables.py. Native syntax: ../awaitables.ts.
// Notes: asyncio (2023/03/05), await and 퓨처와 태스크; "비동기함수", 어웨이터블한 객체란?
import { createTask, type Future, getRunningLoop, run, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* add(a: number, b: number) {
  console.log(`add: ${a} + ${b}`);
  yield* sleep(1);
  return a + b;
}

export function* main() {
  console.log("coroutine:", yield* add(1, 2));

  const task = createTask(add(3, 4));
  console.log("task:", yield* task);

  const loop = getRunningLoop();
  const future: Future<number> = loop.createFuture();
  loop.callLater(1, () => future.setResult(11));
  console.log("future:", yield* future);

  console.log("sleep with a result:", yield* sleep(1, "result"));
}

if (isMain(import.meta)) await run(main());
