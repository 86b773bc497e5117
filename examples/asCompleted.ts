"use tsyncio";
// asCompleted(): the results in the order in which they are there.
// Python: python/asCompleted.py. Generator form: generators/asCompleted.ts.
// Not in the notes: gather() returns them in the order of the arguments.
import { asCompleted, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function fetch(name: string, seconds: number) {
  await sleep(seconds);
  return name;
}

export async function main() {
  const jobs = [fetch("slow", 3), fetch("fast", 1), fetch("medium", 2)];
  for (const next of asCompleted(jobs)) console.log(await next);
}

if (isMain(import.meta)) await run(main());
