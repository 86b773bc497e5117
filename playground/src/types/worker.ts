/** The worker in which TypeScript runs: one question after another. */

import type { Answer, Question } from "./protocol.ts";
import { typeService } from "./service.ts";

addEventListener("message", ({ data }: MessageEvent<Question>) => {
  postMessage(answered(data));
});

function answered({ id, method, args }: Question): Answer {
  try {
    const ask = typeService[method] as (...args: readonly unknown[]) => unknown;
    return { id, value: ask(...args) };
  } catch (error) {
    return { id, error: String(error) };
  }
}
