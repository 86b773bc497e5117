/** What cancels a `run` from outside: signals of the process, and an AbortSignal. */

import { DEV } from "#dev";
import { describe } from "../base/describe.ts";
import { CancelledError, KeyboardInterrupt, RuntimeError, ValueError } from "../base/errors.ts";
import type { Context } from "../kernel/context.ts";
import type { Interruptible } from "../kernel/host.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import type { Task } from "../kernel/task.ts";
import { ABORTED, onAbort } from "./abort.ts";

/** A `run`, or a `Runner` in all of its runs, as signals see it. */
export class LiveRun implements Interruptible {
  private readonly signals: readonly string[] | null;
  private task: Task<unknown> | null = null;
  /** The signal that has cancelled the task. */
  private interrupted: string | null = null;

  /** `signals` has been checked. */
  constructor(signals: readonly string[] | null) {
    this.signals = signals;
  }

  /** The run is alive from now on, until what is returned is called. */
  enter(loop: EventLoop): () => void {
    return loop._host.enterRun?.(this, this.signals) ?? (() => {});
  }

  interrupt(signal: string): void {
    if (this.task?.cancel() === true) this.interrupted = signal;
  }

  /** Runs the main task, until it ends by itself or is cancelled. */
  async run<T>(loop: EventLoop, main: Coroutine<T>, context: Context | null, signal: AbortSignal | null): Promise<T> {
    const task = loop.createTask(main, { context });
    this.task = task as Task<unknown>;
    const forget = signal === null ? null : onAbort(signal, () => void task.cancel(ABORTED));
    try {
      return await loop.runUntilComplete(task);
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
      if (this.interrupted !== null && task.uncancel() === 0) {
        throw new KeyboardInterrupt(`interrupted by ${this.interrupted}`, { cause: error });
      }
      throw signal?.aborted && task.cancelled() ? signal.reason : error;
    } finally {
      forget?.();
      this.task = this.interrupted = null;
    }
  }
}

/**
 * The names of the signals; null for the default. Throws `TypeError`, and `ValueError` for a name that no signal has.
 */
export function checkSignals(signals: unknown): readonly string[] | null {
  if (signals === undefined || signals === null) return null;
  if (signals === false) return [];
  if (!DEV) return signals as readonly string[];
  if (!Array.isArray(signals) || signals.some((name) => typeof name !== "string")) {
    throw new TypeError(`signals must be false or a list such as ["SIGINT", "SIGTERM"], got ${describe(signals)}`);
  }
  for (const name of signals) {
    if (name === "SIGKILL" || name === "SIGSTOP") throw new RuntimeError(`${name} cannot be caught`);
    if (!/^SIG[A-Z]+\d?$/.test(name) || unknown(name)) throw new ValueError(`invalid signal name ${describe(name)}`);
  }
  return [...signals];
}

interface System {
  process?: { getBuiltinModule?(name: string): { constants?: { signals?: object } } | undefined };
}

function unknown(name: string): boolean {
  const signals = (globalThis as System).process?.getBuiltinModule?.("node:os")?.constants?.signals;
  return signals !== undefined && !(name in signals);
}
