// gather(): the results come in the order of the arguments.
// Python: ../python/gather.py. Native syntax: ../gather.ts.
// Note: "async", gather.
import { gather, run, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* myTask(number: number) {
  yield* sleep(1);
  return `result of job ${number}`;
}

export function* main() {
  const tasks = [0, 1, 2].map((i) => myTask(i));
  const results = yield* gather(...tasks);
  console.log(results);
}

if (isMain(import.meta)) await run(main());
