"use tsyncio";
/** tsyncio in native syntax: what native.ts has, with tsyncio's functions where the platform has none. */
import { gather, Queue, run, sleep } from "tsyncio";
import { measure } from "../measure.ts";
import { copies } from "../workloads.ts";

const TASKS = 1_000;

async function yields(times: number): Promise<number> {
  for (let i = 0; i < times; i += 1) await sleep(0);
  return times;
}

async function beneath(frames: number, times: number): Promise<number> {
  if (frames === 0) {
    for (let i = 0; i < times; i += 1) await sleep(0);
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

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

async function switches(count: number): Promise<number> {
  return sum(await gather(copies(TASKS, () => yields(count / TASKS))));
}

async function calls(count: number): Promise<number> {
  let done = 0;
  for (let i = 0; i < count; i += 1) done += await trivial();
  return done;
}

async function closures(count: number): Promise<number> {
  let done = 0;
  for (let i = 0; i < count; i += 1) {
    const one = async (): Promise<number> => i - i + 1;
    done += await one();
  }
  return done;
}

async function deep(count: number): Promise<number> {
  return sum(await gather(copies(100, () => beneath(10, count / 100))));
}

async function queue(count: number): Promise<number> {
  const queue = new Queue<number>(100);
  const produce = async (): Promise<void> => {
    for (let i = 0; i < count; i += 1) await queue.put(1);
  };
  const consume = async (): Promise<number> => {
    let taken = 0;
    for (let i = 0; i < count; i += 1) taken += await queue.get();
    return taken;
  };
  const [, taken] = await gather(produce(), consume());
  return taken;
}

async function forAwait(count: number): Promise<number> {
  let done = 0;
  for await (const item of items(count)) done += item;
  return done;
}

async function promises(count: number): Promise<number> {
  const settled = Promise.resolve(1);
  let done = 0;
  for (let i = 0; i < count; i += 1) done += await settled;
  return done;
}

await measure({
  switch: (count) => run(switches(count)),
  call: (count) => run(calls(count)),
  closure: (count) => run(closures(count)),
  deep: (count) => run(deep(count)),
  queue: (count) => run(queue(count)),
  for_await: (count) => run(forAwait(count)),
  promise: (count) => run(promises(count)),
});
