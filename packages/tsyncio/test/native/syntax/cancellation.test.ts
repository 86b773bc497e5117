"use tsyncio";
/**
 * The cancellation shape of the README in native syntax: a coroutine that is cancelled at any kind of await cleans up
 * to the end.
 */

import {
  Barrier,
  Condition,
  createTask,
  Event,
  gather,
  getRunningLoop,
  isCancelled,
  Lock,
  Queue,
  run,
  Semaphore,
  shield,
  sleep,
  TaskGroup,
  timeout,
  virtualLoop,
  waitFor,
} from "tsyncio";
import { expect, it } from "vitest";

type Log = string[];

async function nested(depth: number): Promise<void> {
  if (depth === 0) await sleep(60);
  else await nested(depth - 1);
}

async function* slowItems(log: Log): AsyncGenerator<number, void> {
  try {
    for (;;) {
      await sleep(60);
      yield 1;
    }
  } finally {
    log.push("generator closed");
  }
}

async function* items(log: Log): AsyncGenerator<number, void> {
  try {
    yield 1;
    yield 2;
  } finally {
    await sleep(0.1);
    log.push("generator closed");
  }
}

class Slow {
  async [Symbol.asyncDispose](): Promise<void> {
    await sleep(60);
  }
}

class SlowToEnter {
  readonly log: Log;
  constructor(log: Log) {
    this.log = log;
  }
  async aenter(): Promise<this> {
    await sleep(60);
    return this;
  }
  async aexit(): Promise<void> {
    this.log.push("left, though never entered");
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

class Methods {
  readonly seconds = 60;
  async public(): Promise<void> {
    await this.#private();
  }
  async #private(): Promise<void> {
    await sleep(this.seconds);
  }
  static async static(): Promise<void> {
    await new Methods().public();
  }
  readonly arrow = async (): Promise<void> => {
    await sleep(this.seconds);
  };
}

/** Each waits for a minute, one way or another. Logs what has to be seen before the cleanup. */
const kinds: Record<string, (log: Log) => Promise<unknown>> = {
  "a coroutine, five deep": async () => await nested(5),
  "a coroutine that is returned": async () => nested(1),
  "sleep()": async () => await sleep(60),
  "a polling loop": async () => {
    for (;;) await null;
  },
  "a task": async (log) => {
    const task = createTask(nested(1));
    try {
      await task;
    } finally {
      log.push(`task cancelled: ${task.cancelled()}`);
    }
  },
  "a future": async () => await getRunningLoop().createFuture(),
  "gather()": async () => await gather(nested(1), sleep(60)),
  "gather() of a list of closures": async () => await gather([1, 2].map(async (n) => await nested(n))),
  "waitFor()": async () => await waitFor(nested(1), 100),
  "shield()": async () => await shield(sleep(5)),
  "a lock": async () => {
    const lock = new Lock();
    await lock.acquire();
    await lock.acquire();
  },
  "a semaphore": async () => await new Semaphore(0).acquire(),
  "a condition": async () => {
    await using condition = new Condition();
    await condition.wait();
  },
  "an event": async () => await new Event().wait(),
  "a barrier": async () => await new Barrier(2).wait(),
  "a queue": async () => await new Queue().get(),
  "a method, and a private one": async () => await new Methods().public(),
  "a static method": async () => await Methods.static(),
  "an arrow with this": async () => await new Methods().arrow(),
  "an object's method": async () =>
    await {
      async wait() {
        await sleep(60);
      },
    }.wait(),
  "a function in place": async () =>
    await (async function wait() {
      await sleep(60);
    })(),
  "a parameter": async () => {
    const call = async (fn: () => Promise<void>): Promise<void> => await fn();
    await call(async () => await sleep(60));
  },
  "for await, in the iterator": async (log) => {
    for await (const item of slowItems(log)) log.push(`item ${item}`);
  },
  "for await, in the body": async (log) => {
    for await (const item of items(log)) await sleep(60 * item);
  },
  "for await of what has to be awaited": async (log) => {
    for await (const item of [1, sleep(60), 3]) log.push(`item ${item}`);
  },
  "yield*": async (log) => {
    async function* outer(): AsyncGenerator<number, void> {
      yield* slowItems(log);
    }
    for await (const item of outer()) log.push(`item ${item}`);
  },
  "next() of a generator": async (log) => await slowItems(log).next(),
  "await using, in the enter": async (log) => {
    await using _ = new SlowToEnter(log);
  },
  "await using, in the body": async () => {
    await using group = new TaskGroup();
    group.createTask(nested(1));
    await sleep(60);
  },
  "await using, waiting for children": async () => {
    await using group = new TaskGroup();
    group.createTask(nested(1));
  },
  "await using, in the disposal": async () => {
    await using _ = new Slow();
  },
  "await using of a timeout": async () => {
    await using _ = timeout(100);
    await nested(1);
  },
  "using of a lock": async () => {
    using _ = await new Lock().acquire();
    await sleep(60);
  },
  "a catch, in which it waits": async () => {
    try {
      throw new Error("before");
    } catch {
      await sleep(60);
    }
  },
  "a finally, in which it waits": async () => {
    try {
      await null;
    } finally {
      await sleep(60);
    }
  },
  "a catch around it": async (log) => {
    try {
      await nested(1);
    } catch (error) {
      log.push(`caught ${error}`);
    }
  },
  "a catch that names nothing": async (log) => {
    try {
      await nested(1);
    } catch {
      log.push("caught");
    }
  },
  ".then()": async () => await nested(1).then(() => 1),
  ".catch()": async (log) => await nested(1).catch(() => void log.push("caught")),
  ".finally()": async (log) => await nested(1).finally(() => void log.push("finally")),
  "a promise": async () => await new Promise(() => {}),
  "Promise.race()": async () => await Promise.race([new Promise(() => {})]),
};

const before: Record<string, string[]> = {
  "a task": ["task cancelled: true"],
  "for await, in the iterator": ["generator closed"],
  "for await, in the body": ["generator closed"],
  "for await of what has to be awaited": ["item 1"],
  "yield*": ["generator closed"],
  "next() of a generator": ["generator closed"],
  ".finally()": ["finally"],
};

async function shape(wait: (log: Log) => Promise<unknown>, log: Log): Promise<void> {
  try {
    await wait(log);
  } finally {
    await sleep(1);
    log.push("c1");
    await sleep(1);
    log.push("c2");
  }
  log.push("LEAK");
}

async function cancelled(wait: (log: Log) => Promise<unknown>): Promise<Log> {
  const log: Log = [];
  const task = createTask(shape(wait, log));
  await sleep(0);
  await sleep(0);
  task.cancel();
  try {
    await task;
  } catch (error) {
    if (!isCancelled(error)) throw error;
  }
  if (!task.cancelled()) log.push("not cancelled");
  return log;
}

it.each(Object.keys(kinds))("%s", (kind) => {
  const wait = kinds[kind] as (log: Log) => Promise<unknown>;
  return run(cancelled(wait), { loopFactory: virtualLoop }).then((log) =>
    expect(log).toEqual([...(before[kind] ?? []), "c1", "c2"]),
  );
});
