/** Coroutines for native code. */

import { checkLoop, ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { isPromiseLike } from "../iteration/settle.ts";
import type { Context } from "../kernel/context.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Awaitable, isAwaitable, type Native } from "../kernel/protocol.ts";
import { callHint } from "../kernel/taskOptions.ts";
import { checkSignal } from "../tasks/abort.ts";
import { promiseOf } from "../tasks/nativeCalls.ts";

/** Options of `toPromise`. */
export interface ToPromiseOptions {
  /** Cancels the task when it aborts; the promise is then rejected with the signal's reason. */
  signal?: AbortSignal | null;
  /**
   * On which the coroutine runs. Defaults to the running loop, else to that of the only `run` that is alive, else to
   * one that all native callers share.
   */
  loop?: EventLoop | null;
  /** In which the coroutine runs. Defaults to a copy of the current one. */
  context?: Context | null;
}

/**
 * Runs an awaitable as a task, and returns a native promise of its result, which is rejected with `CancelledError` if
 * the task is cancelled; by the signal, with the signal's reason. If the signal has aborted before, nothing runs.
 *
 * The task lives until it ends or is cancelled, however many others there are. Where it has joined the loop of a `run`,
 * the end of that `run` cancels it with the message "run() has ended". It keeps the `AsyncLocalStorage` of the caller.
 *
 *     button.onclick = () => toPromise(save(form)).catch(show);
 */
export function toPromise<T>(awaitable: Awaitable<T> | Native<T>, options?: ToPromiseOptions | null): Promise<T> {
  const own = ownOptions("toPromise", options, { signal: true, loop: true, context: true });
  if (own.signal != null) checkSignal(own.signal, "toPromise");
  if (own.loop != null) checkLoop(own.loop, "toPromise expects an event loop");
  if (isAwaitable(awaitable)) return promiseOf(awaitable, own);
  let hint = "";
  if (typeof awaitable === "function") hint = callHint(awaitable);
  else if (isPromiseLike(awaitable)) hint = " A promise can be awaited as it is.";
  const message = `toPromise expects a coroutine or a future, got ${describe(awaitable)}.${hint}`;
  return Promise.reject(new TypeError(message));
}
