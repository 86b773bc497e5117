/** What a run can be found to do wrong. */

import { named, RuntimeError } from "../base/errors.ts";

/** What kind of fault an exploration has found. */
export type FailureKind =
  /** `main` threw: an assertion, above all. */
  | "error"
  /** Nothing could ever wake the program. */
  | "deadlock"
  /** A task or callback failed, and its error was never retrieved. */
  | "lost exception"
  /** A task was still waiting when `main` had ended. */
  | "leaked task"
  /** A task was cancelled and ended as if it had not been. */
  | "swallowed cancellation"
  /** An invariant did not hold after a step. */
  | "invariant"
  /** What must happen in the end had not. */
  | "liveness"
  /** The program ran on and on. */
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

/** In a simulation something of the real world was waited for: a promise, a timer, a socket, a thread. */
export const NotSimulatedError = /* @__PURE__ */ named(
  "NotSimulatedError",
  class NotSimulatedError extends RuntimeError {},
);
export type NotSimulatedError = InstanceType<typeof NotSimulatedError>;

/** A program breaks a rule of the runtime's that `explore` watches over: the message says which, and where. */
export const RuleError = /* @__PURE__ */ named("RuleError", class RuleError extends RuntimeError {});
export type RuleError = InstanceType<typeof RuleError>;
