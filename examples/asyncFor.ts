"use tsyncio";
// `for await`: a class whose iterator waits for each item; a loop that ends, and one that is left early.
// Python: python/asyncFor.py. Generator form: generators/asyncFor.ts.
// Note: asyncio (2023/03/05), async for.
// `async for` is `for await`; `__aiter__` and `__anext__` are those of JavaScript's protocol.
import { run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

export class AsyncCounter {
  current = 0;
  readonly stop: number;

  constructor(stop: number) {
    this.stop = stop;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  async next(): Promise<IteratorResult<number, undefined>> {
    if (this.current < this.stop) {
      await sleep(1);
      return { value: this.current++, done: false };
    }
    return { value: undefined, done: true }; // ends the iteration
  }
}

export async function main() {
  for await (const i of new AsyncCounter(3)) {
    console.log(i);
  }

  let last: number | undefined;
  for await (const i of new AsyncCounter(100)) {
    last = i;
    if (i === 1) break;
  }
  console.log("break:", last);
}

if (isMain(import.meta)) await run(main());
