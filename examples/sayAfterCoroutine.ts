"use tsyncio";
// Coroutines one after the other: 1 + 2 = 3 seconds. Runs main twice, as the note does.
// Python: python/sayAfterCoroutine.py. Generator form: generators/sayAfterCoroutine.ts.
// Note: "Asyncio", 코루틴 예시 vs 태스크 예시.
// The note prints the time of day; here it is seconds on the loop's clock.
import { getRunningLoop, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function sayAfter(delay: number, what: string) {
  await sleep(delay);
  console.log(what);
}

export async function main() {
  const loop = getRunningLoop();
  const start = loop.time();
  console.log(`started at ${(loop.time() - start).toFixed(2)}`);

  await sayAfter(1, "hello");
  await sayAfter(2, "world");

  console.log(`finished at ${(loop.time() - start).toFixed(2)}`);
}

if (isMain(import.meta)) {
  await run(main());
  await run(main());
}
