// asyncGenerator(): `yield value` hands a value to the loop, `yield*` waits.
// Python: ../python/asyncGenerator.py. Native syntax: ../asyncGenerator.ts.
// Note: asyncio (2023/03/05), 제너레이터 방식으로 비동기 이터레이터 만들기.
// `async def` with `yield` in it.
import { anext, asyncFor, asyncGenerator, run, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

const asyncCounter = asyncGenerator(function* asyncCounter(stop: number) {
  let n = 0;
  try {
    while (n < stop) {
      yield n;
      n++;
      yield* sleep(1);
    }
  } finally {
    console.log(`counter closed at ${n}`);
  }
});

export function* main() {
  yield* asyncFor(asyncCounter(3), function* (i) {
    console.log(i);
  });

  const counter = asyncCounter(100);
  console.log("anext:", yield* anext(counter), yield* anext(counter));
  yield* counter.aclose();
}

if (isMain(import.meta)) await run(main());
