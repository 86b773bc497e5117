// The lean build where it belongs, in a browser, on real time. The conformance cases run on it too, on the virtual clock.
import {
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  fromPromise,
  gather,
  Queue,
  run,
  sleep,
  TaskGroup,
  TimeoutError,
  timeout,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";

describe("the lean build", () => {
  it("sleeps, and runs tasks meanwhile", async () => {
    const log: string[] = [];
    function* sleeper(name: string, delay: number): Coroutine<string> {
      yield* sleep(delay);
      log.push(name);
      return name;
    }
    const begun = performance.now();
    const names = await run(
      (function* () {
        return yield* gather(sleeper("second", 0.04), sleeper("first", 0.02), sleeper("at once", 0));
      })(),
    );
    expect(names).toEqual(["second", "first", "at once"]);
    expect(log).toEqual(["at once", "first", "second"]);
    expect(performance.now() - begun >= 39).toBe(true);
  });

  it("wakes on the page's promises, and lets the page have its turns", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const count = await run(
      (function* () {
        let turns = 0;
        const begun = performance.now();
        while (performance.now() - begun < 100) {
          yield* sleep(0);
          turns++;
        }
        expect(yield* fromPromise(fetch("/cases.json").then((response) => response.ok))).toBe(true);
        return turns;
      })(),
    );
    clearInterval(timer);
    expect(count > 1000).toBe(true);
    expect(ticks > 3).toBe(true);
  });

  it("cancels, times out, and cleans up what is left over at the end", async () => {
    const log: string[] = [];
    function* forever(name: string): Coroutine<void> {
      try {
        yield* sleep(1000);
      } finally {
        yield* sleep(0);
        log.push(`${name} cleaned up`);
      }
    }
    await run(
      (function* () {
        createTask(forever("left over"));
        try {
          yield* waitFor(forever("waitFor"), 0.01);
        } catch (error) {
          log.push(String(error instanceof TimeoutError));
        }
        try {
          yield* asyncWith(timeout(0.01), () => forever("timeout"));
        } catch (error) {
          log.push(String(error instanceof TimeoutError));
        }
        const task = createTask(forever("cancelled"));
        yield* sleep(0);
        task.cancel("enough");
        try {
          yield* task;
        } catch (error) {
          log.push(String(error instanceof CancelledError), (error as Error).message, String(error));
        }
      })(),
    );
    expect(log).toEqual([
      "waitFor cleaned up",
      "true",
      "timeout cleaned up",
      "true",
      "cancelled cleaned up",
      "true",
      "enough",
      "CancelledError: enough",
      "left over cleaned up",
    ]);
  });

  it("keeps the order of a thousand timers that come and go", async () => {
    const found: number[] = [];
    const expected: number[] = [];
    await run(
      asyncWith(new TaskGroup(), function* (group) {
        for (let i = 0; i < 1000; i++) {
          const at = (i * 7919) % 50;
          const task = group.createTask(
            (function* () {
              yield* sleep(at / 1000);
              found.push(at);
            })(),
          );
          if (i % 10 === 0) {
            yield* sleep(0);
            task.cancel();
          } else expected.push(at);
        }
      }),
    );
    expect(found.length).toBe(expected.length);
  });

  it("passes items through a queue, and reports what nobody has caught", async () => {
    const reports: string[] = [];
    const items = await run(
      (function* () {
        const loop = createTask(sleep(0)).getLoop();
        loop.setExceptionHandler((_, context) => reports.push(context.message));
        loop.callSoon(() => {
          throw new Error("in a callback");
        });
        createTask(
          (function* () {
            throw new Error("of a task");
          })(),
        );
        const queue = new Queue<number>(2);
        const producer = createTask(
          (function* () {
            for (let i = 0; i < 5; i++) yield* queue.put(i);
          })(),
        );
        const got: number[] = [];
        while (got.length < 5) got.push(yield* queue.get());
        yield* producer;
        return got;
      })(),
    );
    expect(items).toEqual([0, 1, 2, 3, 4]);
    expect(reports).toEqual(["Exception in callback", "Task exception was never retrieved"]);
  });
});
