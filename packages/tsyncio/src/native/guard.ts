/** What a `catch` around an await must not see. */

import { CancelledError, GeneratorExit, hasAnswered, isExit } from "../base/errors.ts";
import { kernel } from "../kernel/state.ts";

/**
 * At the head of a `catch`: a base exception passes it. Of `CancelledError` only that which has answered a `cancel()`
 * of the task that runs; any other is the outcome of what was awaited, or the program's own, and an error like others.
 */
export function guard(error: unknown): void {
  if (error instanceof CancelledError) {
    if (kernel.currentTask !== null && hasAnswered(kernel.currentTask, error)) throw error;
  } else if (error instanceof GeneratorExit || isExit(error)) throw error;
}
