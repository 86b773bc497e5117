// Coroutines that still run one after the other: 5 + 3 + 4 = 12 seconds.
// Python: ../python/delivery.py. Native syntax: ../delivery.ts.
// Note: "비동기함수", 실제로는 sync(동기)적으로 동작하는 예.
import { getRunningLoop, run, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* delivery(name: string, mealtime: number) {
  console.log(`delivered to ${name}`);
  yield* sleep(mealtime);
  console.log(`${name} has eaten, in ${mealtime} hours`);
  console.log(`dishes collected from ${name}`);
}

export function* main() {
  const loop = getRunningLoop();
  const start = loop.time();
  yield* delivery("A", 5);
  yield* delivery("B", 3);
  yield* delivery("C", 4);
  console.log((loop.time() - start).toFixed(2));
}

if (isMain(import.meta)) await run(main());
