"use tsyncio";
// gather() of two coroutines: both run at the same time.
// Python: python/gatherTasks.py. Generator form: generators/gatherTasks.ts.
// Note: "async", await.
import { gather, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function task1() {
  // 어떤 비동기 작업
  await sleep(1);
  console.log("task1 완료");
}

async function task2() {
  // 다른 비동기 작업
  await sleep(1);
  console.log("task2 완료");
}

export async function main() {
  await gather(task1(), task2()); // task1과 task2를 동시에 실행
}

if (isMain(import.meta)) await run(main());
