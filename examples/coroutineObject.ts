"use tsyncio";
// Calling a coroutine function returns an object, and nothing runs until it is awaited.
// Python: python/coroutineObject.py. Generator form: generators/coroutineObject.ts.
// Note: "Asyncio", 기본 문법 정리, async.
import { iscoroutine, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function work() {
  console.log("sleep 실행");
  await sleep(1);
  return "완료";
}

export async function main() {
  const coro = work(); // 코드가 실행되지 않고 코루틴 객체를 리턴하기만 함
  console.log(iscoroutine(coro));
  console.log("아직 실행되지 않음");
  console.log(await coro);
}

if (isMain(import.meta)) await run(main());
