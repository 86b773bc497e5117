"use tsyncio";
/** Rule 3: `for await` closes what it leaves early, and async generators have JavaScript's protocol. */

import { createTask, isCancelled, Queue, run, sleep, TaskGroup, virtualLoop, wait, waitFor } from "tsyncio";
import { expect, it } from "vitest";

type Log = unknown[];

async function* numbers(log: Log): AsyncGenerator<number, void> {
  try {
    for (let i = 0; ; i++) {
      await sleep(1);
      yield i;
    }
  } finally {
    await sleep(1);
    log.push("closed");
  }
}

/** A child fills the queue forever. */
async function* produced(log: Log): AsyncGenerator<number, void> {
  await using group = new TaskGroup();
  const queue = new Queue<number>(1);
  group.createTask(
    (async () => {
      try {
        for (let i = 0; ; i++) await queue.put(i);
      } finally {
        log.push("producer cancelled");
      }
    })(),
  );
  for (;;) yield await queue.get();
}

async function* failsInClosing(): AsyncGenerator<number, void> {
  try {
    yield 1;
  } finally {
    // biome-ignore lint/correctness/noUnsafeFinally: on purpose
    throw new Error("in closing");
  }
}

const programs: Record<string, [program: (log: Log) => Promise<unknown>, expected: Log]> = {
  "break, continue and labels": [
    async (log) => {
      outer: for await (const a of numbers(log)) {
        for (const b of [1, 2]) {
          if (b === 2) continue outer;
          if (a === 2) break outer;
          log.push([a, b]);
        }
      }
    },
    [[0, 1], [1, 1], "closed"],
  ],
  "return, with what is waited for": [
    async (log) => {
      const first = async (): Promise<number> => {
        for await (const n of numbers(log)) if (n === 1) return n;
        return -1;
      };
      log.push(await first());
    },
    ["closed", 1],
  ],
  "a group in the generator is cancelled, not waited for": [
    async (log) => {
      for await (const n of produced(log)) if (n === 3) break;
      log.push("left");
    },
    ["producer cancelled", "left"],
  ],
  "through yield*, too": [
    async (log) => {
      async function* outer(): AsyncGenerator<number, void> {
        try {
          yield* produced(log);
        } finally {
          log.push("outer closed");
        }
      }
      for await (const n of outer()) if (n === 3) break;
    },
    ["producer cancelled", "outer closed"],
  ],
  "an error of the body goes before one in closing": [
    async (log) => {
      try {
        for await (const n of failsInClosing()) throw new Error(`of the body, ${n}`);
      } catch (error) {
        log.push(String(error));
      }
    },
    ["Error: of the body, 1"],
  ],
  "an error in closing is not lost": [
    async (log) => {
      try {
        for await (const _ of failsInClosing()) break;
      } catch (error) {
        log.push(String(error));
      }
    },
    ["Error: in closing"],
  ],
  "a cancellation in the generator runs its cleanup to the end": [
    async (log) => {
      const task = createTask(
        (async () => {
          for await (const n of numbers(log)) log.push(n);
        })(),
      );
      await sleep(1.5);
      task.cancel();
      try {
        await task;
      } catch (error) {
        log.push(isCancelled(error));
      }
    },
    [0, "closed", true],
  ],
  "a step that times out ends its generator": [
    async (log) => {
      const generator = numbers(log);
      try {
        await waitFor(generator.next(), 0.5);
      } catch (error) {
        log.push((error as Error).name);
      }
      log.push(await generator.next());
    },
    ["closed", "TimeoutError", { value: undefined, done: true }],
  ],
  "a sync iterable whose item is rejected is closed": [
    async (log) => {
      const items = {
        i: 0,
        [Symbol.iterator]() {
          return this;
        },
        next() {
          const value = this.i++ === 1 ? sleep(0).then(() => Promise.reject(new Error("item"))) : 0;
          return { value, done: false };
        },
        return() {
          log.push("closed");
          return { value: undefined, done: true };
        },
      };
      try {
        for await (const item of items as unknown as Iterable<number>) log.push(item);
      } catch (error) {
        log.push(String(error));
      }
    },
    [0, "closed", "Error: item"],
  ],
  "return(), throw() and next() of a generator": [
    async (log) => {
      const generator = (async function* (): AsyncGenerator<number, number> {
        try {
          yield 1;
        } catch (error) {
          log.push(String(error));
          yield 2;
        } finally {
          yield 3;
          log.push("finally");
        }
        return 4;
      })();
      log.push(await generator.next(), await generator.throw(new Error("thrown")));
      log.push(
        await generator.return(sleep(1, 5) as unknown as number),
        await generator.next(),
        await generator.next(),
      );
    },
    [
      "Error: thrown",
      { value: 1, done: false },
      { value: 2, done: false },
      "finally",
      { value: 3, done: false },
      { value: 5, done: true },
      { value: undefined, done: true },
    ],
  ],
  "requests that are made together are served in order": [
    async (log) => {
      const generator = (async function* (): AsyncGenerator<number, string> {
        await sleep(1);
        yield 1;
        return "end";
      })();
      const group = [generator.next(), generator.next(), generator.next()].map((step) => createTask(step));
      for (const step of group) log.push(await step);
    },
    [
      { value: 1, done: false },
      { value: "end", done: true },
      { value: undefined, done: true },
    ],
  ],
  "a request that is cancelled in line, or just as its turn has come, keeps no other from its turn": [
    async (log) => {
      const generator = numbers(log);
      const ask = async (name: string) => {
        log.push(name, (await generator.next()).value);
        if (name === "first") tasks[2]?.cancel(); // whose turn it is now
      };
      const tasks = ["first", "in line", "its turn", "last"].map((name) => createTask(ask(name)));
      await sleep(0.5);
      tasks[1]?.cancel();
      await wait(tasks);
      log.push(
        tasks.map((task) => task.cancelled()),
        (await generator.next()).value,
      );
    },
    ["first", 0, "last", 1, [false, true, true, false], 2, "closed"],
  ],
};

it.each(Object.keys(programs))("%s", (name) => {
  const [program, expected] = programs[name] as (typeof programs)[string];
  const main = async (): Promise<Log> => {
    const log: Log = [];
    await program(log);
    return log;
  };
  // A promise is waited for in real time.
  const options = name.startsWith("a sync") ? {} : { loopFactory: virtualLoop };
  return run(main(), options).then((log) => expect(log).toEqual(expected));
});
