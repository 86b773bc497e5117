/** What comes of foreign work that no task waits for any more. */

import { ASYNC_DISPOSE, DISPOSE } from "../base/dispose.ts";
import { asFailure } from "../base/errors.ts";
import { callersLoop } from "../host/loops.ts";
import { isEcho, isPromiseLike } from "../iteration/settle.ts";
import { isfuture } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { iscoroutine } from "../kernel/protocol.ts";
import { promiseOf } from "../tasks/nativeCalls.ts";

/** Options of `fromPromise`: what becomes of the promise when the task that waits is cancelled. */
export interface FromPromiseOptions<T> {
  /**
   * Called with a value that arrives after the wait was cancelled: returns it to its owner. May be a `function*` or an
   * async function. Without it a value that has `Symbol.asyncDispose` or `Symbol.dispose` is disposed of.
   */
  late?: ((value: T) => unknown) | null;
  /**
   * Called when the wait is cancelled and the promise has not settled: asks the foreign work to stop. May be a
   * `function*` or an async function.
   */
  cancel?: (() => unknown) | null;
  /**
   * How long, in seconds, a cancelled wait goes on, shielded, until the foreign work has settled and `late` and
   * `cancel` have ended. After that the `CancelledError` is thrown. Defaults to 0.
   */
  settle?: number | null;
}

/** Where a wait was: its loop reports what goes wrong, also when it is closed. */
export interface Place {
  readonly loop: EventLoop;
  settle?: number | null;
}

/** A promise whose waiter has left before it settled. */
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
  // When the other waits of the promise have been told: whether one has taken the value is known then.
  const over = promise.then(passOn).then(
    (value) => takeLate(work, "fromPromise", value, work.late, () => work.unwanted()),
    (error) => takeLateError(work, "A promise was rejected", error, signal),
  );
  // A query's cancellation that comes when it has ended would hit the next query of the connection.
  if (cancel != null && !work.settled) await attempt(work, "cancel() of fromPromise() has failed", cancel);
  await over;
}

/** Hands a value over that comes too late for the wait, or disposes of it if it is unwanted. See `attempt`. */
export function takeLate<T>(
  place: Place,
  caller: string,
  value: T,
  late: ((value: T) => unknown) | null | undefined,
  unwanted: () => boolean,
): Promise<void> | null {
  if (late != null) return attempt(place, `late() of ${caller}() has failed`, () => late(value));
  return unwanted()
    ? attempt(place, "A late value could not be disposed of", () => disposerOf(value)?.call(value))
    : null;
}

/** Reports an error that comes too late, unless it only says that the work was aborted. */
export function takeLateError(place: Place, what: string, error: unknown, signal: AbortSignal | null): void {
  if (isEcho(error, signal ?? undefined)) return;
  report(place, `${what} after the task that waited for it had been cancelled`, error);
}

/** The method by which the value is disposed of; null if it has none. */
export function disposerOf(value: unknown): (() => unknown) | null {
  if (value === null || value === undefined) return null;
  const disposable = value as Partial<AsyncDisposable & Disposable>;
  if (typeof disposable[ASYNC_DISPOSE] === "function") return disposable[ASYNC_DISPOSE];
  return disposable[DISPOSE] ?? null;
}

function passOn<T>(value: T): T {
  return value;
}

/**
 * Calls `step`, and reports its failure. A promise if what it returns must be waited for: resolved then, never
 * rejected.
 */
export function attempt(place: Place, failure: string, step: () => unknown): Promise<void> | null {
  const failed = (error: unknown): void => report(place, failure, error);
  try {
    const result = step();
    const ours = iscoroutine(result) || isfuture(result);
    if (!ours && !isPromiseLike(result)) return null;
    const promise = ours ? promiseOf(result, { loop: loopFor(place) }) : Promise.resolve(result);
    return promise.then(() => {}, failed);
  } catch (error) {
    failed(error);
    return null;
  }
}

/** A loop that lives as long as the step: that of the wait, unless it is about to end, or has. */
function loopFor({ loop, settle }: Place): EventLoop {
  const stays = loop.isRunning() && (!loop._ending || (settle ?? 0) > 0);
  return stays ? loop : callersLoop();
}

function report({ loop }: Place, message: string, thrown: unknown): void {
  loop.callExceptionHandler({ message, exception: asFailure(thrown) });
}
