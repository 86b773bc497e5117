/**
 * In a thread or a process of a worker's pool: runs one job, from text to text. The loop of the worker never reads
 * values.
 */

import {
  type Coroutine,
  createTask,
  type Future,
  gather,
  getRunningLoop,
  isCancelled,
  iscoroutine,
  run,
} from "tsyncio";
import { blocking, mainLoop } from "tsyncio/executors";
import { type AnyFunction, shared } from "tsyncio/executors/internal";
import { errorToText, fromText, toText } from "../wire/values.ts";
import { setAttemptOfWorker } from "./attempt.ts";
import type { RunnerCall } from "./runner.ts";

export type JobResult = readonly [kind: "value" | "error", text: string, isCancelled: boolean];

export const runJob = blocking(import.meta, async function runJob(call: RunnerCall, limit: number): Promise<JobResult> {
  const { url, name, fn, args: text, many } = call;
  try {
    const found = await shared.worker?.find(url, name);
    const args = fromText(text, `the arguments of ${fn}`, limit);
    if (!Array.isArray(args)) throw new TypeError(`the arguments of ${fn} must be a list`);
    setAttemptOfWorker(call.attempt);
    const value = await enterJob(found as AnyFunction, args, many, call.key);
    return ["value", toText(value, `the result of ${name}()`, limit), false];
  } catch (error) {
    return ["error", errorToText(error, limit), isCancelled(error)];
  } finally {
    setAttemptOfWorker(null);
  }
});

/** Below it the stack of an error is of no interest: see remoteError.ts of tsyncio. */
function enterJob(fn: AnyFunction, args: readonly unknown[], many: boolean, key: string): unknown {
  if (!many) {
    const value = fn(...args);
    return iscoroutine(value) ? runCoroutine(value as Coroutine<unknown>, key) : value;
  }
  const values = (args as readonly unknown[][]).map((one) => fn(...one));
  if (!values.some(iscoroutine)) return Promise.all(values);
  return runCoroutine(all(values as Coroutine<unknown>[]), key);
}

function* all(coros: Coroutine<unknown>[]): Coroutine<unknown[]> {
  return yield* gather(...coros);
}

/** On a loop of this thread's own; the worker's loop tells when it is cancelled. */
function runCoroutine(coro: Coroutine<unknown>, key: string): Promise<unknown> {
  const cancelled = mainLoop().runCoroutineThreadsafe(cancellation, key);
  return run(
    (function* () {
      const loop = getRunningLoop();
      const task = createTask(coro);
      cancelled.then(
        () => loop.callSoonThreadsafe(() => task.cancel()),
        () => {}, // the worker has no loop any more
      );
      try {
        return yield* task;
      } finally {
        cancelled.cancel();
      }
    })(),
  );
}

/** On the worker's loop: the jobs that run as coroutines, and how they are told that they are cancelled. */
const waiting = new Map<string, Future<void>>();
const requested = new Set<string>();

export const cancellation = blocking(import.meta, function* cancellation(key: string): Coroutine<void> {
  if (requested.delete(key)) return;
  const future = getRunningLoop().createFuture<void>();
  waiting.set(key, future);
  try {
    yield* future;
  } finally {
    waiting.delete(key);
  }
});

/** Asks the coroutine of a job to end. */
export function requestCancellation(key: string): void {
  const future = waiting.get(key);
  if (future === undefined) requested.add(key);
  else if (!future.done()) future.setResult();
}

/** The job has ended. */
export function forgetCancellation(key: string): void {
  requested.delete(key);
}
