"use tsyncio";
// Coroutines that still run one after the other: 5 + 3 + 4 = 12 seconds.
// Python: python/delivery.py. Generator form: generators/delivery.ts.
// Note: "비동기함수", 실제로는 sync(동기)적으로 동작하는 예.
import { getRunningLoop, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function delivery(name: string, mealtime: number) {
  console.log(`delivered to ${name}`);
  await sleep(mealtime);
  console.log(`${name} has eaten, in ${mealtime} hours`);
  console.log(`dishes collected from ${name}`);
}

export async function main() {
  const loop = getRunningLoop();
  const start = loop.time();
  await delivery("A", 5);
  await delivery("B", 3);
  await delivery("C", 4);
  console.log((loop.time() - start).toFixed(2));
}

if (isMain(import.meta)) await run(main());
