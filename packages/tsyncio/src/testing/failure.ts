/** What a run can be found to do wrong. */

import { named, RuntimeError } from "../base/errors.ts";

/** The kind of failure that an exploration has found. */
export type FailureKind =
  /** `main` threw an error, such as that of an assertion. */
  | "error"
  /** All tasks waited, and nothing could wake them. */
  | "deadlock"
  /** A task or callback failed, and its error was never retrieved. */
  | "lost exception"
  /** A task still waited when `main` had ended. */
  | "leaked task"
  /** A cancelled task ended normally. */
  | "swallowed cancellation"
  /** An invariant did not hold after a step. */
  | "invariant"
  /** A condition stayed false for too many steps, or was false at the end. */
  | "liveness"
  /** The run took more than `maxSteps` steps. */
  | "too many steps";

/** Found in one run. The error is made when asked for: that of a deadlock is costly, and most are never read. */
export interface Found {
  readonly kind: FailureKind;
  readonly error: () => unknown;
}

/** Thrown through the loop by a check that does not hold. */
export class CheckFailed {
  readonly found: Found;
  constructor(found: Found) {
    this.found = found;
  }
}

/** A simulated program waits for something real: a promise, a timer, a socket, a thread. */
export const NotSimulatedError = /* @__PURE__ */ named(
  "NotSimulatedError",
  class NotSimulatedError extends RuntimeError {},
);
export type NotSimulatedError = InstanceType<typeof NotSimulatedError>;

/** The program breaks a rule of the runtime that `explore` checks. The message says which, and where. */
export const RuleError = /* @__PURE__ */ named("RuleError", class RuleError extends RuntimeError {});
export type RuleError = InstanceType<typeof RuleError>;
