"use tsyncio";
// gather(): the results come in the order of the arguments.
// Python: python/gather.py. Generator form: generators/gather.ts.
// Note: "async", gather.
import { gather, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function myTask(number: number) {
  await sleep(1);
  return `result of job ${number}`;
}

export async function main() {
  const tasks = [0, 1, 2].map((i) => myTask(i));
  const results = await gather(...tasks);
  console.log(results);
}

if (isMain(import.meta)) await run(main());
