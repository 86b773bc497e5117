/** The host of a simulated loop: only its clock. */

import { reportToConsole } from "../host/virtual.ts";
import type { Host } from "../kernel/host.ts";
import { NotSimulatedError } from "./failure.ts";

export class SimulatedClock implements Host {
  /** Seconds since the run began. */
  time = 0;

  now(): number {
    return this.time;
  }

  /** Advances the clock to the event at `when`, if it is not past that. */
  reach(when: number): void {
    if (when > this.time) this.time = when;
  }

  begin(): void {
    throw new NotSimulatedError("the loop of a simulation runs by itself: write yield*, not loop.runForever()");
  }

  end(): void {}

  mayContinue(): boolean {
    return true;
  }

  rest(): boolean {
    return false;
  }

  wake(): void {}

  refuse(what: string): void {
    throw new NotSimulatedError(
      `${what} belongs to the real world, and a simulation would never see it end. Put a coroutine in its place, for example one that sleeps`,
    );
  }

  report(text: string, error?: unknown): void {
    reportToConsole(text, error);
  }
}
