"use tsyncio";
/** fromCallback, fromEvent, events, retry, asyncMap with a limit and isolated tasks, in native syntax. */

import {
  asyncMap,
  CancelledError,
  type Coroutine,
  createTask,
  events,
  fromCallback,
  fromEvent,
  fromPromise,
  getRunningLoop,
  retry,
  run,
  sleep,
  TaskGroup,
  virtualLoop,
} from "tsyncio";
import { expect, it } from "vitest";
import { Target } from "../../interop/emitter.ts";

const virtual = { loopFactory: virtualLoop };

it("await fromCallback and fromEvent, and for await over events", () => {
  async function main() {
    const loop = getRunningLoop();
    const target = new Target();
    const tick = () => target.dispatchEvent(new Event("tick"));
    expect(await fromCallback<number>((resolve) => loop.callLater(1, () => resolve(5)))).toBe(5);
    loop.callLater(1, tick);
    expect((await fromEvent(target, "tick")).type).toBe("tick");
    let count = 0;
    for (const at of [1, 2, 3]) loop.callLater(at, tick);
    for await (const event of events(target, "tick")) {
      expect(event.type).toBe("tick");
      if (++count === 2) break;
    }
    expect(target.count).toBe(0);
    const task = createTask(
      (async () => {
        for await (const _ of events(target, "tick", { error: "error" })) await sleep(100);
      })(),
    );
    await sleep(0.5);
    expect(target.count).toBe(2);
    task.cancel();
    expect(await task.catch((error) => error)).toBeInstanceOf(CancelledError);
    expect(target.count).toBe(0);
    async function* relay() {
      yield* events(target, "tick", { end: "end" });
    }
    loop.callLater(1, tick);
    loop.callLater(2, () => target.dispatchEvent(new Event("end")));
    const got = [];
    for await (const event of relay()) got.push(event.type);
    expect([got, target.count]).toEqual([["tick", "tick"].slice(0, got.length), 0]);
    expect(got.length).toBeGreaterThan(0);
  }
  return run(main(), virtual);
});

it("async functions for retry, when and on, and for asyncMap", () => {
  async function main() {
    const log: string[] = [];
    const result = await retry(
      async (attempt) => {
        await sleep(1);
        if (attempt < 3) throw new Error(`attempt ${attempt}`);
        return attempt;
      },
      {
        delay: 1,
        jitter: 0,
        when: async (error) => {
          await sleep(1);
          return error instanceof Error;
        },
        on: async (error) => {
          await sleep(1);
          log.push(String(error));
        },
      },
    );
    expect([result, log, getRunningLoop().time()]).toEqual([3, ["Error: attempt 1", "Error: attempt 2"], 10]);

    const begun: number[] = [];
    async function work(n: number) {
      begun.push(n);
      await sleep(n);
      return n * 2;
    }
    for await (const value of asyncMap([3, 2, 1, 9, 9], work, { limit: 2 })) {
      if (value === 4) break;
    }
    expect(begun).toEqual([3, 2]); // the next ones would begin in the next turn
  }
  return run(main(), virtual);
});

it("an isolated task in a group of await using", () => {
  async function main() {
    const reports: unknown[] = [];
    getRunningLoop().setExceptionHandler((_loop, { exception }) => reports.push(String(exception)));
    let served = 0;
    {
      await using group = new TaskGroup();
      for (const fails of [false, true, false]) {
        group.createTask(
          (async () => {
            await sleep(1);
            if (fails) throw new Error("client gone");
            served++;
          })(),
          { isolated: true },
        );
      }
    }
    expect([served, reports]).toEqual([2, ["Error: client gone"]]);
  }
  return run(main(), virtual);
});

it("an async function that fromPromise calls is cancelled with the task that waits, cleans up, and nothing is reported", () => {
  async function main() {
    const reports: unknown[] = [];
    getRunningLoop().setExceptionHandler((_loop, { exception }) => reports.push(exception));
    const log: string[] = [];
    const work = async (signal: AbortSignal) => {
      try {
        await sleep(60);
      } finally {
        await sleep(0.001);
        log.push(`cleaned up, aborted: ${signal.aborted}`);
      }
      return "never";
    };
    const fails = async (signal: AbortSignal) => {
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    expect(await fromPromise(async () => sleep(0, "result"))).toBe("result");
    const coroutines: Coroutine<unknown>[] = [fromPromise(work, { settle: 10 }), fromPromise(fails)];
    for (const coroutine of coroutines) {
      const task = createTask(coroutine);
      await sleep(0.001);
      task.cancel();
      expect(await task.catch((error) => error)).toBeInstanceOf(CancelledError);
    }
    await sleep(0.001);
    expect([log, reports]).toEqual([["cleaned up, aborted: true"], []]);
  }
  return run(main());
});
