/** The result of exploring a program. */

import { named, RuntimeError } from "../base/errors.ts";
import type { FailureKind } from "./failure.ts";

/** A schedule under which the program fails. */
export interface Failure {
  readonly kind: FailureKind;
  /** What was thrown; a `RuleError` where a rule of the runtime's was broken. */
  readonly error: unknown;
  /** For `replay(main, token)`. */
  readonly token: string;
  /** How many choices of the shrunk schedule are not the default. 0: it fails without any unusual order. */
  readonly deviations: number;
  /** Which schedule found it, from 1. */
  readonly schedule: number;
  /** All of it, for people. */
  readonly report: string;
  /** The rows of the report's timeline, for programs; null where the report leaves some out. */
  readonly steps: readonly (FailureStep | null)[];
}

/** What happened in one step of a failing schedule. */
export interface FailureStep {
  /** The number of the step in its run, from 1. */
  readonly step: number;
  /** On the simulated clock, since the run began. */
  readonly seconds: number;
  /** The task with its function, or the callback, that had its turn. */
  readonly task: string;
  /** How far it came, in words: `waits for sleep(1), at main (main.ts:3)`. */
  readonly what: string;
  /** True for what would not have happened here by default. */
  readonly deviates: boolean;
}

/** What `explore` returns. */
export class Exploration {
  /** The strategy's name. */
  declare readonly strategy: string;
  /** Of the whole exploration. */
  declare readonly seed: number;
  /** How many runs there were. */
  declare readonly schedules: number;
  /** How many of them were different from all before. */
  declare readonly distinct: number;
  /** Whether these were all schedules that the strategy has, and not only some. */
  declare readonly complete: boolean;
  /** How long it took, in seconds. */
  declare readonly seconds: number;
  /** Null if none was found. */
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

/** Thrown by `explore` and `replay` at a failure. The message is the report, the `cause` what the program threw. */
export const ExplorationError = /* @__PURE__ */ named(
  "ExplorationError",
  class ExplorationError extends RuntimeError {
    readonly failure: Failure;
    constructor(failure: Failure) {
      super(failure.report, { cause: failure.error });
      this.failure = failure;
      this.stack = `${this.name}: ${failure.report}`; // where explore was called says nothing
    }

    /** For `replay(main, token)`. */
    get token(): string {
      return this.failure.token;
    }
  },
);
export type ExplorationError = InstanceType<typeof ExplorationError>;
