/** What comes of foreign work that no task waits for any more. */

import { ASYNC_DISPOSE, DISPOSE } from "../base/dispose.ts";
import { callersLoop } from "../host/loops.ts";
import { isfuture } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { iscoroutine } from "../kernel/protocol.ts";
import { promiseOf } from "../tasks/nativeCalls.ts";
import { isEcho, isPromiseLike } from "./settle.ts";

export interface FromPromiseOptions<T> {
  /**
   * Called with a value that arrives after the wait was cancelled: returns it to its owner. May be a `function*` or an async
   * function. Without it a value that has `Symbol.asyncDispose` or `Symbol.dispose` is disposed of.
   */
  late?: ((value: T) => unknown) | null;
  /** Called when the wait is cancelled and the promise has not settled: asks the foreign work to stop. May be a `function*` or an async function. */
  cancel?: (() => unknown) | null;
  /**
   * How long, in seconds, a cancelled wait goes on, shielded, until the foreign work has settled and `late` and `cancel`
   * have ended. After that the `CancelledError` is thrown. Defaults to 0.
   */
  settle?: number | null;
}

/** Where a wait was: its loop reports what goes wrong, also when it is closed. */
interface Place {
  readonly loop: EventLoop;
  settle?: number | null;
}

/** A promise that was waited for in vain. */
interface Abandoned<T> extends FromPromiseOptions<T>, Place {
  readonly promise: Promise<T>;
  /** It has settled in the turn of the cancellation: there is nothing left to stop. */
  readonly settled: boolean;
  /** The signal that has aborted the work. */
  readonly signal: AbortSignal | null;
  /** True if the value is for this wait alone, asked when it arrives. */
  unwanted(): boolean;
}

/** Stops the work, and takes what it still produces. Resolved when all of that is over; never rejected. */
export async function abandon<T>(work: Abandoned<T>): Promise<void> {
  const { promise, signal, cancel } = work;
  const over = promise.then(
    (value) => takeLate(work, value),
    (error) => {
      if (isEcho(error, signal ?? undefined)) return;
      report(work, "A promise was rejected after the task that waited for it had been cancelled", error);
    },
  );
  // A query's cancellation that comes when it has ended would hit the next query of the connection.
  if (cancel != null && !work.settled) await attempt(work, "cancel() of fromPromise() has failed", cancel);
  await over;
}

async function takeLate<T>(work: Abandoned<T>, value: T): Promise<void> {
  const { late } = work;
  if (late != null) await attempt(work, "late() of fromPromise() has failed", () => late(value));
  else if (work.unwanted()) await attempt(work, "A late value could not be disposed of", () => dispose(value));
}

function dispose(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  const disposable = value as Partial<AsyncDisposable & Disposable>;
  if (typeof disposable[ASYNC_DISPOSE] === "function") return disposable[ASYNC_DISPOSE]();
  return disposable[DISPOSE]?.();
}

/** Calls `step`, and waits for what it returns. */
async function attempt(place: Place, failure: string, step: () => unknown): Promise<void> {
  try {
    const result = step();
    if (iscoroutine(result) || isfuture(result)) await promiseOf(result, { loop: loopFor(place) });
    else if (isPromiseLike(result)) await result;
  } catch (error) {
    report(place, failure, error);
  }
}

/** A loop that lives as long as the step: that of the wait, unless it is about to end, or has. */
function loopFor({ loop, settle }: Place): EventLoop {
  const stays = loop.isRunning() && (!loop._ending || (settle ?? 0) > 0);
  return stays ? loop : callersLoop();
}

function report({ loop }: Place, message: string, exception: unknown): void {
  loop.callExceptionHandler({ message, exception });
}
