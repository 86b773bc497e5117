/** asyncio's mixins.py: a primitive belongs to the first loop in which a task had to wait for it. */

import { RuntimeError } from "../base/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { kernel } from "../kernel/state.ts";

export interface LoopBound {
  /** @internal Null until the first wait. */
  _loop: EventLoop | null;
  toString(): string;
}

/** The loop that runs, which is the primitive's from now on. Throws `RuntimeError` if it belongs to another one. */
export function getLoop(primitive: LoopBound): EventLoop {
  const loop = kernel.runningLoop;
  if (loop === null) throw new RuntimeError("no running event loop: wait for this inside a coroutine that a loop runs");
  if (primitive._loop !== loop) {
    if (primitive._loop !== null) throw new RuntimeError(`${primitive} is bound to a different event loop`);
    primitive._loop = loop;
  }
  return loop;
}
