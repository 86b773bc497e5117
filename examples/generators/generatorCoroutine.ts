// Generator-based coroutines, as in Python 3.4; in tsyncio all of them are.
// Python: ../python/generatorCoroutine.py. Native syntax: ../generatorCoroutine.ts.
// Note: asyncio (2023/03/05), 파이썬 3.4 이하에서 asyncio 사용하기.
import { coroutine, run, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

// The decorator is not needed. It makes deep chains of coroutines as fast as shallow ones, and lets native code await.
const hello = coroutine(function* hello(name: string) {
  console.log(`Hello, ${name}`);
  yield* sleep(1);
  return name.length;
});

export const main = coroutine(function* main() {
  const length = yield* hello("world");
  console.log(length);
});

if (isMain(import.meta)) await run(main());
