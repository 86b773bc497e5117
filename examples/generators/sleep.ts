// sleep(): the coroutine waits two seconds, and others could run meanwhile.
// Python: ../python/sleep.py. Native syntax: ../sleep.ts.
// Note: "async", await.
import { run, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

export function* main() {
  console.log("시작");
  yield* sleep(2); // 2초 동안 대기
  console.log("대기 완료");
}

if (isMain(import.meta)) await run(main());
