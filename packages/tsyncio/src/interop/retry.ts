/** Trying again. */

import { checkFunctionOrNull, checkType, ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import { isBaseException } from "../base/exceptionGroup.ts";
import { lazyOf } from "../base/lazy.ts";
import { resultOf } from "../iteration/settle.ts";
import { thenable } from "../kernel/coroutines.ts";
import type { Awaitable, Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { sleep } from "../tasks/sleep.ts";

/** Options of `retry`. */
export interface RetryOptions {
  /** How often `fn` is called at most, the first time included. Defaults to 3; `Infinity` is no limit. */
  attempts?: number;
  /**
   * Seconds before the second attempt. Defaults to 0.1. A function is asked before each: its seconds are taken as they
   * are, without factor, jitter and limit.
   */
  delay?: number | ((error: unknown, attempt: number) => number);
  /** By how much the delay grows from one attempt to the next. Defaults to 2. */
  factor?: number;
  /**
   * The part of the delay, from 0 to 1, that is random, so that many clients do not come back together. Defaults to
   * 0.5.
   */
  jitter?: number;
  /** Seconds that a delay takes at most. Defaults to 30. */
  maxDelay?: number;
  /**
   * Whether to try again after this error of that attempt; the first one is 1. May be a `function*` or an async
   * function.
   */
  when?: ((error: unknown, attempt: number) => unknown) | null;
  /**
   * Told of each failed attempt after which there is another, and of the seconds until then. May be a `function*` or an
   * async function.
   */
  on?: ((error: unknown, attempt: number, delay: number) => unknown) | null;
}

/**
 * Calls `fn` until it succeeds, and returns its result:
 *
 *     const page = yield* retry(() => load(url), { attempts: 5, when: (error) => error instanceof TimeoutError });
 *
 * `fn` gets the number of the attempt, from 1. Between attempts it sleeps: `delay` seconds, `delay * factor`, and so
 * on, each shortened by up to the part `jitter`, drawn by `Math.random()`, which the seed determines in a simulation. A
 * cancellation, of the task or of what it waits for, a `KeyboardInterrupt` and a `SystemExit` are never retried.
 *
 * @throws The error of the last attempt.
 */
export function retry<T>(
  fn: (attempt: number) => Awaitable<T> | PromiseLike<T>,
  options?: RetryOptions | null,
): CoroutineObject<T> {
  checkType(fn, "function", "retry expects a function: retry(() => load(url)), not retry(load(url))");
  return attempting(lazyOf(fn), settingsOf(options)) as CoroutineObject<T>;
}

export type RetrySettings = Required<{ [K in keyof RetryOptions]: NonNullable<RetryOptions[K]> }>;

/** Checked, and with the defaults. */
export function settingsOf(options: RetryOptions | null | undefined): RetrySettings {
  const own = ownOptions("retry", options, {
    attempts: true,
    delay: true,
    factor: true,
    jitter: true,
    maxDelay: true,
    when: true,
    on: true,
  });
  const { attempts = 3, delay = 0.1, factor = 2, jitter = 0.5, maxDelay = 30, when = null, on = null } = own;
  if (!(attempts === Infinity || Number.isInteger(attempts)) || attempts < 1) {
    throw new ValueError(`attempts must be a whole number of 1 or more, or Infinity, got ${describe(attempts)}`);
  }
  if (typeof delay !== "function") checkSeconds(delay, "delay");
  checkSeconds(maxDelay, "maxDelay");
  if (!(factor >= 1)) throw new ValueError(`factor must be a number of 1 or more, got ${describe(factor)}`);
  if (!(jitter >= 0 && jitter <= 1))
    throw new ValueError(`jitter must be a number from 0 to 1, got ${describe(jitter)}`);
  checkFunctionOrNull(when, "when must be a function of the error");
  checkFunctionOrNull(on, "on must be a function that is told of the error");
  const always = (): boolean => true;
  return { attempts, delay, factor, jitter, maxDelay, when: lazyOf(when ?? always), on: lazyOf(on ?? always) };
}

function checkSeconds(value: number, name: string): void {
  if (!(value >= 0)) throw new ValueError(`${name} must be 0 seconds or more, got ${describe(value)}`);
}

/** `retry` with settings that are checked. */
export const attempting = /* @__PURE__ */ thenable(function* retry(
  fn: (attempt: number) => unknown,
  settings: RetrySettings,
): Coroutine<unknown> {
  for (let attempt = 1; ; attempt++) {
    let failure: unknown;
    try {
      return yield* resultOf(fn(attempt));
    } catch (error) {
      if (attempt >= settings.attempts || isBaseException(error)) throw error;
      failure = error;
    }
    if (!(yield* resultOf(settings.when(failure, attempt)))) throw failure;
    const delay = delayAfter(attempt, failure, settings);
    yield* resultOf(settings.on(failure, attempt, delay));
    yield* sleep(delay);
  }
});

/** Seconds between that attempt and the next. */
export function delayAfter(attempt: number, error: unknown, settings: RetrySettings): number {
  const { delay, factor, jitter, maxDelay } = settings;
  if (typeof delay !== "function") {
    // The power becomes infinite, and 0 times that is no number.
    const grown = delay === 0 ? 0 : delay * factor ** (attempt - 1);
    return Math.min(maxDelay, grown) * (1 - jitter * Math.random());
  }
  const seconds = delay(error, attempt);
  checkSeconds(seconds, "what the function delay returns");
  return seconds;
}
