/** Options of the executor, and of a single job. */

import { ValueError } from "tsyncio";
import { checkCount, describe, type OptionNames, ownOptions } from "tsyncio/executors/internal";
import type { QueueOptions } from "./engine/engine.ts";

/** What a job asks of the queue, and of its worker. */
export interface JobOptions {
  /** From 1 on: 1 comes before 2. 0, the default, comes before all. */
  priority?: number;
  /** How many seconds it waits at least before it begins. Defaults to 0. */
  delay?: number;
  /**
   * How many times it runs again after it has failed, or its worker has ended. Defaults to 0. With more, a job may run
   * more than once, even side by side with itself: `attempt()` tells which run it is.
   */
  retries?: number;
  /**
   * How many seconds lie between a failure and the next run: a number, or `{ type: "exponential", base }`, twice as
   * long each time. Defaults to 0.
   */
  backoff?: number | { readonly type: "fixed" | "exponential"; readonly base: number };
  /**
   * How many seconds a run may take; then it is ended, and fails with `TimeoutError`. Null, the default, sets no limit.
   */
  timeout?: number | null;
  /**
   * While a job with this key waits or runs, another one is not added: both have the outcome of the first. Null, the
   * default, is no key.
   */
  deduplicate?: string | null;
  /**
   * How many seconds the outcome is kept for others that ask by id; also for an executor that has lost its connection
   * as the job ended. Defaults to 3600.
   */
  retention?: number;
  /** What cancelling a job that runs does, where its function does not say. Defaults to "leave". */
  cancel?: "leave" | "terminate";
}

export const JOB_OPTIONS: OptionNames<JobOptions> = {
  priority: true,
  delay: true,
  retries: true,
  backoff: true,
  timeout: true,
  deduplicate: true,
  retention: true,
  cancel: true,
};

export interface JobSettings extends QueueOptions {
  readonly retries: number;
  readonly timeout: number | null;
  readonly retention: number;
  readonly cancelsHard: boolean;
}

const DEFAULTS: JobSettings = {
  priority: 0,
  delay: 0,
  retries: 0,
  backoff: { type: "fixed", base: 0 },
  timeout: null,
  deduplicate: null,
  retention: 3600,
  cancelsHard: false,
};

export function jobSettings(caller: string, given: JobOptions | undefined, before = DEFAULTS): JobSettings {
  const own = ownOptions(caller, given, JOB_OPTIONS);
  const { priority = before.priority, delay = before.delay, retries = before.retries, backoff = before.backoff } = own;
  const { timeout = before.timeout, deduplicate = before.deduplicate, retention = before.retention, cancel } = own;
  // BullMQ's greatest.
  checkWhole("priority", priority, 2_097_152);
  checkSeconds("delay", delay);
  checkWhole("retries", retries, 1_000_000);
  checkSeconds("retention", retention);
  if (timeout !== null) {
    checkSeconds("timeout", timeout);
    if (timeout === 0) throw new ValueError("timeout must be greater than 0, or null for no limit, got 0");
  }
  if (deduplicate !== null && (typeof deduplicate !== "string" || deduplicate === "")) {
    throw new TypeError(`deduplicate must be a string that is not empty, or null, got ${describe(deduplicate)}`);
  }
  if (cancel !== undefined && cancel !== "leave" && cancel !== "terminate") {
    throw new ValueError(`cancel must be "leave" or "terminate", got ${describe(cancel)}`);
  }
  return {
    priority,
    delay,
    retries,
    backoff: checkBackoff(backoff),
    timeout,
    deduplicate,
    retention,
    cancelsHard: cancel === undefined ? before.cancelsHard : cancel === "terminate",
  };
}

function checkBackoff(backoff: NonNullable<JobOptions["backoff"]>): QueueOptions["backoff"] {
  if (typeof backoff === "number") {
    checkSeconds("backoff", backoff);
    return { type: "fixed", base: backoff };
  }
  const names: OptionNames<{ type: string; base: number }> = { type: true, base: true };
  const { type, base } = ownOptions("backoff", backoff, names) as { type: unknown; base: unknown };
  if (type !== "fixed" && type !== "exponential") {
    throw new ValueError(`backoff.type must be "fixed" or "exponential", got ${describe(type)}`);
  }
  checkSeconds("backoff.base", base);
  return { type, base };
}

export function checkSeconds(name: string, value: unknown): asserts value is number {
  const rule = `${name} must be a number of seconds, 0 or more, got ${describe(value)}`;
  if (typeof value !== "number") throw new TypeError(rule);
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) throw new ValueError(rule);
}

function checkWhole(name: string, value: unknown, most: number): void {
  if (value === 0) return;
  checkCount(name, value, false);
  if ((value as number) > most) throw new ValueError(`${name} must be at most ${most}, got ${value}`);
}
