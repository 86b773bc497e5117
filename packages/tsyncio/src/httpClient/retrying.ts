/** Which requests get another attempt, and when. */

import { ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import { ClientConnectionError } from "./errors.ts";

export interface RetryOptions {
  /** How many attempts there are, the first included. Defaults to 3. */
  attempts?: number;
  /** Seconds between the first two attempts. Defaults to 0.5. */
  delay?: number;
  /** Each pause is that many times the last. Defaults to 2. */
  factor?: number;
  /** The longest pause, in seconds. A response whose `Retry-After` asks for more is returned. Defaults to 30. */
  maxDelay?: number;
  /** The part of a pause that is left to chance, from 0 to 1, so that clients do not come all at once. Defaults to 0.5. */
  jitter?: number;
  /** The statuses that get another attempt. Defaults to 429, 502, 503 and 504. */
  statuses?: readonly number[];
}

const DEFAULTS = { attempts: 3, delay: 0.5, factor: 2, maxDelay: 30, jitter: 0.5, statuses: [429, 502, 503, 504] };
type Policy = Required<RetryOptions>;

/** RFC 9110: sent twice they do what they do once. */
const IDEMPOTENT = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];

export function retryPolicy(options: RetryOptions | null): Policy | null {
  if (options === null) return null;
  const names = { attempts: true, delay: true, factor: true, maxDelay: true, jitter: true, statuses: true } as const;
  const policy: Policy = { ...DEFAULTS };
  for (const [name, value] of Object.entries(ownOptions("retry", options, names))) {
    if (value !== undefined) Object.assign(policy, { [name]: value });
  }
  for (const [name, least, most] of LIMITS) {
    const value: unknown = policy[name];
    if (typeof value !== "number") throw new TypeError(`retry.${name} must be a number, got ${describe(value)}`);
    if (value >= least && value <= most) continue;
    throw new ValueError(`retry.${name} must be from ${least} to ${most}, got ${value}`);
  }
  if (Array.isArray(policy.statuses)) return policy;
  throw new TypeError(`retry.statuses must be an array of numbers, got ${describe(policy.statuses)}`);
}

const LIMITS = [
  ["attempts", 1, Number.POSITIVE_INFINITY],
  ["delay", 0, Number.MAX_VALUE],
  ["factor", 0, Number.MAX_VALUE],
  ["maxDelay", 0, Number.MAX_VALUE],
  ["jitter", 0, 1],
] as const;

/**
 * How often the request may be sent. Not more than once if that could do something twice, or if its body is gone with the first
 * time.
 */
export function attemptsOf(policy: Policy | null, method: string, repeatable: boolean): number {
  return policy !== null && repeatable && IDEMPOTENT.includes(method) ? policy.attempts : 1;
}

/** Whether another attempt may succeed where this one has failed. */
export function isTransient(error: unknown): boolean {
  return error instanceof ClientConnectionError;
}

/** Seconds before the attempt after the `attempt`th. Null if the server asks for more than the longest pause. */
export function pauseAfter(policy: Policy, attempt: number, retryAfter: number | null): number | null {
  if (retryAfter !== null && retryAfter > policy.maxDelay) return null;
  const pause = Math.min(policy.delay * policy.factor ** (attempt - 1), policy.maxDelay);
  return Math.max(pause * (1 - policy.jitter * Math.random()), retryAfter ?? 0);
}

/** What a `Retry-After` asks for, in seconds from now; null if it is none. */
export function retryAfterOf(headers: Headers): number | null {
  const value = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value);
  const date = /^[A-Z][a-z]+,? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, (date - Date.now()) / 1000);
}
