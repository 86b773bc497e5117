/** asyncio.wait and asyncio.wait_for. */

import { checkOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { CancelledError, TimeoutError, ValueError } from "../base/errors.ts";
import { thenable } from "../kernel/coroutines.ts";
import { currentLoop, type Future, isfuture } from "../kernel/future.ts";
import {
  type Awaitable,
  type Coroutine,
  type CoroutineObject,
  isAwaitable,
  iscoroutine,
  type Native,
} from "../kernel/protocol.ts";
import { notACoroutine } from "../kernel/taskOptions.ts";
import { ensureFuture } from "./create.ts";
import { Settled } from "./settled.ts";
import { callLater } from "./sleep.ts";
import { checkSeconds, timeout as timeoutIn } from "./timeouts.ts";

/** `wait` returns when any of the futures is done. `asyncio.FIRST_COMPLETED`. */
export const FIRST_COMPLETED = "FIRST_COMPLETED";
/** `wait` returns when one has failed, or all are done. `asyncio.FIRST_EXCEPTION`. */
export const FIRST_EXCEPTION = "FIRST_EXCEPTION";
/** `wait` returns when all are done, which is the default. `asyncio.ALL_COMPLETED`. */
export const ALL_COMPLETED = "ALL_COMPLETED";

/** Options of `wait`. */
export interface WaitOptions {
  /** Seconds; null waits without end. */
  timeout?: number | null;
  returnWhen?: typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED;
}

/**
 * Waits for futures and tasks, and returns two sets: those that are done, and those that are not. Neither throws nor
 * cancels when the time is over. `asyncio.wait`; coroutines are made tasks, as before Python 3.11.
 *
 *     const [done, pending] = yield* wait(tasks, { timeout: 5, returnWhen: FIRST_COMPLETED });
 */
export const wait: <T>(
  awaitables: Iterable<Awaitable<T> | Native<T>>,
  options?: WaitOptions,
) => CoroutineObject<[done: Set<Future<T>>, pending: Set<Future<T>>]> = /* @__PURE__ */ thenable(function* wait<T>(
  awaitables: Iterable<Awaitable<T> | Native<T>>,
  options: WaitOptions = {},
): Coroutine<[done: Set<Future<T>>, pending: Set<Future<T>>]> {
  if (isfuture(awaitables) || iscoroutine(awaitables) || !isIterable(awaitables)) {
    throw new TypeError(`wait expects a list of futures, got ${describe(awaitables)}. Write wait([a, b]).`);
  }
  checkOptions("wait", options, { timeout: true, returnWhen: true });
  const { timeout = null, returnWhen = ALL_COMPLETED } = options;
  checkSeconds(timeout, "wait");
  const loop = currentLoop();
  const distinct = new Set(awaitables);
  if (distinct.size === 0) throw new ValueError("Set of Tasks/Futures is empty.");
  if (!Object.hasOwn(ENOUGH, returnWhen)) {
    throw new ValueError(
      `invalid returnWhen ${JSON.stringify(returnWhen)}: use FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED`,
    );
  }
  const futures: Future<T>[] = [];
  let asGiven = true;
  for (const awaitable of distinct) {
    const future = ensureFuture(awaitable);
    if (future !== awaitable) asGiven = false;
    futures.push(future);
  }
  const settled = new Settled(loop, futures as Future<unknown>[], ENOUGH[returnWhen]);
  const timer = timeout === null ? null : callLater(loop, timeout, () => settled.release());
  try {
    yield* settled;
  } finally {
    timer?.cancel();
    settled.leave();
  }
  // Mostly all are done, and all were futures: then the arguments are the answer.
  if (asGiven && (settled.complete || futures.every((f) => f.done()))) return [distinct as Set<Future<T>>, new Set()];
  return [new Set(futures.filter((f) => f.done())), new Set(futures.filter((f) => !f.done()))];
});

/** Which future ends the wait before all are done. */
const ENOUGH = {
  FIRST_COMPLETED: () => true,
  FIRST_EXCEPTION: (future: Future<unknown>) => !future.cancelled() && future.exception() !== null,
  ALL_COMPLETED: null,
};

function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as Iterable<unknown>)[Symbol.iterator] === "function"
  );
}

/**
 * Waits at most `timeout` seconds (null: without end), then cancels what it waits for, waits until that has ended,
 * and throws `TimeoutError`. A result or error that arrives meanwhile wins. A timeout of 0 or less does not start a
 * coroutine. `asyncio.wait_for`.
 *
 *     const page = yield* waitFor(load(url), 5); // TimeoutError after 5 seconds
 */
export const waitFor: <T>(awaitable: Awaitable<T> | Native<T>, timeout: number | null) => CoroutineObject<T> =
  /* @__PURE__ */ thenable(function* waitFor<T>(
    awaitable: Awaitable<T> | Native<T>,
    timeout: number | null,
  ): Coroutine<T> {
    checkSeconds(timeout, "waitFor");
    if (!isAwaitable(awaitable)) throw notACoroutine(awaitable);
    if (timeout === null || timeout > 0) return yield* underTimeout(awaitable, timeout);
    const future = ensureFuture(awaitable);
    if (future.done()) return future.result();
    yield* cancelAndWait(future);
    try {
      return future.result();
    } catch (error) {
      if (error instanceof CancelledError) throw new TimeoutError("", { cause: error });
      throw error;
    }
  });

function* underTimeout<T>(awaitable: Awaitable<T>, seconds: number | null): Coroutine<T> {
  const timer = timeoutIn(seconds);
  timer._enter();
  let result: T;
  try {
    result = yield* awaitable;
  } catch (error) {
    timer._exit(error);
    throw error;
  }
  timer._exit(null);
  return result;
}

/** Cancels `future` and waits for its end; the wait itself can be cancelled. */
function* cancelAndWait(future: Future<unknown>): Coroutine<void> {
  const ended = new Settled(currentLoop(), [future]);
  ended._owner = { describeWait: () => `the end of ${future}`, holders: () => [future] };
  try {
    future.cancel();
    yield* ended;
  } finally {
    ended.leave();
  }
}
