/** Coroutines for native code. */

import { aliveLoop } from "../host/loops.ts";
import { currentTask } from "../kernel/allTasks.ts";
import { checkOptions } from "../kernel/checks.ts";
import type { Context } from "../kernel/context.ts";
import { describe } from "../kernel/describe.ts";
import { type Future, isfuture } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Awaitable, type Coroutine, iscoroutine } from "../kernel/protocol.ts";
import { closeUnstarted } from "../tasks/create.ts";
import { run } from "../tasks/runner.ts";

export interface ToPromiseOptions {
  /** Cancels the task when it aborts; the promise is then rejected with the signal's reason. */
  signal?: AbortSignal | null;
  /** The running loop without it, or the only one that is alive; where there is none, a new one by `run()`. */
  loop?: EventLoop | null;
  /** In which the coroutine runs, if it is not run by a new loop. A copy of the current one without it. */
  context?: Context | null;
}

/**
 * Runs an awaitable as a task, and gives a native promise of its result. A task that is cancelled rejects it with
 * `CancelledError`; by the signal, with the signal's reason. If the signal has aborted before, nothing runs.
 */
export function toPromise<T>(awaitable: Awaitable<T>, options: ToPromiseOptions = {}): Promise<T> {
  checkOptions("toPromise", options, { signal: true, loop: true, context: true });
  return promiseOf(awaitable, options, run);
}

/** `runAlone` runs a coroutine where there is no loop. */
export function promiseOf<T>(
  awaitable: Awaitable<T>,
  options: ToPromiseOptions,
  runAlone: (main: Coroutine<T>) => Promise<T>,
): Promise<T> {
  const signal = options.signal ?? null;
  return new Promise<T>((resolve, reject) => {
    checkAwaitable(awaitable);
    if (signal?.aborted) {
      refuse(awaitable);
      throw signal.reason;
    }
    const loop = options.loop ?? (isfuture(awaitable) ? awaitable.getLoop() : aliveLoop());
    let task: Future<T> | null = loop === null ? null : start(loop, awaitable, options.context ?? null);
    const promise =
      loop === null ? runAlone(inTask(awaitable, (made) => (task = made))) : (task as Future<T>).toPromise();
    if (signal === null) return resolve(promise);

    const abort = (): void => void task?.cancel("aborted by a signal");
    const settled = (): void => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    promise.then(
      (value) => {
        settled();
        resolve(value);
      },
      (error) => {
        settled();
        reject(signal.aborted && task?.cancelled() !== false ? signal.reason : error);
      },
    );
  });
}

function checkAwaitable(value: unknown): void {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && Symbol.iterator in value) return;
  const hint = typeof value === "function" ? " Call it: pass f(), not f." : "";
  throw new TypeError(`toPromise expects a coroutine or a future, got ${describe(value)}.${hint}`);
}

function refuse(awaitable: Awaitable<unknown>): void {
  if (isfuture(awaitable)) awaitable.cancel();
  else if (iscoroutine(awaitable)) closeUnstarted(awaitable);
}

function start<T>(loop: EventLoop, awaitable: Awaitable<T>, context: Context | null): Future<T> {
  if (context === null || !iscoroutine(awaitable)) return loop.ensureFuture(awaitable);
  return loop.createTask(awaitable as Coroutine<T>, { context });
}

/** Begins inside `run()`, at once. */
function* inTask<T>(awaitable: Awaitable<T>, tell: (task: Future<T>) => void): Coroutine<T> {
  tell(currentTask() as Future<unknown> as Future<T>);
  return (yield* awaitable) as T;
}
