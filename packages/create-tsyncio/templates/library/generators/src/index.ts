import { type Coroutine, sleep } from "tsyncio";

/** Calls `ask` every `interval` seconds until it returns something else than `undefined`, and returns that. */
export function* poll<T>(ask: () => Coroutine<T | undefined>, interval: number): Coroutine<T> {
  for (;;) {
    const answer = yield* ask();
    if (answer !== undefined) return answer;
    yield* sleep(interval);
  }
}
