/** The loop of what native code begins: made once a thread, and never closed. */

import type { Running } from "../kernel/baseEventLoop.ts";
import { deadlockError } from "../kernel/diagnostics.ts";
import { EventLoop } from "../kernel/loop.ts";
import { kernel } from "../kernel/state.ts";
import { TurnHost } from "./turns.ts";

/**
 * The loop on which native code's coroutines run where no `run` is alive. It runs from the beginning, for callers that
 * know nothing of each other: one of them can neither stop nor end it.
 */
export class NativeLoop extends EventLoop {
  constructor(options: { debug: boolean }) {
    const host = kernel.makeHost?.(() => this._tasks.first !== null) ?? new TurnHost();
    super({ host, debug: options.debug });
    const running: Running = {
      resolve() {},
      // An exit that a callback has raised, for which the exception handler is there. An error thrown on would end
      // others.
      reject: (exception) => {
        queueMicrotask(() => this._begin(running));
        this.callExceptionHandler({ message: "A callback wanted to end the process", exception });
      },
    };
    this._begin(running);
  }

  override stop(): void {}

  /** An exit is the outcome of the task that has raised it: native code gets it from its promise. */
  override _throwExit(): void {
    this._exit = null;
  }

  /** The process is about to end: each promise that native code waits for is told once, and its task cleans up. */
  override _stuck(): void {
    const calls = this._calls?.toArray() ?? [];
    if (calls.length === 0) return;
    const error = deadlockError(this);
    for (const call of calls) call._abandon(error);
  }

  override toString(): string {
    return super.toString().replace("EventLoop", "EventLoop of native code");
  }
}
