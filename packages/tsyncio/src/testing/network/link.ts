/** One direction between two hosts. */

import type { Environment } from "./environment.ts";
import { Lane, type LaneLink, type LinkState } from "./lane.ts";
import type { Machine } from "./machine.ts";
import type { Latency } from "./options.ts";

/** A host talks to itself without a network. Seconds. */
const LOOPBACK: Latency = [0.00002, 0.00002];
/** A lost segment is sent again after this many seconds, then after twice as many, and so on: Linux's numbers. */
const RETRANSMIT = 0.2;
const MOST_RETRIES = 8;

export class Link implements LaneLink {
  readonly from: Machine;
  readonly to: Machine;
  state: LinkState = "up";
  latency: Latency;
  /** All datagrams go through this one. */
  readonly datagrams: Lane;
  /** The lanes with packets that could not arrive. */
  readonly stalled = new Set<{ resume(): void }>();
  private readonly environment: Environment;
  private readonly lossLabel: string;
  private freeAt = 0;

  constructor(environment: Environment, from: Machine, to: Machine) {
    this.environment = environment;
    this.from = from;
    this.to = to;
    this.latency = from === to ? LOOPBACK : environment.limits.latency;
    this.lossLabel = `loss ${from.name} → ${to.name}`;
    this.datagrams = new Lane(environment, this, false);
  }

  setState(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.environment.note(state, this.from, this.to, "the link");
    // Each lane looks for itself whether it can go on now.
    const lanes = [...this.stalled];
    this.stalled.clear();
    for (const lane of lanes) lane.resume();
  }

  /** How many seconds that many bytes take, if they are not lost. */
  travel(bytes: number): number {
    const { environment, latency } = this;
    const [least, most] = latency;
    const delay = most > least ? least + (most - least) * environment.decisions.random() : least;
    const { bandwidth } = environment.limits;
    if (bandwidth === Number.POSITIVE_INFINITY || this.from === this.to) return delay;
    const now = environment.loop.time();
    this.freeAt = Math.max(now, this.freeAt) + bytes / bandwidth;
    return this.freeAt - now + delay;
  }

  /** How reports show a packet on it. */
  describe(packet: { toString(): string }): string {
    return `${this.from.name} → ${this.to.name}: ${packet}`;
  }

  loses(): boolean {
    return this.happens(this.environment.limits.loss, this.lossLabel);
  }

  /** Whether a fault happens. There are none between a host and itself. */
  happens(p: number, label: string): boolean {
    return p > 0 && this.from !== this.to && this.environment.decisions.chance(p, label);
  }

  /** How much later something comes because it was lost, and sent again. */
  retransmissions(): number {
    let delay = 0;
    for (let i = 0, pause = RETRANSMIT; i < MOST_RETRIES && this.loses(); i++, pause *= 2) delay += pause;
    return delay;
  }
}
