/** What is still open when a loop is closed. */

import type { EventLoop } from "../kernel/loop.ts";

/** A transport or a server. */
export interface Leftover {
  /** @internal The loop is closed: nobody can be told any more, only the resource must go. */
  _loopClosed(): void;
}

const open = new WeakMap<EventLoop, Set<Leftover>>();

/**
 * Python's interpreter ends while sockets are open; Node's process would be held by them for ever. So a loop that is
 * closed takes its sockets with it. Gives the set in which its user puts them, and from which it takes them.
 */
export function leftoversOf(loop: EventLoop): Set<Leftover> {
  const known = open.get(loop);
  if (known !== undefined) return known;
  const leftovers = new Set<Leftover>();
  open.set(loop, leftovers);
  const close = loop.close;
  loop.close = function closeWithLeftovers(this: EventLoop): void {
    close.call(this);
    const left = [...leftovers];
    leftovers.clear();
    for (const one of left) one._loopClosed();
  };
  return leftovers;
}
