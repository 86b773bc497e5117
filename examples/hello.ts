"use tsyncio";
// The first program: one coroutine, and a second of waiting between two words.
// Python: python/hello.py. Generator form: generators/hello.ts.
// Note: "async", 예제.
// `async def` is `async function`: the directive in the first line makes a coroutine of it.
import { run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

export async function main() {
  console.log("Hello");
  await sleep(1);
  console.log("World");
}

if (isMain(import.meta)) await run(main());
