"use tsyncio";
// The three kinds of awaitables: a coroutine, a task, a future. And sleep() with a result.
// Python: python/awaitables.py. Generator form: generators/awaitables.ts.
// Notes: asyncio (2023/03/05), await and 퓨처와 태스크; "비동기함수", 어웨이터블한 객체란?
import { createTask, type Future, getRunningLoop, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function add(a: number, b: number) {
  console.log(`add: ${a} + ${b}`);
  await sleep(1);
  return a + b;
}

export async function main() {
  console.log("coroutine:", await add(1, 2));

  const task = createTask(add(3, 4));
  console.log("task:", await task);

  const loop = getRunningLoop();
  const future: Future<number> = loop.createFuture();
  loop.callLater(1, () => future.setResult(11));
  console.log("future:", await future);

  console.log("sleep with a result:", await sleep(1, "result"));
}

if (isMain(import.meta)) await run(main());
