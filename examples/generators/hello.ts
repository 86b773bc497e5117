// The first program: one coroutine, and a second of waiting between two words.
// Python: ../python/hello.py. Native syntax: ../hello.ts.
// Note: "async", 예제.
// `async def` is `function*`, `await` is `yield*`.
import { run, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

export function* main() {
  console.log("Hello");
  yield* sleep(1);
  console.log("World");
}

if (isMain(import.meta)) await run(main());
