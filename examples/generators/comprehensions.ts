// Asynchronous comprehensions: list, dict, set, generator expression, await in a list.
// Python: ../python/comprehensions.py. Native syntax: ../comprehensions.ts.
// Note: asyncio (2023/03/05), 비동기 표현식.
import { asyncFilter, asyncFor, asyncGenerator, asyncMap, run, toArray, toMap, toSet } from "tsyncio";
import { isMain } from "../lib/isMain.ts";
import { AsyncCounter } from "./asyncFor.ts";

const squares = asyncGenerator(function* squares(stop: number) {
  const counter = new AsyncCounter(stop);
  for (let i = 0; i < stop; i++) {
    const n = yield* counter.anext();
    yield [n, n * n] as const;
  }
});

function* asyncOne() {
  return 1;
}

export function* main() {
  const a = yield* toArray(new AsyncCounter(3));
  console.log(a); // [0, 1, 2]

  const b = yield* toMap(squares(3));
  console.log(b); // {0: 0, 1: 1, 2: 4}

  const c = yield* toSet(asyncMap(new AsyncCounter(4), (i) => i % 2));
  console.log(c); // {0, 1}

  const odd = asyncFilter(new AsyncCounter(4), (i) => i % 2);
  const d = asyncMap(odd, (i) => i * 10);
  yield* asyncFor(d, function* (value) {
    console.log(value); // 10, 30
  });

  const coroutines = [asyncOne, asyncOne, asyncOne];
  const e: number[] = [];
  for (const co of coroutines) e.push(yield* co());
  console.log(e); // [1, 1, 1]
}

if (isMain(import.meta)) await run(main());
