/** asyncio.to_thread. */

import { currentLoop } from "../kernel/future.ts";
import type { Coroutine } from "../kernel/protocol.ts";

/** Runs `fn(...args)` in the loop's default executor and waits for its result. `asyncio.to_thread`. */
export function* toThread<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Coroutine<Awaited<R>> {
  return yield* currentLoop().runInExecutor(null, fn, ...args);
}
