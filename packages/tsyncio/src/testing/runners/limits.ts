/** How long a test explores: by its options, the environment and the timeout of the runner. */

import { ValueError } from "../../base/errors.ts";
import { DEFAULT_ITERATIONS, DEFAULT_MS, type ExploreOptions } from "../explore.ts";

/** The values of `TSYNCIO_EXPLORE_MS`, `TSYNCIO_EXPLORE_ITERATIONS` and `TSYNCIO_SEED`; undefined where not set. */
export interface Environment {
  readonly ms: number | undefined;
  readonly iterations: number | undefined;
  readonly seed: number | undefined;
  /** In continuous integration nothing is stored: the files would be lost. */
  readonly ci: boolean;
}

type Variables = Record<string, string | undefined>;

/** @throws {ValueError} for what is not a whole number: a long run must not silently become a short one. */
export function readEnvironment(variables: Variables = process.env): Environment {
  const { CI } = variables;
  return {
    ms: whole("TSYNCIO_EXPLORE_MS", variables),
    iterations: whole("TSYNCIO_EXPLORE_ITERATIONS", variables),
    seed: whole("TSYNCIO_SEED", variables),
    ci: CI !== undefined && CI !== "" && CI !== "0" && CI !== "false",
  };
}

function whole(name: string, variables: Variables): number | undefined {
  const text = variables[name];
  if (text === undefined || text === "") return undefined;
  if (!/^\d+$/.test(text)) throw new ValueError(`${name} must be a whole number, got ${JSON.stringify(text)}`);
  return Number(text);
}

/** Part of a test's timeout that exploring may take: the schedule under way must come to its end, too. */
export const SHARE = 0.75;

export type Limits = Required<Pick<ExploreOptions, "iterations" | "timeMs">> & Pick<ExploreOptions, "seed">;

/**
 * The environment comes before the options. Where it sets one limit only, the other one does not hold. `left`: what is
 * left of the test's time, in milliseconds, Infinity for no timeout.
 */
export function limitsOf(options: ExploreOptions, { ms, iterations, seed }: Environment, left: number): Limits {
  const wantedMs = wantedTime(options, { ms, iterations });
  const within = left === Number.POSITIVE_INFINITY ? wantedMs : Math.min(wantedMs ?? left, left * SHARE);
  const chosen = seed ?? options.seed;
  return {
    iterations:
      iterations ?? (ms === undefined ? (options.iterations ?? DEFAULT_ITERATIONS) : Number.POSITIVE_INFINITY),
    timeMs: within,
    ...(chosen === undefined ? {} : { seed: chosen }),
  };
}

function wantedTime(
  options: ExploreOptions,
  { ms, iterations }: Pick<Environment, "ms" | "iterations">,
): number | null {
  if (ms !== undefined) return ms;
  if (iterations !== undefined) return null;
  return options.timeMs === undefined ? DEFAULT_MS : options.timeMs;
}

/**
 * The timeout to ask the runner for, in milliseconds; undefined: the runner's own will do; Infinity: none. What the
 * environment asks for raises the test's own timeout.
 */
export function timeoutFor(
  options: ExploreOptions,
  environment: Environment,
  timeout: number | undefined,
  runners: number,
): number | undefined {
  const byEnvironment = environment.ms !== undefined || environment.iterations !== undefined;
  if (timeout !== undefined && !byEnvironment) return timeout;
  const wanted = wantedTime(options, environment);
  if (wanted === null) return Number.POSITIVE_INFINITY;
  const needed = Math.ceil(wanted / SHARE) + 1000;
  if (needed <= (timeout ?? runners)) return timeout;
  return needed;
}
