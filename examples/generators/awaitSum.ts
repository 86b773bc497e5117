// Two coroutines one after the other: the second starts when the first has ended.
// Python: ../python/awaitSum.py. Native syntax: ../awaitSum.ts.
// Note: "Asyncio", 기본 문법 정리, await.
import { getRunningLoop, run, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* sum(name: string, numbers: number[]) {
  let total = 0;
  for (const number of numbers) {
    yield* sleep(1);
    total += number;
    console.log(`Task ${name}: ${total}`);
  }
  return total;
}

export function* main() {
  const loop = getRunningLoop();
  const start = loop.time();
  const result1 = yield* sum("A", [1, 2]); // waits here until it has ended
  const result2 = yield* sum("B", [1, 2, 3]); // begins when A has ended
  console.log(result1, result2);
  console.log(`${(loop.time() - start).toFixed(2)} seconds`);
}

if (isMain(import.meta)) await run(main());
