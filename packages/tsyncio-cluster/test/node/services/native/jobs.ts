"use tsyncio";
// Jobs in native syntax: `await` in a coroutine function that a worker runs as a task.
import { gather, sleep, TaskGroup } from "tsyncio";
import { blocking } from "tsyncio/executors";

export const sum = blocking(import.meta, async function sum(numbers: number[]): Promise<number> {
  const double = async (n: number): Promise<number> => {
    await sleep(0.001);
    return n * 2;
  };
  await using group = new TaskGroup();
  const first = group.createTask(double(numbers[0] ?? 0));
  const rest = await gather(...numbers.slice(1).map((n) => double(n)));
  return rest.reduce((a, b) => a + b, await first);
});

export const lasting = blocking(import.meta, async function lasting(): Promise<void> {
  await sleep(1e6);
});
