/** Options of the pools. */

import { checkOptions, type OptionNames } from "../kernel/checks.ts";
import { describe } from "../kernel/describe.ts";
import { ValueError } from "../kernel/errors.ts";

/**
 * The options themselves, without what a prototype adds to them: some of them reach the platform. Throws `TypeError` for
 * one that `caller` does not have.
 */
export function ownOptions<O extends object>(
  caller: string,
  options: O | null | undefined,
  names: OptionNames<O>,
): Partial<O> {
  checkOptions(caller, options, names);
  return Object.assign(Object.create(null), options);
}

/** Throws `TypeError` for what is neither null nor a number, and `ValueError` for NaN. */
export function checkTimeout(caller: string, timeout: unknown): asserts timeout is number | null {
  if (timeout === null) return;
  const rule = `the timeout of ${caller}() must be null or a number of seconds, got ${describe(timeout)}`;
  if (typeof timeout !== "number") throw new TypeError(rule);
  if (Number.isNaN(timeout)) throw new ValueError(rule);
}
