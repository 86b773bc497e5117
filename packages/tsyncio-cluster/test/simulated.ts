/** Functions that run in a simulation, as tasks. */

import { type Coroutine, sleep } from "tsyncio";
import { blocking } from "tsyncio/executors";
import { attempt } from "tsyncio-cluster";

/** What has run, in the order of its end. */
export const ran: string[] = [];

export const double = blocking(import.meta, function* double(n: number): Coroutine<number> {
  yield* sleep(1);
  ran.push(`double ${n}`);
  return n * 2;
});

export const add = blocking(import.meta, function add(a: number, b: number): number {
  return a + b;
});

export const flaky = blocking(import.meta, function flaky(failures: number): number {
  if (attempt() <= failures) throw new RangeError(`attempt ${attempt()}`);
  return attempt();
});

export const forever = blocking(import.meta, function* forever(): Coroutine<void> {
  try {
    yield* sleep(1e6);
  } finally {
    ran.push("forever was cancelled");
  }
});
