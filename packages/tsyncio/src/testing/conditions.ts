/** The conditions of a run: invariants after each step, liveness conditions within a number of steps. */

import { CheckFailed, type Found, RuleError } from "./failure.ts";
import type { Checks, Invariant, Liveness } from "./settings.ts";

export class Conditions {
  private readonly invariants: Invariant[];
  private readonly liveness: { condition: Liveness; falseSince: number }[];

  constructor(checks: Checks) {
    this.invariants = checks.invariants.slice();
    this.liveness = checks.liveness.map((condition) => ({ condition, falseSince: 0 }));
  }

  /** Checks `invariant` after each step from now on. */
  always(invariant: Invariant): void {
    this.invariants.push(invariant);
  }

  /** Watches `condition` from step `steps` on. */
  eventually(condition: Liveness, steps: number): void {
    this.liveness.push({ condition, falseSince: steps });
  }

  /** Checks all conditions after step `steps`. Throws `CheckFailed`. */
  check(steps: number): void {
    for (const invariant of this.invariants) checkInvariant(invariant);
    for (const watched of this.liveness) {
      if (watched.condition.eventually()) watched.falseSince = steps;
      else if (steps - watched.falseSince > watched.condition.withinSteps) {
        throw new CheckFailed(notYet(watched.condition, `for ${watched.condition.withinSteps} steps`));
      }
    }
  }

  /** Returns the first condition that is false when `main` ends, or null. */
  checkEnd(): Found | null {
    const missing = this.liveness.find(({ condition }) => !condition.eventually());
    return missing === undefined ? null : notYet(missing.condition, "when main ends");
  }

  /** Stops checking. */
  clear(): void {
    this.invariants.length = this.liveness.length = 0;
  }
}

function checkInvariant(invariant: Invariant): void {
  let error: unknown;
  try {
    if (invariant() !== false) return;
    error = new RuleError(`the invariant ${invariant.toString()} does not hold`);
  } catch (thrown) {
    error = thrown;
  }
  throw new CheckFailed({ kind: "invariant", error: () => error });
}

function notYet({ name, eventually }: Liveness, when: string): Found {
  const text = `${name ?? eventually.toString()} has not come true ${when}`;
  return { kind: "liveness", error: () => new RuleError(text) };
}
