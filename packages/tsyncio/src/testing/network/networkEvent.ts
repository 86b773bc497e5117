/** What comes from the network at its time. */

import { Context } from "../../kernel/context.ts";
import type { EventLoop } from "../../kernel/loop.ts";
import { IDLE, type Timer } from "../../kernel/queues/timerLine.ts";
import { kernel } from "../../kernel/state.ts";

/** Packets belong to no host: one that is under way arrives though its sender has crashed. */
const NO_HOST = new Context();

export interface Arrival {
  arrive(): void;
  toString(): string;
}

/** No `Handle`: reports show it by its own text, and not by the name of a callback. */
export class NetworkEvent implements Timer {
  /** @internal */ _timer = IDLE;
  private readonly loop: EventLoop;
  private readonly arrival: Arrival;

  /** To come at `when`, by the loop's clock. The explorer may let it take `delay * (1 + jitter)` seconds from now. */
  constructor(loop: EventLoop, arrival: Arrival, when: number, delay: number) {
    this.loop = loop;
    this.arrival = arrival;
    loop._addTimer(this, when, delay);
  }

  get _quiet(): boolean {
    return false;
  }

  cancel(): void {
    this.loop._timers.drop(this);
  }

  /** @internal */
  _run(): void {
    kernel.context = NO_HOST;
    this.arrival.arrive();
  }

  toString(): string {
    return String(this.arrival);
  }
}
