// Coroutines one after the other: 1 + 2 = 3 seconds. Runs main twice, as the note does.
// Python: ../python/sayAfterCoroutine.py. Native syntax: ../sayAfterCoroutine.ts.
// Note: "Asyncio", 코루틴 예시 vs 태스크 예시.
// The note prints the time of day; here it is seconds on the loop's clock.
import { getRunningLoop, type RunnerOptions, run, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* sayAfter(delay: number, what: string) {
  yield* sleep(delay);
  console.log(what);
}

export function* main() {
  const loop = getRunningLoop();
  const start = loop.time();
  console.log(`started at ${(loop.time() - start).toFixed(2)}`);

  yield* sayAfter(1, "hello");
  yield* sayAfter(2, "world");

  console.log(`finished at ${(loop.time() - start).toFixed(2)}`);
}

export async function program(options: RunnerOptions = {}) {
  await run(main(), options);
  await run(main(), options);
}

if (isMain(import.meta)) await program();
