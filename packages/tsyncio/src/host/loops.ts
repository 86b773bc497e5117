/** Which loop: make one, get the running one, set one. */

import { checkLoop } from "../base/checks.ts";
import { RuntimeError } from "../base/errors.ts";
import { EventLoop } from "../kernel/loop.ts";
import { kernel } from "../kernel/state.ts";
import { NativeLoop } from "./nativeLoop.ts";
import { TurnHost } from "./turns.ts";

/** A new loop on real time: `asyncio.new_event_loop`. */
export function newEventLoop(): EventLoop {
  return new EventLoop({ host: kernel.makeHost?.() ?? new TurnHost(), debug: debugByEnvironment() });
}

/** The loop that runs this code. Throws `RuntimeError` outside of coroutines and callbacks. */
export function getRunningLoop(): EventLoop {
  const loop = kernel.runningLoop;
  if (loop === null) throw new RuntimeError("no running event loop: call this inside a coroutine or callback");
  return loop;
}

/**
 * The running loop, else the one that was set. Outside, where none is set or that one is closed, makes one and
 * sets it: the older form `loop = getEventLoop(); loop.runUntilComplete(main())` works.
 */
export function getEventLoop(): EventLoop {
  if (kernel.runningLoop !== null) return kernel.runningLoop;
  if (kernel.eventLoop === null || kernel.eventLoop.isClosed()) kernel.eventLoop = newEventLoop();
  return kernel.eventLoop;
}

/** The running loop, else the only one that a `run` keeps alive; null for none, or several. */
export function aliveLoop(): EventLoop | null {
  if (kernel.runningLoop !== null) return kernel.runningLoop;
  let only: EventLoop | null = null;
  for (const loop of kernel.loops) {
    if (loop._ending) continue;
    if (only !== null) return null;
    only = loop;
  }
  return only;
}

/** The loop that runs what native code begins: the one that is alive, else the one of all native code. */
export function callersLoop(): EventLoop {
  const alive = aliveLoop();
  if (alive !== null) return alive;
  kernel.nativeLoop ??= new NativeLoop({ debug: debugByEnvironment() });
  return kernel.nativeLoop;
}

/** Sets the loop that `getEventLoop` returns outside of coroutines; null for none. */
export function setEventLoop(loop: EventLoop | null): void {
  if (loop !== null) checkLoop(loop, "setEventLoop expects an event loop or null");
  kernel.eventLoop = loop;
}

interface Environment {
  process?: { env?: Record<string, string | undefined> };
  TSYNCIO_DEBUG?: unknown;
}

/**
 * `TSYNCIO_DEBUG=1` turns debug mode on, as `PYTHONASYNCIODEBUG=1` does; `globalThis.TSYNCIO_DEBUG = true` where there
 * is no environment.
 */
export function debugByEnvironment(): boolean {
  try {
    const { process, TSYNCIO_DEBUG } = globalThis as Environment;
    return Boolean(TSYNCIO_DEBUG ?? process?.env?.TSYNCIO_DEBUG);
  } catch {
    return false; // Deno without the permission to read the environment
  }
}
