/** More attempts of a request, by `retry`. */

import { ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import {
  attempting,
  type RetryOptions as CoreOptions,
  delayAfter,
  type RetrySettings,
  settingsOf,
} from "../interop/retry.ts";
import { resultOf } from "../iteration/settle.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { ClientConnectionError, ClientResponseError, type RequestInfo } from "./errors.ts";

/**
 * Those of `retry`, for a request: `attempts` (3), `delay` (0.1 s), `factor` (2), `jitter` (0.5), `maxDelay` (30 s),
 * `when`, `on`. The errors are `ClientConnectionError`s, and `ClientResponseError`s of `statuses`. A `Retry-After` is
 * waited for; a response that asks for more than `maxDelay` is returned.
 */
export interface RetryOptions extends CoreOptions {
  /** The statuses after which there is another attempt. Defaults to 429, 502, 503 and 504. */
  statuses?: readonly number[];
}

export interface RetryPolicy extends RetrySettings {
  readonly statuses: readonly number[];
}

/** RFC 9110: sent twice they do what they do once. */
const IDEMPOTENT = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];
const PASSING = [429, 502, 503, 504];

export function retryPolicy(options: RetryOptions | null): RetryPolicy | null {
  if (options === null) return null;
  const core = {
    attempts: true,
    delay: true,
    factor: true,
    jitter: true,
    maxDelay: true,
    when: true,
    on: true,
  } as const;
  const { statuses = PASSING, ...rest } = ownOptions("retry", options, { ...core, statuses: true });
  if (!Array.isArray(statuses))
    throw new TypeError(`retry.statuses must be an array of numbers, got ${describe(statuses)}`);
  return { ...settingsOf(rest), statuses };
}

/** False for what could do something twice. */
export function mayRepeat(method: string): boolean {
  return IDEMPOTENT.includes(method);
}

/** What an attempt must tell of its response. */
interface Answer extends RequestInfo {
  readonly status: number;
  readonly reason: string;
  readonly headers: Headers;
  close(): void;
}

/** A response whose status is one that passes. */
class Refusal extends ClientResponseError {
  readonly #response: Answer;

  constructor(response: Answer) {
    const { status, reason, headers } = response;
    super(`${status} ${reason}`.trimEnd(), response, status, headers);
    this.#response = response;
  }

  get response(): Answer {
    return this.#response;
  }
}

/** The first response that is none to try again after, or the last one. */
export function* repeating<R extends Answer>(policy: RetryPolicy, attempt: () => Coroutine<R>): Coroutine<R> {
  let refused: Answer | null = null;
  const once = function* (): Coroutine<R> {
    const response = yield* attempt();
    if (!policy.statuses.includes(response.status)) return response;
    refused = response;
    throw new Refusal(response);
  };
  const settings: RetrySettings = {
    ...policy,
    delay: (error, count) => Math.max(delayAfter(count, error, policy), askedBy(error) ?? 0),
    *when(error, count) {
      const passes = error instanceof ClientConnectionError || error instanceof Refusal;
      return passes && (askedBy(error) ?? 0) <= policy.maxDelay && (yield* resultOf(policy.when(error, count)));
    },
    *on(error, count, delay) {
      if (error instanceof Refusal) error.response.close();
      yield* resultOf(policy.on(error, count, delay));
    },
  };
  try {
    return (yield* attempting(once, settings)) as R;
  } catch (error) {
    if (error instanceof Refusal) return error.response as R;
    // Cancelled in `when`, which may have thrown too: the caller has no response to close.
    (refused as Answer | null)?.close();
    throw error;
  }
}

/** The seconds of its `Retry-After`; null if there is none. A date of the form that has no zone means GMT. */
function askedBy(error: unknown): number | null {
  const value = error instanceof Refusal ? (error.headers.get("retry-after")?.trim() ?? "") : "";
  if (/^\d+$/.test(value)) return Number(value);
  const date = /^[A-Z][a-z]+,? /.test(value) ? Date.parse(/ GMT$/.test(value) ? value : `${value} GMT`) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, (date - Date.now()) / 1000);
}
