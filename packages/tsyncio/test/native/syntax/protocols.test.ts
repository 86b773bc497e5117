"use tsyncio";
/**
 * Objects of JavaScript's protocols whose methods are in native syntax: their waits are those of the task that uses
 * them.
 */

import {
  anext,
  asyncFor,
  asyncMap,
  asyncWith,
  createTask,
  cursor,
  fromAsyncIterable,
  getRunningLoop,
  run,
  sleep,
  toArray,
  virtualLoop,
  wait,
} from "tsyncio";
import { expect, it } from "vitest";

class Counter {
  readonly log: string[] = [];
  private current = 0;
  private readonly stop: number;

  constructor(stop: number) {
    this.stop = stop;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  async next(): Promise<IteratorResult<number, undefined>> {
    try {
      await sleep(1);
      this.log.push(`next at ${getRunningLoop().time()}`);
      return this.current < this.stop ? { value: this.current++, done: false } : { value: undefined, done: true };
    } finally {
      if (this.log.length === 0) this.log.push(`next left at ${getRunningLoop().time()}`);
    }
  }

  async return(): Promise<IteratorResult<number, undefined>> {
    await sleep(1);
    this.log.push(`closed at ${getRunningLoop().time()}`);
    return { value: undefined, done: true };
  }
}

async function byAsyncFor(source: Counter) {
  const items: number[] = [];
  await asyncFor(source, async (item) => {
    items.push(item);
  });
  return items;
}

async function byCursor(source: Counter) {
  const items: number[] = [];
  const at = cursor(source);
  while (await at.next()) items.push(at.value);
  return items;
}

async function byAnext(source: Counter) {
  const iterator = fromAsyncIterable(source);
  return [await iterator.anext(), await anext(source), await anext(source, 5)];
}

async function byForAwait(source: Counter) {
  const items: number[] = [];
  for await (const item of source) items.push(item);
  return items;
}

it.each<[string, (source: Counter) => Promise<number[]>, number[]]>([
  ["toArray", async (source) => await toArray(source), [0, 1]],
  ["asyncMap", async (source) => await toArray(asyncMap(source, (n) => n * 2)), [0, 2]],
  ["asyncFor", byAsyncFor, [0, 1]],
  ["cursor", byCursor, [0, 1]],
  ["anext", byAnext, [0, 1, 5]],
  ["for await", byForAwait, [0, 1]],
])("%s waits for next() on the loop of its task", (_name, iterate, items) =>
  run(itemsAndLog(iterate, items), { loopFactory: virtualLoop }),
);

async function itemsAndLog(iterate: (source: Counter) => Promise<number[]>, items: number[]) {
  const source = new Counter(2);
  expect(await iterate(source)).toEqual(items);
  expect(source.log).toEqual(["next at 1", "next at 2", "next at 3"]);
}

it("a cancellation reaches next(), wherever it waits", () => {
  async function main() {
    const source = new Counter(2);
    const task = createTask(toArray(source));
    await sleep(0.5);
    task.cancel();
    await wait([task]);
    await sleep(5);
    expect(task.cancelled()).toBe(true);
    expect(source.log).toEqual(["next left at 0.5"]);
  }
  return run(main(), { loopFactory: virtualLoop });
});

it("aclose() waits for return()", () => {
  async function main() {
    const source = new Counter(2);
    const at = cursor(source);
    await at.next();
    await at.aclose();
    expect(source.log).toEqual(["next at 1", "closed at 2"]);
  }
  return run(main(), { loopFactory: virtualLoop });
});

it("asyncWith waits for [Symbol.asyncDispose](), as await using does", () => {
  const log: string[] = [];
  class File {
    async [Symbol.asyncDispose]() {
      await sleep(1);
      log.push(`closed at ${getRunningLoop().time()}`);
    }
  }
  async function main() {
    await asyncWith(new File(), async () => log.push("body"));
    {
      await using _file = new File();
    }
    expect(log).toEqual(["body", "closed at 1", "closed at 2"]);
  }
  return run(main(), { loopFactory: virtualLoop });
});
