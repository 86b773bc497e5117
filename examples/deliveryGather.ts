"use tsyncio";
// The courier who does not wait at the door: 5 seconds for all three.
// Python: python/deliveryGather.py. Generator form: generators/deliveryGather.ts.
// Note: "비동기함수", 비동기: 짜장면 배달부가 작업을 비동기적으로 수행했을 때.
import { gather, getRunningLoop, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function delivery(name: string, mealtime: number) {
  console.log(`delivered to ${name}`);
  await sleep(mealtime);
  console.log(`${name} has eaten, in ${mealtime} hours`);
  console.log(`dishes collected from ${name}`);
  return mealtime;
}

export async function main() {
  const loop = getRunningLoop();
  const start = loop.time();
  const result = await gather(delivery("A", 5), delivery("B", 3), delivery("C", 4));
  console.log(result);
  console.log((loop.time() - start).toFixed(2));
}

if (isMain(import.meta)) await run(main());
