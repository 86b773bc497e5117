/** What the tests run in workers: a module of its own, since a worker loads it. */

import { type Coroutine, sleep, ValueError } from "tsyncio";
import { blocking, mainLoop, report, transfer } from "tsyncio/executors";

export const add = blocking(import.meta, function add(a: number, b: number): number {
  return a + b;
});

export const fail = blocking(import.meta, function fail(): never {
  throw new ValueError("not a good value");
});

export const exit = blocking(import.meta, function exit(): void {
  process.exit(3);
});

export const forEver = blocking(
  import.meta,
  function forEver(): void {
    for (;;);
  },
  { cancel: "terminate" },
);

export const count = blocking(import.meta, function count(to: number): number {
  for (let i = 1; i <= to; i++) report(i);
  return to;
});

export const fill = blocking(import.meta, function fill(bytes: Uint8Array): Uint8Array {
  bytes.fill(7);
  return transfer(bytes, [bytes.buffer as ArrayBuffer]);
});

export const onLoop = blocking(import.meta, function* onLoop(n: number): Coroutine<number> {
  yield* sleep(0.001);
  return n * 2;
});

export const askLoop = blocking(import.meta, async function askLoop(n: number): Promise<number> {
  return (await mainLoop().runCoroutineThreadsafe(onLoop, n)) + 1;
});
