/** Node's `AsyncLocalStorage` in the tasks of `run`. */

import { asyncStores } from "../host/asyncStores.ts";

/**
 * From now on each new task keeps the `AsyncLocalStorage` stores of the code that made it, and what its coroutine sets
 * by `enterWith()`, across every `yield*`. What native code has begun, by `toPromise` for example, does so without it;
 * the other tasks of a loop see the stores of the code that called `run()`. An option and not the default because of
 * its cost, measured per step and per task: 20 and 80 ns on Node 20 and 22, 50 and 120 on Node 24 and 26, 20 and 80 on
 * Bun, and several microseconds on Deno; a step without it takes 35 to 55. Returns false, and does nothing, where there
 * is no `AsyncLocalStorage`: in browsers.
 */
export function keepAsyncLocalStorage(): boolean {
  const stores = asyncStores();
  if (stores === null) return false;
  stores.everywhere = true;
  return true;
}
