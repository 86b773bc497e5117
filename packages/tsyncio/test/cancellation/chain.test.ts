import { type Coroutine, createTask, run, sleep, type Task, virtualLoop } from "tsyncio";
import { expect, it } from "vitest";

it("cancels a chain of 20,000 tasks that await each other, from the last to the first", async () => {
  const ended: number[] = [];
  function* first(): Coroutine<void> {
    try {
      yield* sleep(100);
    } finally {
      ended.push(0);
    }
  }
  function* link(other: Task<void>, number: number): Coroutine<void> {
    try {
      yield* other;
    } finally {
      ended.push(number);
    }
  }
  function* main(): Coroutine<boolean> {
    let task = createTask(first());
    for (let i = 1; i <= 20_000; i++) task = createTask(link(task, i));
    yield* sleep(1);
    task.cancel();
    yield* sleep(1);
    return task.cancelled();
  }
  expect(await run(main(), { loopFactory: virtualLoop })).toBe(true);
  expect(ended).toEqual(Array.from({ length: 20_001 }, (_, i) => i));
});
