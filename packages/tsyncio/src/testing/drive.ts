/** Drives a loop from outside, with another order of its ready queue. */

import type { EventLoop } from "../kernel/loop.ts";
import type { Runnable } from "../kernel/queues/ready.ts";
import { kernel } from "../kernel/state.ts";

/** A driven loop has no promise that waits for its end. */
const DRIVEN = { resolve() {}, reject() {} };

/**
 * Runs what `next` takes out of the ready queue, one after the other, until it returns null: instead of turns and
 * iterations.
 */
export function drive(loop: EventLoop, next: () => Runnable | null): void {
  const outer = kernel.context;
  const running = loop._running;
  loop._running = DRIVEN;
  loop._awake = true;
  kernel.runningLoop = loop;
  try {
    for (let runnable = next(); runnable !== null; runnable = next()) runnable._run();
  } finally {
    kernel.currentTask = null;
    kernel.runningLoop = null;
    kernel.context = outer;
    loop._awake = false;
    loop._running = running;
  }
}
