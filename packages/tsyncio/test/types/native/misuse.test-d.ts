"use tsyncio";

/**
 * What must not compile in native syntax. Checked by tsc: a `@ts-expect-error` above a line without an error is an
 * error itself.
 */

import {
  asyncFor,
  asyncWith,
  Barrier,
  coroutine,
  createTask,
  ensureFuture,
  gather,
  Lock,
  Queue,
  Runner,
  run,
  shield,
  sleep,
  type Task,
  TaskGroup,
  timeout,
  toArray,
  wait,
  waitFor,
} from "tsyncio";
import { blocking, type ThreadPoolExecutor } from "tsyncio/executors";
import { openConnection } from "tsyncio/net";
import { explore, simulate } from "tsyncio/testing";

async function good(n = 1): Promise<number> {
  await sleep(1);
  return n;
}
async function* items() {
  yield 1;
}
function* yieldsNumber() {
  yield 1;
}

export function inPlaceOfCoroutines(task: Task<number>, group: TaskGroup) {
  // @ts-expect-error the function instead of its call
  createTask(good);
  // @ts-expect-error a task is no coroutine: what it waits for has begun
  createTask(task);
  // @ts-expect-error a number
  createTask(5);
  // @ts-expect-error an async generator
  createTask(items());
  // @ts-expect-error a generator of numbers
  createTask(yieldsNumber());
  // @ts-expect-error a list
  createTask([good()]);
  // @ts-expect-error an option that there is not
  createTask(good(), { nmae: "x" });
  // @ts-expect-error the function instead of its call
  group.createTask(good);
  // @ts-expect-error a task of another group
  group.createTask(task);
  // @ts-expect-error the function instead of its call
  run(good);
  // @ts-expect-error a list
  run([good()]);
  // @ts-expect-error the function instead of its call
  new Runner().run(good);
  // @ts-expect-error the function instead of its call
  ensureFuture(good);
  // @ts-expect-error a text
  shield("good");
  // @ts-expect-error two lists, where one is wanted
  gather([good()], [good()]);
  // @ts-expect-error a function in the list
  gather([good(), good]);
  // @ts-expect-error an option that there is not
  gather([good()], { returnExeptions: true });
  // @ts-expect-error arguments, where a list is wanted
  wait(good(), good());
  // @ts-expect-error numbers in the list
  wait([1, 2]);
  // @ts-expect-error no timeout: null means without end
  waitFor(good());
  // @ts-expect-error a text as time
  waitFor(good(), "5");
  // @ts-expect-error a text as time
  sleep("1");
  // @ts-expect-error a call, where a function is wanted
  coroutine(good());
}

export async function results(queue: Queue<number>, pool: ThreadPoolExecutor) {
  // @ts-expect-error the result is a number
  const text: string = await good();
  // @ts-expect-error the results are numbers
  const pair: [number, string] = await gather(good(), good());
  // @ts-expect-error the queue is of numbers
  await queue.put("x");
  // @ts-expect-error the item is a number
  const item: string = await queue.get();
  // @ts-expect-error an array is not an async iterable
  await toArray([1]);
  // @ts-expect-error the argument is a number
  pool.submit(blocking(import.meta, good), "x");
  // @ts-expect-error a host and a port
  await openConnection({ host: "localhost" });
  return [text, pair, item];
}

export async function managers() {
  // @ts-expect-error its block gets a number, which await using cannot hand over: asyncWith
  await using barrier = new Barrier(2);
  // @ts-expect-error no manager of any kind
  await using nothing = {};
  // @ts-expect-error a lock is not held by being made: await lock.acquire()
  using lock = timeout(1);
  // @ts-expect-error no manager of any kind
  await asyncWith({}, async () => {});
  // @ts-expect-error the body returns nothing to wait for
  await asyncWith(new Lock(), () => 5);
  // @ts-expect-error the body returns nothing to wait for
  await asyncFor(items(), (item) => item);
  return [barrier, nothing, lock];
}

export function* generators() {
  // @ts-expect-error an async function is awaited, or wrapped: yield* createTask(good())
  yield* good();
  return yield* createTask(good());
}

class Loud extends TaskGroup {
  // @ts-expect-error aexit says whether the error goes no further
  override async aexit(): Promise<string> {
    return "x";
  }
}
class Slow extends Queue<number> {
  // @ts-expect-error native code awaits what the method returns: write it with async, or as get = coroutine(function*
  // …)
  override *get() {
    return yield* super.get();
  }
}
export const subclasses = [Loud, Slow];

export function testing() {
  // @ts-expect-error the call instead of the function
  simulate(good());
  // @ts-expect-error the call instead of the function
  explore(good());
  // @ts-expect-error an option that there is not
  explore(async () => {}, { iteration: 1 });
}
