/** What all parts of one simulated network share. */

import type { EventLoop } from "../../kernel/loop.ts";
import { type Arrival, NetworkEvent } from "./networkEvent.ts";
import type { Limits, NetworkTrace } from "./options.ts";

/** The decisions of a run, and its random numbers: its `World`. */
export interface Decisions {
  /** An event of `d` seconds may take up to `d * (1 + jitter)`. */
  readonly settings: { readonly jitter: number };
  random(): number;
  chance(p: number, label: string): boolean;
}

interface Named {
  readonly name: string;
}

/** The clock, the decisions, the limits, and the trace. */
export class Environment {
  readonly loop: EventLoop;
  readonly decisions: Decisions;
  readonly limits: Limits;
  private readonly trace: NetworkTrace | null;

  constructor(loop: EventLoop, decisions: Decisions, limits: Limits, trace: NetworkTrace | null) {
    this.loop = loop;
    this.decisions = decisions;
    this.limits = limits;
    this.trace = trace;
  }

  /** Something happens `delay` seconds from now: an event from outside. */
  after(delay: number, arrival: Arrival): NetworkEvent {
    return new NetworkEvent(this.loop, arrival, this.loop.time() + delay, delay);
  }

  /** A line of the trace. */
  note(what: string, from: Named, to: Named, subject: { toString(): string }): void {
    this.trace?.(`${this.loop.time().toFixed(6)} ${what} ${from.name} → ${to.name}: ${subject}`);
  }
}
