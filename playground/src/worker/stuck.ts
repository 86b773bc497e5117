/** In real time a browser does not say when nothing can happen any more: here is what can be seen from inside. */

import { kernel } from "../../../packages/tsyncio/src/kernel/state.ts";

/** How often to look, in milliseconds; twice in a row counts. */
const INTERVAL = 700;

/** Calls `tell` once, when no loop has anything that is ready, or a timer. */
export function watchForStuck(tell: () => void): void {
  let seen = 0;
  const looking = setInterval(() => {
    const loops = [...kernel.loops];
    const idle = loops.length > 0 && loops.every(({ _ready, _timers }) => _ready.size === 0 && _timers.size === 0);
    seen = idle ? seen + 1 : 0;
    if (seen < 2) return;
    clearInterval(looking);
    tell();
  }, INTERVAL);
}
