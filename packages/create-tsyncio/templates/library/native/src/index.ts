"use tsyncio";
import { sleep } from "tsyncio";

/** Calls `ask` every `interval` seconds until it returns something else than `undefined`, and returns that. */
export async function poll<T>(ask: () => Promise<T | undefined>, interval: number): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(interval);
  }
}
