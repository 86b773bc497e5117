/** What a fuzzer is, and the table of them. */

import { cancel } from "./cancel.ts";
import { cpython } from "./cpython.ts";
import { net } from "./net.ts";
import { pool } from "./pool.ts";

/** What the command line, or a test, asks of a fuzzer. */
export interface FuzzRun {
  /** The seed of the first case. Case number `i` has the seed `seed + i`, and depends on nothing else. */
  readonly seed: number;
  /** Begin no case after this many seconds; `Infinity` if only `count` ends the run. */
  readonly seconds: number;
  /** How many cases to run at most; `Infinity` if only `seconds` ends the run. */
  readonly count: number;
  /** To be called before each case: a run that calls it no more is ended from outside, and its last seed shown. */
  begin(seed: number): void;
  /** To be called for each rule that a case has broken. */
  report(finding: Finding): void;
}

export interface Finding {
  /** The seed of the case. `npm run fuzz -- NAME --seed SEED --count 1` runs it again. */
  readonly seed: number;
  /** The rule, and what was seen instead. */
  readonly what: string;
  readonly error?: unknown;
}

export interface Fuzzer {
  /** What stands on the command line. */
  readonly name: string;
  /** One line for `--help`: what is done, and which rules must hold. */
  readonly what: string;
  /** What a case is, in the plural: "connections". */
  readonly cases: string;
  /** How many cases `npm test` runs: a few seconds at most. 0 if they need what is not there. */
  readonly short: number;
  /** The first seed where the command line names none. A random one if this is left out. */
  readonly firstSeed?: () => number;
  /** Resolves with the number of cases that were run. */
  run(options: FuzzRun): Promise<number>;
}

export const fuzzers: readonly Fuzzer[] = [cancel, cpython, net, pool];
