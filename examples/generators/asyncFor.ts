// asyncFor(): a class with aiter() and anext(); and cursor(), for loops that are left early.
// Python: ../python/asyncFor.py. Native syntax: ../asyncFor.ts.
// Note: asyncio (2023/03/05), async for.
// `async for i in AsyncCounter(3):`
import { asyncFor, cursor, run, StopAsyncIteration, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

export class AsyncCounter {
  current = 0;
  readonly stop: number;

  constructor(stop: number) {
    this.stop = stop;
  }

  aiter() {
    return this;
  }

  *anext() {
    if (this.current < this.stop) {
      yield* sleep(1);
      return this.current++;
    }
    throw new StopAsyncIteration(); // ends the iteration
  }
}

export function* main() {
  yield* asyncFor(new AsyncCounter(3), function* (i) {
    console.log(i);
  });

  const i = cursor(new AsyncCounter(100));
  while (yield* i.next()) {
    if (i.value === 1) break;
  }
  console.log("break:", i.value);
}

if (isMain(import.meta)) await run(main());
