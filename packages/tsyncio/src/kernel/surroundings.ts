/** What the host keeps beside the code that it runs: Node's `AsyncLocalStorage`. */

import type { EventLoop } from "./loop.ts";
import { kernel } from "./state.ts";

/** A task, or a callback. */
interface Kept {
  readonly _loop: EventLoop;
  _ambient?: unknown;
}

/** It was just made. It keeps what is around if all do, if the task that makes it does, or if native code makes it. */
export function keepSurroundings(made: Kept): void {
  const { ambient } = kernel;
  if (ambient === null) return;
  const keeps = ambient.everywhere || kernel.currentTask?._ambient !== undefined || made._loop === kernel.nativeLoop;
  if (keeps) made._ambient = ambient.capture();
}
