"use tsyncio";

/**
 * What linters say of native syntax. A line that a rule must report ends with its name in a comment; they must report
 * no other. driver.mjs compares.
 */

import {
  anext,
  asCompleted,
  asyncFor,
  asyncWith,
  createTask,
  cursor,
  Event,
  fromPromise,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  run,
  Semaphore,
  shield,
  sleep,
  TaskGroup,
  timeout,
  toArray,
  toPromise,
  wait,
  waitFor,
} from "tsyncio";
import { openConnection, startServer } from "tsyncio/net";
import { simulate } from "tsyncio/testing";

async function fetchOne(n: number): Promise<number> {
  await sleep(1);
  return n;
}
async function* count(n: number) {
  for (let i = 0; i < n; i++) {
    await sleep(1);
    yield i;
  }
}
class Service {
  readonly #queue = new Queue<number>();
  async add(n: number) {
    await this.#queue.put(n);
  }
  take = async () => await this.#queue.get();
  async drain() {
    this.#queue.join(); // tsyncio/no-dropped-coroutine
    this.add(1); // no-floating-promises tsyncio/no-dropped-coroutine
    while (!this.#queue.empty()) await sleep(0); // tsyncio/no-polling
    try {
      await this.take();
    } catch (error) {
      console.error(error);
    }
  }
}

/** A call whose coroutine nothing awaits. */
export async function floating(service: Service) {
  fetchOne(1); // no-floating-promises tsyncio/no-dropped-coroutine
  service.add(1); // no-floating-promises
  sleep(1); // tsyncio/no-dropped-coroutine
  void fetchOne(1); // tsyncio/no-dropped-coroutine
  service.take(); // no-floating-promises
  toPromise(sleep(1)); // no-floating-promises
  const loop = getRunningLoop();
  loop.runUntilComplete(fetchOne(1)); // no-floating-promises
  createTask(fetchOne(1)); // tsyncio/no-dropped-task
  const later = createTask(fetchOne(1));
  await later;
  fetchOne(1).catch(() => 0);
  await fetchOne(1);
}

/** A promise where a value, or a function that returns nothing, is wanted. */
export async function misused(service: Service, numbers: number[]) {
  if (fetchOne(1)) return; // no-misused-promises
  const text = (await fetchOne(1)) > 0 ? "yes" : "no";
  numbers.forEach(async (n) => void (await fetchOne(n))); // no-misused-promises
  while (service.take()) return; // no-misused-promises
  const all = await gather(numbers.map(async (n) => await fetchOne(n)));
  return { text, all };
}

/** `await` of what cannot be awaited. */
export async function thenable(lock: Lock, group: TaskGroup) {
  await lock; // await-thenable
  await group; // await-thenable
  await fetchOne; // await-thenable
  await lock.locked(); // await-thenable
  await lock.acquire();
  lock.release();
}

/** By the types that are written in the module. */
async function declared(lock: Lock) {
  await using twice = await lock.acquire(); // tsyncio/no-await-using-acquire
  lock.acquire(); // tsyncio/no-dropped-coroutine
  return twice;
}

class Holder {
  private readonly slots: Semaphore;

  constructor(slots = new Semaphore(1)) {
    this.slots = slots;
  }

  async take() {
    await using twice = await this.slots.acquire(); // tsyncio/no-await-using-acquire
    return twice;
  }
}

/** What must not be reported. */
export async function fine(signal: AbortSignal) {
  const task = createTask(fetchOne(1), { name: "one" });
  await task;
  await sleep(0);
  await new Event().wait();
  await gather(fetchOne(1), fetchOne(2), sleep(1));
  await gather([fetchOne(1), task], { returnExceptions: true });
  await waitFor(fetchOne(1), 1);
  await shield(fetchOne(1));
  const [done] = await wait([fetchOne(1), createTask(fetchOne(2))]);
  for (const future of done) await future;
  for (const next of asCompleted([fetchOne(1)])) await next;
  for await (const n of count(2)) await sleep(n);
  await asyncFor(count(2), async (n) => {
    await sleep(n);
  });
  await toArray(count(2));
  await anext(count(2));
  const c = cursor(count(2));
  while (await c.next()) await sleep(c.value);
  await asyncWith(timeout(1), async () => {
    await fetchOne(1);
  });
  {
    await using group = new TaskGroup();
    group.createTask(fetchOne(1));
    for (const n of [1, 2]) group.createTask(fetchOne(n));
  }
  {
    await using _deadline = timeout(1);
    await using _lock = new Lock();
    using _held = await new Lock().acquire();
    using _permit = await new Semaphore(1).acquire();
    await using _twice = await new Semaphore(1).acquire(); // tsyncio/no-await-using-acquire
  }
  await declared(new Lock());
  await new Holder().take();
  await fromPromise((aborted) => fetch("/", { signal: AbortSignal.any([signal, aborted]) }));
  await using server = await startServer(async (reader, writer) => {
    for await (const line of reader) await writer.write(line);
  });
  const [reader, writer] = await openConnection("localhost", server.sockets.length);
  writer.write(await reader.readline());
  await writer.drain();
  simulate(async (sim) => {
    await sim.advance(1);
  });
}

await run(fine(AbortSignal.timeout(1000)));
run(floating(new Service())); // no-floating-promises
