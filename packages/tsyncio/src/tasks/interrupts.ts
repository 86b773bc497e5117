/** Ctrl-C. */

import { CancelledError, KeyboardInterrupt } from "../kernel/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Task } from "../kernel/task.ts";

/** Runs the task. SIGINT cancels it, where nothing else listens to the signal; a second one kills the process. */
export async function runInterruptible<T>(loop: EventLoop, task: Task<T>): Promise<T> {
  let interrupts = 0;
  const forget = loop._host.onInterrupt?.(() => {
    if (loop._handlesInterrupt) return;
    if (++interrupts === 1 && !task.done()) task.cancel();
    else loop._host.kill?.();
  });
  try {
    return await loop.runUntilComplete(task);
  } catch (error) {
    if (error instanceof CancelledError && interrupts > 0 && task.uncancel() === 0) {
      throw new KeyboardInterrupt("interrupted by SIGINT", { cause: error });
    }
    throw error;
  } finally {
    forget?.();
  }
}
