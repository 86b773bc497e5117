import { createTask, Future, run, sleep } from "tsyncio";
import { expect, it } from "vitest";

it("does not report exceptions that were retrieved late, when many futures failed at once", async () => {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("this test needs --expose-gc");
  const reported: string[] = [];
  function* main() {
    const task = createTask(sleep(0));
    task.getLoop().setExceptionHandler((_loop, { message }) => reported.push(message));
    let futures = Array.from({ length: 200 }, () => new Future<void>());
    for (const future of futures) future.setException(new Error("late"));
    yield* sleep(0);
    for (const future of futures) expect(future.exception()).toBeInstanceOf(Error);
    futures = [];
    for (let i = 0; i < 5; i++) {
      gc?.();
      yield* sleep(0.01); // real time: the finalizers run between the turns of the platform
    }
  }
  await run(main());
  expect(reported).toEqual([]);
});
