/** Promises and async functions. */
import { measure } from "../measure.ts";
import { copies, delays } from "../workloads.ts";

const TASKS = 1_000;

async function pause(): Promise<void> {
  await null;
}

async function yields(times: number): Promise<number> {
  for (let i = 0; i < times; i += 1) await pause();
  return times;
}

async function beneath(frames: number, times: number): Promise<number> {
  if (frames === 0) {
    for (let i = 0; i < times; i += 1) await pause();
    return times;
  }
  return await beneath(frames - 1, times);
}

async function trivial(): Promise<number> {
  return 1;
}

async function* items(count: number): AsyncGenerator<number, void> {
  for (let i = 0; i < count; i += 1) yield 1;
}

async function once(): Promise<number> {
  await pause();
  return 1;
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function calls(count: number): Promise<number> {
  let done = 0;
  for (let i = 0; i < count; i += 1) done += await trivial();
  return done;
}

/** A ring with two lists of waiters. */
class BoundedQueue<T> {
  readonly #ring: (T | undefined)[];
  readonly #getters: (() => void)[] = [];
  readonly #putters: (() => void)[] = [];
  #first = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#ring = new Array<T | undefined>(capacity).fill(undefined);
  }

  async put(item: T): Promise<void> {
    while (this.#size === this.#ring.length) await new Promise<void>((resolve) => this.#putters.push(resolve));
    this.#ring[(this.#first + this.#size) % this.#ring.length] = item;
    this.#size += 1;
    this.#getters.shift()?.();
  }

  async get(): Promise<T> {
    while (this.#size === 0) await new Promise<void>((resolve) => this.#getters.push(resolve));
    const item = this.#ring[this.#first] as T;
    this.#ring[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#ring.length;
    this.#size -= 1;
    this.#putters.shift()?.();
    return item;
  }
}

/** A chain of promises: each use of the lock waits for the one before. */
class Lock {
  #tail: Promise<void> = Promise.resolve();

  run(body: () => Promise<void>): Promise<void> {
    const used = this.#tail.then(body);
    this.#tail = used.catch(() => {});
    return used;
  }
}

await measure({
  switch: async (count) => sum(await Promise.all(copies(TASKS, () => yields(count / TASKS)))),

  // A promise has no task: to start one is to call, to join it is to await.
  spawn_join: calls,

  fanout: async (count) => sum(await Promise.all(copies(count, once))),

  call: calls,

  closure: async (count) => {
    let done = 0;
    for (let i = 0; i < count; i += 1) {
      const one = async () => i - i + 1;
      done += await one();
    }
    return done;
  },

  deep: async (count) => sum(await Promise.all(copies(100, () => beneath(10, count / 100)))),

  queue: async (count) => {
    const queue = new BoundedQueue<number>(100);
    const produce = async (): Promise<void> => {
      for (let i = 0; i < count; i += 1) await queue.put(1);
    };
    const consume = async (): Promise<number> => {
      let taken = 0;
      for (let i = 0; i < count; i += 1) taken += await queue.get();
      return taken;
    };
    const [, taken] = await Promise.all([produce(), consume()]);
    return taken;
  },

  for_await: async (count) => {
    let done = 0;
    for await (const item of items(count)) done += item;
    return done;
  },

  promise: async (count) => {
    const settled = Promise.resolve(1);
    let done = 0;
    for (let i = 0; i < count; i += 1) done += await settled;
    return done;
  },

  timers: async (count) => (await Promise.all(delays(count).map(wait))).length,

  cancel: async (count) => {
    let ended = 0;
    const block = async (signal: AbortSignal): Promise<void> => {
      try {
        await new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
      } finally {
        ended += 1;
      }
    };
    const controllers = copies(count, () => new AbortController());
    const tasks = controllers.map((controller) => block(controller.signal));
    for (const controller of controllers) controller.abort();
    await Promise.allSettled(tasks);
    return ended;
  },

  lock: async (count) => {
    const lock = new Lock();
    const hold = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i += 1) await lock.run(pause);
      return times;
    };
    return sum(await Promise.all(copies(100, () => hold(count / 100))));
  },

  memory: async (count, probe) => {
    probe();
    let open!: () => void;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const block = async (): Promise<number> => {
      await gate;
      return 1;
    };
    const tasks = copies(count, block);
    await pause();
    probe();
    open();
    return sum(await Promise.all(tasks));
  },
});
