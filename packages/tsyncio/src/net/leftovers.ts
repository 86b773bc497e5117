/** What is still open when a loop is closed. */

import type { EventLoop, Leftover } from "../kernel/loop.ts";

export type { Leftover };

/**
 * The set in which an open socket puts itself, and from which it takes itself: the loop's `close()` ends those in it.
 */
export function leftoversOf(loop: EventLoop): Set<Leftover> {
  loop._leftovers ??= new Set();
  return loop._leftovers;
}
