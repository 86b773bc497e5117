/** For jobs: progress, and the event loop that the job was submitted from. */

import { RuntimeError, TimeoutError } from "../base/errors.ts";
import type { Coroutine, Native } from "../kernel/protocol.ts";
import { referenceOf } from "./blocking.ts";
import { cannotSend } from "./copies.ts";
import { FAILED, type Outcome, type ToPool } from "./messages.ts";
import { checkTimeout } from "./options.ts";
import { decodeError } from "./remoteError.ts";
import { type InWorker, shared } from "./shared.ts";
import { takeTransfers } from "./transfer.ts";

/**
 * In a job: sends a value to the iterators of the job's `progress()`. Values are copied, or moved with `transfer`.
 * Does nothing in a function that is called directly. Throws `TypeError` for what cannot be sent.
 *
 *     export const copy = blocking(import.meta, function copy(files: string[]) {
 *       for (const [i, file] of files.entries()) {
 *         copyFileSync(file, target);
 *         report(i + 1);
 *       }
 *     });
 */
export function report(value: unknown): void {
  const worker = shared.worker;
  const context = worker?.runsIn.getStore();
  if (worker == null || context === undefined) return;
  post(worker, ["report", context.id, value], [value], "what report() was given");
}

/** The loop of the main thread, for a job. */
export interface MainLoop {
  /**
   * Has the loop call `fn(...args)`. `fn` is a function that `blocking` has made; it runs in the main thread.
   * `loop.call_soon_threadsafe`.
   */
  callSoonThreadsafe<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): void;
  /**
   * Has the loop run the coroutine of `fn(...args)` as a task, and returns its result. `fn` is a `function*` that
   * `blocking` has made. `asyncio.run_coroutine_threadsafe`, with the function instead of the coroutine, which cannot
   * be sent.
   */
  runCoroutineThreadsafe<A extends unknown[], R>(
    fn: (...args: A) => Coroutine<R> | Native<R>,
    ...args: A
  ): RemoteFuture<R>;
}

/** In a job: the loop that it was submitted from. Throws `RuntimeError` elsewhere. */
export function mainLoop(): MainLoop {
  const worker = shared.worker;
  const context = worker?.runsIn.getStore();
  if (worker == null || context === undefined) {
    throw new RuntimeError("mainLoop() is for functions that run as a job of an executor");
  }
  const { id } = context;
  return {
    callSoonThreadsafe: (fn, ...args) => void call(worker, id, "soon", fn, args),
    runCoroutineThreadsafe: (fn, ...args) => {
      const number = call(worker, id, "coroutine", fn, args);
      const future = new RemoteFuture<never>(worker, number);
      worker.calls.set(number, (outcome) => future._settle(outcome));
      return future;
    },
  };
}

function call(worker: InWorker, job: number, how: "soon" | "coroutine", fn: unknown, given: unknown[]): number {
  const reference = referenceOf(fn, how === "soon" ? "callSoonThreadsafe" : "runCoroutineThreadsafe");
  const args = [...reference.args, ...given];
  const number = ++worker.lastCall;
  post(worker, ["call", number, job, how, reference.url, reference.name, args], args, "an argument");
  return number;
}

function post(worker: InWorker, message: ToPool, values: readonly unknown[], what: string): void {
  try {
    worker.post(message, takeTransfers(values));
  } catch (error) {
    throw cannotSend(what, error);
  }
}

/** What a coroutine on the main loop will return: `await` it, or block this thread with `result()`. */
export class RemoteFuture<T> implements PromiseLike<T> {
  private readonly worker: InWorker;
  private readonly number: number;
  private outcome: Outcome | null = null;
  private promise: Promise<T> | null = null;
  private resolve: (() => void) | null = null;

  /** @internal */
  constructor(worker: InWorker, number: number) {
    this.worker = worker;
    this.number = number;
  }

  done(): boolean {
    return this.outcome !== null;
  }

  /** Cancels the task. Nothing happens if it is done. */
  cancel(): void {
    if (!this.done()) this.worker.post(["cancel", this.number], []);
  }

  /**
   * Blocks the thread until there is a result, at most `timeout` seconds. Throws the coroutine's error, `TimeoutError`,
   * and `RuntimeError` in a process, which cannot block: use `await` there.
   */
  result(timeout: number | null = null): T {
    checkTimeout("result", timeout);
    if (this.outcome === null) {
      const { block } = this.worker;
      if (block === null) {
        throw new RuntimeError(
          "a process cannot block on the main loop: make the job an async function and await this",
        );
      }
      block(() => this.outcome !== null, timeout === null ? Number.POSITIVE_INFINITY : timeout * 1000);
    }
    if (this.outcome === null) throw new TimeoutError(`no result after ${timeout} seconds`);
    return open<T>(this.outcome);
  }

  then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.promise ??= new Promise<void>((resolve) => {
      if (this.outcome !== null) resolve();
      else this.resolve = resolve;
    }).then(() => open<T>(this.outcome as Outcome));
    return this.promise.then(onfulfilled, onrejected);
  }

  /** @internal */
  _settle(outcome: Outcome): void {
    this.outcome = outcome;
    this.resolve?.();
  }
}

function open<T>(outcome: Outcome): T {
  if (outcome[0] === FAILED) throw decodeError(outcome[1], "the main loop");
  return outcome[1] as T;
}
