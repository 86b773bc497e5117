/** Options of the pools. */

import { checkOptions, type OptionNames } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";

/**
 * The options themselves, without what a prototype adds to them: some of them reach the platform. Throws `TypeError`
 * for one that `caller` does not have.
 */
export function ownOptions<O extends object>(
  caller: string,
  options: O | null | undefined,
  names: OptionNames<O>,
): Partial<O> {
  checkOptions(caller, options, names);
  return Object.assign(Object.create(null), options);
}

/**
 * Environment variables. Throws `TypeError` for what is no object of strings: each platform makes something else of it.
 */
export function checkEnv(env: unknown): void {
  const wrong = "env must be an object of strings, got";
  if (typeof env !== "object" || env === null || Array.isArray(env)) throw new TypeError(`${wrong} ${describe(env)}`);
  for (const [name, value] of Object.entries(env)) {
    if (typeof value !== "string") throw new TypeError(`${wrong} ${describe(value)} for ${name}`);
  }
}

/** Throws `TypeError` for what is neither null nor a number, and `ValueError` for NaN. */
export function checkTimeout(caller: string, timeout: unknown): asserts timeout is number | null {
  if (timeout === null) return;
  const rule = `the timeout of ${caller}() must be null or a number of seconds, got ${describe(timeout)}`;
  if (typeof timeout !== "number") throw new TypeError(rule);
  if (Number.isNaN(timeout)) throw new ValueError(rule);
}

/**
 * Throws `TypeError` for what is no whole number, and `ValueError` for one below 1. Null passes where `orNull` says so.
 */
export function checkCount(name: string, value: unknown, orNull: boolean): void {
  if (value === null && orNull) return;
  const rule = `${name} must be a whole number greater than 0${orNull ? " or null" : ""}, got ${describe(value)}`;
  if (!Number.isInteger(value)) throw new TypeError(rule);
  if ((value as number) < 1) throw new ValueError(rule);
}
