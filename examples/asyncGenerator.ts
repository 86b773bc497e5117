"use tsyncio";
// An asynchronous generator: `yield` hands a value to the loop, `await` waits.
// Python: python/asyncGenerator.py. Generator form: generators/asyncGenerator.ts.
// Note: asyncio (2023/03/05), 제너레이터 방식으로 비동기 이터레이터 만들기.
// `aclose()` is JavaScript's `return()`.
import { anext, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function* asyncCounter(stop: number) {
  let n = 0;
  try {
    while (n < stop) {
      yield n;
      n++;
      await sleep(1);
    }
  } finally {
    console.log(`counter closed at ${n}`);
  }
}

export async function main() {
  for await (const i of asyncCounter(3)) {
    console.log(i);
  }

  const counter = asyncCounter(100);
  console.log("anext:", await anext(counter), await anext(counter));
  await counter.return();
}

if (isMain(import.meta)) await run(main());
