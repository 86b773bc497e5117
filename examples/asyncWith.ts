"use tsyncio";
// asyncWith(): a class with aenter() and aexit(), both of which may wait.
// Python: python/asyncWith.py. Generator form: generators/asyncWith.ts.
// Note: asyncio (2023/03/05), async with.
// `async with … as result` is asyncWith(): `await using` binds the AsyncAdd itself, not what aenter() returns.
import { asyncWith, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

class AsyncAdd {
  readonly a: number;
  readonly b: number;

  constructor(a: number, b: number) {
    this.a = a;
    this.b = b;
  }

  async aenter() {
    await sleep(1);
    return this.a + this.b; // what aenter returns is the argument of the function below
  }

  async aexit(error: unknown) {
    console.log("__aexit__", error);
  }
}

export async function main() {
  await asyncWith(new AsyncAdd(1, 2), async (result) => {
    console.log(result); // 3
  });
}

if (isMain(import.meta)) await run(main());
