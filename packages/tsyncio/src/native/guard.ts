/** What a `catch` around an await must not see. */

import { CancelledError, GeneratorExit, isExit } from "../base/errors.ts";
import { kernel } from "../kernel/state.ts";

/** At the head of a `catch`: a base exception passes it, which for a `CancelledError` is the cancellation of this task. */
export function guard(error: unknown): void {
  if (error instanceof CancelledError) {
    if (kernel.currentTask !== null && kernel.currentTask.cancelling() > 0) throw error;
  } else if (error instanceof GeneratorExit || isExit(error)) throw error;
}
