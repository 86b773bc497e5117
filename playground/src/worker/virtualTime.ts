/**
 * Time that jumps to the next timer as soon as nothing can run: for the loop, and for all else that asks the platform
 * for the time.
 */

import { install } from "@sinonjs/fake-timers";
import { kernel } from "../../../packages/tsyncio/src/kernel/state.ts";

/** How many turns of the platform without a timer mean that nothing comes any more; the last ones take real time. */
const IDLE_TURNS = 4;
/** How long, in milliseconds of real time, something that is no timer may take, such as a promise of the platform's. */
const PATIENCE = 50;

export function beginVirtualTime(): void {
  const stuck = watchLoops();
  const realTimeout = setTimeout;
  const clock = install({
    now: Date.now(),
    toFake: ["Date", "performance", "setTimeout", "clearTimeout", "setInterval", "clearInterval"],
  });
  const { port1, port2 } = new MessageChannel();
  let idle = 0;
  // All microtasks have run when a message comes.
  port1.onmessage = () => {
    if (clock.countTimers() > 0) {
      idle = 0;
      clock.next();
    } else if (++idle > IDLE_TURNS) {
      idle = 0;
      stuck();
      realTimeout(() => port2.postMessage(null), PATIENCE);
      return;
    } else if (idle === IDLE_TURNS) {
      realTimeout(() => port2.postMessage(null), PATIENCE);
      return;
    }
    port2.postMessage(null);
  };
  port2.postMessage(null);
}

/** Returns what is to be called when no loop can be woken any more. In a browser the platform does not tell. */
function watchLoops(): () => void {
  const running = new Map<object, () => void>();
  const { makeHost } = kernel;
  kernel.makeHost = (hasTasks) => {
    const host = makeHost?.(hasTasks);
    if (host === undefined) throw new Error("tsyncio has no host for its loops");
    const [begin, end] = [host.begin.bind(host), host.end.bind(host)];
    host.begin = (turn, stuck) => {
      running.set(host, stuck);
      begin(turn, stuck);
    };
    host.end = () => {
      running.delete(host);
      end();
    };
    return host;
  };
  return () => {
    for (const stuck of [...running.values()]) stuck();
  };
}
