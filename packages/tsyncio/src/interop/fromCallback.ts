/** Callbacks for coroutines. */

import { checkType, ownOptions } from "../base/checks.ts";
import { describeFunction } from "../base/describe.ts";
import { lazyOf } from "../base/lazy.ts";
import { adoptPromise, failFuture } from "../iteration/awaitable.ts";
import { isPromise } from "../iteration/settle.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { iscoroutine, type NativeCoroutine } from "../kernel/protocol.ts";
import { createWaiter } from "../kernel/waiter.ts";
import { closeUnstarted } from "../tasks/create.ts";
import { checkForeignOptions, ForeignWait, type Leaving } from "./foreignWait.ts";
import { attempt, type FromPromiseOptions, takeLate, takeLateError } from "./late.ts";

/** Begins foreign work that calls back. What it returns, if that is a function, cleans up. */
export type Begin<T> = (
  resolve: (value: T | PromiseLike<T>) => void,
  reject: (error: unknown) => void,
  signal: AbortSignal,
) => unknown;

/** Options of `fromCallback`. */
export interface FromCallbackOptions<T> extends Pick<FromPromiseOptions<T>, "late"> {
  /**
   * How long, in seconds, a cancelled wait goes on, shielded, until `resolve` or `reject` is called; the cleanup comes
   * after that. Defaults to 0.
   */
  settle?: number | null;
}

/**
 * Waits for work that calls back:
 *
 *     const bytes = yield* fromCallback<Buffer>((resolve, reject) => {
 *       readFile(path, (error, data) => (error ? reject(error) : resolve(data)));
 *     });
 *
 * `begin` is called when the coroutine begins. The first call of `resolve` or `reject` counts, as in a promise. The
 * function that it returns, if any, is called once, at the end of the wait however that comes: it removes listeners,
 * clears timers.
 *
 *     const [code] = yield* fromCallback<[number]>((resolve) => {
 *       const answer = (...args: [number]) => resolve(args);
 *       child.on("exit", answer);
 *       return () => child.off("exit", answer);
 *     });
 *
 * If the task that waits is cancelled, `signal` aborts, the cleanup is called, and the `CancelledError` is thrown; with
 * `settle`, when the work has called back, or after as many seconds. A value that comes too late goes to `late`;
 * without it, one that has `Symbol.asyncDispose` or `Symbol.dispose` is disposed of. An error that comes too late is
 * reported to the loop's exception handler, unless it only says that the work was aborted.
 *
 * @throws The error of `reject`, or what `begin` throws; TypeError if `begin` is an async function.
 */
export function fromCallback<T = void>(begin: Begin<T>, options?: FromCallbackOptions<T> | null): NativeCoroutine<T> {
  checkType(begin, "function", "fromCallback expects a function (resolve, reject, signal) => cleanup");
  const own = ownOptions("fromCallback", options, { late: true, settle: true });
  checkForeignOptions(own);
  return new CallbackWait<T>(begin, own, "fromCallback", () => `the callback of ${describeFunction(begin)}`);
}

/** What has called back. */
type Outcome<T> = { value: T } | { error: unknown };

export class CallbackWait<T> extends ForeignWait<T> {
  private readonly begin: Begin<T>;
  private readonly options: FromCallbackOptions<T>;
  private readonly caller: string;
  private readonly describe: () => string;
  private readonly controller = new AbortController();
  private future: Future<T> | null = null;
  private called = false;
  private outcome: Outcome<T> | null = null;
  private cleanup: (() => unknown) | null = null;
  /** Not null once nothing waits any more for what is still to come. */
  private left: Leaving | null = null;

  /** `caller` is the function of tsyncio that has made this, `describe` says what it waits for. */
  constructor(begin: Begin<T>, options: FromCallbackOptions<T>, caller: string, describe: () => string) {
    super(options.settle);
    this.begin = lazyOf(begin);
    this.options = options;
    this.caller = caller;
    this.describe = describe;
  }

  protected get madeBy(): string {
    return `${this.caller}()`;
  }

  protected open(loop: EventLoop): Future<T> {
    const future = createWaiter<T>(loop, this);
    this.future = future;
    const resolve = (value: T | PromiseLike<T>): void => {
      if (this.called) return;
      this.called = true;
      if (isPromise(value)) this.adopt(value as PromiseLike<T>, loop);
      else this.settled({ value: value as T });
    };
    const reject = (error: unknown): void => {
      if (this.called) return;
      this.called = true;
      this.settled({ error });
    };
    try {
      this.cleanup = cleanupOf(this.begin(resolve, reject, this.controller.signal));
    } catch (error) {
      reject(error);
    }
    if (this.outcome !== null) this.cleanUp(loop);
    return future;
  }

  protected leave(leaving: Leaving): boolean {
    const { future, outcome, controller } = this;
    if (future === null) return false; // never begun
    this.left = leaving;
    controller.abort(leaving.error);
    if (outcome !== null) return this.takeLate(outcome, leaving);
    if ((this.options.settle ?? 0) === 0) this.cleanUp(leaving.loop);
    return true;
  }

  /** The work has not called back in time. */
  protected override settleEnded(loop: EventLoop): void {
    this.cleanUp(loop);
  }

  protected describeWork(): string {
    return this.describe();
  }

  /** As a promise's `resolve` does it. */
  private adopt(promise: PromiseLike<T>, loop: EventLoop): void {
    try {
      adoptPromise(promise, loop).then(
        (value) => this.settled({ value }),
        (error) => this.settled({ error }),
      );
    } catch (error) {
      this.settled({ error });
    }
  }

  private settled(outcome: Outcome<T>): void {
    const { left } = this;
    const future = this.future as Future<T>;
    this.outcome = outcome;
    if (left !== null) {
      this.cleanUp(left.loop);
      if (!this.takeLate(outcome, left)) left.over();
      return;
    }
    this.cleanUp(future.getLoop());
    if (future.done()) return; // cancelled: it leaves in its next step, and takes the outcome along
    if ("value" in outcome) future.setResult(outcome.value);
    else failFuture(future, outcome.error);
  }

  /** True if the end of that must be waited for. */
  private takeLate(outcome: Outcome<T>, { loop, over }: Leaving): boolean {
    const { late, settle } = this.options;
    const place = { loop, settle: settle ?? null };
    if ("error" in outcome) {
      takeLateError(place, `${this.caller}() was told of an error`, outcome.error, this.controller.signal);
      return false;
    }
    const taken = takeLate(place, this.caller, outcome.value, late, () => true);
    if (taken !== null) void taken.then(over);
    return taken !== null;
  }

  private cleanUp(loop: EventLoop): void {
    const { cleanup } = this;
    this.cleanup = null;
    if (cleanup !== null) attempt({ loop }, `The cleanup of ${this.caller}() has failed`, cleanup);
  }
}

function cleanupOf(begun: unknown): (() => unknown) | null {
  if (typeof begun === "function") return lazyOf(begun as () => unknown);
  const coroutine = iscoroutine(begun);
  if (!coroutine && !(begun instanceof Promise)) return null;
  if (coroutine) closeUnstarted(begun);
  else begun.catch(() => {});
  throw new TypeError(
    "the function of fromCallback must be a plain one, which returns nothing or a cleanup, got an async function: " +
      "for a promise write fromPromise(…)",
  );
}
