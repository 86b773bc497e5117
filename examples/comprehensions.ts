"use tsyncio";
// Asynchronous comprehensions: list, dict, set, generator expression, await in a list.
// Python: python/comprehensions.py. Generator form: generators/comprehensions.ts.
// Note: asyncio (2023/03/05), 비동기 표현식.
import { asyncFilter, asyncMap, run, toArray, toMap, toSet } from "tsyncio";
import { AsyncCounter } from "./asyncFor.ts";
import { isMain } from "./lib/isMain.ts";

async function* squares(stop: number) {
  for await (const i of new AsyncCounter(stop)) yield [i, i * i] as const;
}

async function asyncOne() {
  return 1;
}

export async function main() {
  const a = await toArray(new AsyncCounter(3));
  console.log(a); // [0, 1, 2]

  const b = await toMap(squares(3));
  console.log(b); // {0: 0, 1: 1, 2: 4}

  const c = await toSet(asyncMap(new AsyncCounter(4), (i) => i % 2));
  console.log(c); // {0, 1}

  const odd = asyncFilter(new AsyncCounter(4), (i) => i % 2);
  const d = asyncMap(odd, (i) => i * 10);
  for await (const value of d) {
    console.log(value); // 10, 30
  }

  const coroutines = [asyncOne, asyncOne, asyncOne];
  const e: number[] = [];
  for (const co of coroutines) e.push(await co());
  console.log(e); // [1, 1, 1]
}

if (isMain(import.meta)) await run(main());
