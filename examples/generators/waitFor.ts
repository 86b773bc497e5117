// waitFor(): a coroutine that ends in time, and one that does not.
// Python: ../python/waitFor.py. Native syntax: ../waitFor.ts.
// Note: "Asyncio", 기본 문법 정리, wait_for.
import { run, sleep, TimeoutError, waitFor } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* work(seconds: number) {
  yield* sleep(seconds);
  return `${seconds}초 작업의 결과`;
}

export function* main() {
  // 3초 안에 끝나면 정상적인 결과 반환, 3초 초과시 TimeoutError 발생
  console.log(yield* waitFor(work(2), 3));
  try {
    console.log(yield* waitFor(work(5), 3));
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.log("3초 초과: TimeoutError");
  }
}

if (isMain(import.meta)) await run(main());
