"use tsyncio";
// Generator-based coroutines, as in Python 3.4, and an `async function` that awaits one.
// Python: python/generatorCoroutine.py. Generator form: generators/generatorCoroutine.ts.
// Note: asyncio (2023/03/05), 파이썬 3.4 이하에서 asyncio 사용하기.
import { coroutine, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

// As Python's types.coroutine: it lets `await` take the generator, and the compiler knows the type of the result.
const hello = coroutine(function* hello(name: string) {
  console.log(`Hello, ${name}`);
  yield* sleep(1);
  return name.length;
});

const main = coroutine(function* main() {
  const length = yield* hello("world");
  console.log(length);
});

export async function entry() {
  await main();
}

if (isMain(import.meta)) await run(entry());
