// asyncWith(): a class with aenter() and aexit(), both of which may wait.
// Python: ../python/asyncWith.py. Native syntax: ../asyncWith.ts.
// Note: asyncio (2023/03/05), async with.
// `async with AsyncAdd(1, 2) as result:`
import { asyncWith, run, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

class AsyncAdd {
  readonly a: number;
  readonly b: number;

  constructor(a: number, b: number) {
    this.a = a;
    this.b = b;
  }

  *aenter() {
    yield* sleep(1);
    return this.a + this.b; // what aenter returns is the argument of the function below
  }

  *aexit(error: unknown) {
    console.log("__aexit__", error);
  }
}

export function* main() {
  yield* asyncWith(new AsyncAdd(1, 2), function* (result) {
    console.log(result); // 3
  });
}

if (isMain(import.meta)) await run(main());
