/** The result of exploring a program. */

import { named, RuntimeError } from "../base/errors.ts";
import type { FailureKind } from "./failure.ts";

/** A schedule under which the program fails. */
export interface Failure {
  readonly kind: FailureKind;
  /** The error that was thrown; a `RuleError` where the program broke a rule of the runtime. */
  readonly error: unknown;
  /** The schedule as a text: `replay(main, token)` runs it again. */
  readonly token: string;
  /** How many choices of the shrunk schedule differ from the default. 0: the program fails in the default order. */
  readonly deviations: number;
  /** The number of the schedule that failed first, from 1. */
  readonly schedule: number;
  /** The whole report, as text. */
  readonly report: string;
  /** The rows of the report's timeline as data; null where the report leaves rows out. */
  readonly steps: readonly (FailureStep | null)[];
}

/** What happened in one step of a failing schedule. */
export interface FailureStep {
  /** The number of the step in its run, from 1. */
  readonly step: number;
  /** Seconds on the simulated clock since the run began. */
  readonly seconds: number;
  /** The task that ran, with its function; or the callback. */
  readonly task: string;
  /** How the step ended: `waits for sleep(1), at main (main.ts:3)`. */
  readonly what: string;
  /** Whether the step differs from the default order. */
  readonly deviates: boolean;
}

/** The result of `explore`. */
export class Exploration {
  /** The name of the strategy. */
  declare readonly strategy: string;
  /** The seed of the whole exploration: the same seed explores the same schedules. */
  declare readonly seed: number;
  /** The number of runs. */
  declare readonly schedules: number;
  /** The number of runs whose schedule differed from all before. */
  declare readonly distinct: number;
  /** Whether every schedule of the strategy has run. */
  declare readonly complete: boolean;
  /** The duration of the exploration, in seconds of real time. */
  declare readonly seconds: number;
  /** The failure with its shrunk schedule, or null if every schedule held. */
  declare readonly failure: Failure | null;

  /** @internal */
  constructor(facts: Omit<Exploration, "schedulesPerSecond" | "toString">) {
    Object.assign(this, facts);
  }

  get schedulesPerSecond(): number {
    return this.schedules / Math.max(this.seconds, 1e-6);
  }

  toString(): string {
    if (this.failure !== null) return this.failure.report;
    if (this.complete && this.distinct === 1) {
      return 'explored the only schedule: no failure. Nothing in it can come in another order; a greater jitter, or model "any", permutes more';
    }
    const what = this.complete ? `all ${this.distinct}` : `${this.schedules} (${this.distinct} different)`;
    return `explored ${what} schedules in ${this.seconds.toFixed(2)} s (${this.strategy}, seed ${this.seed}): no failure`;
  }
}

/**
 * Thrown by `explore` and `replay` when the program fails. Its message is the report, its `cause` the error of the
 * program.
 */
export const ExplorationError = /* @__PURE__ */ named(
  "ExplorationError",
  class ExplorationError extends RuntimeError {
    readonly failure: Failure;
    constructor(failure: Failure) {
      super(failure.report, { cause: failure.error });
      this.failure = failure;
      this.stack = `${this.name}: ${failure.report}`; // where explore was called says nothing
    }

    /** The schedule as a text: `replay(main, token)` runs it again. */
    get token(): string {
      return this.failure.token;
    }
  },
);
export type ExplorationError = InstanceType<typeof ExplorationError>;
