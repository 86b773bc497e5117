// createTask(): two sums at the same time.
// Python: ../python/createTask.py. Native syntax: ../createTask.ts.
// Note: "Asyncio", 기본 문법 정리, create_task.
import { createTask, getRunningLoop, run, sleep } from "tsyncio";
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
  const task1 = createTask(sum("A", [1, 2]));
  const task2 = createTask(sum("B", [1, 2, 3]));

  const result1 = yield* task1;
  const result2 = yield* task2;
  console.log(result1, result2);
  console.log(`${(loop.time() - start).toFixed(2)} seconds`);
}

if (isMain(import.meta)) await run(main());
