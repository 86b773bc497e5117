/** One direction between two hosts. */

import type { Fabric } from "./fabric.ts";
import { Lane } from "./lane.ts";
import type { Machine } from "./machine.ts";
import type { Latency } from "./options.ts";

/** A host talks to itself without a network. Seconds. */
const LOOPBACK: Latency = [0.00002, 0.00002];
/** A lost segment is sent again after so many seconds, then after twice as many, and so on: Linux's numbers. */
const RETRANSMIT = 0.2;
const MOST_RETRIES = 8;

/** `partitioned`: what is sent is lost. `held`: it waits until it is released. */
export type LinkState = "up" | "partitioned" | "held";

export class Link {
  readonly from: Machine;
  readonly to: Machine;
  state: LinkState = "up";
  latency: Latency;
  /** All datagrams go through this one. */
  readonly datagrams: Lane;
  /** The lanes with packets that could not arrive. */
  readonly stalled = new Set<Lane>();
  private readonly fabric: Fabric;
  private readonly lossLabel: string;
  private freeAt = 0;

  constructor(fabric: Fabric, from: Machine, to: Machine) {
    this.fabric = fabric;
    this.from = from;
    this.to = to;
    this.latency = from === to ? LOOPBACK : fabric.limits.latency;
    this.lossLabel = `loss ${from.name} → ${to.name}`;
    this.datagrams = new Lane(fabric, this, false);
  }

  setState(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.fabric.note(state, this.from, this.to, "the link");
    // Each lane looks for itself whether it can go on now.
    const lanes = [...this.stalled];
    this.stalled.clear();
    for (const lane of lanes) lane.goOn();
  }

  /** How many seconds so many bytes take, if they are not lost. */
  travel(bytes: number): number {
    const { fabric, latency } = this;
    const [least, most] = latency;
    const delay = most > least ? least + (most - least) * fabric.chances.random() : least;
    const { bandwidth } = fabric.limits;
    if (bandwidth === Number.POSITIVE_INFINITY || this.from === this.to) return delay;
    const now = fabric.loop.time();
    this.freeAt = Math.max(now, this.freeAt) + bytes / bandwidth;
    return this.freeAt - now + delay;
  }

  /** How reports show a packet on it. */
  describe(packet: { toString(): string }): string {
    return `${this.from.name} → ${this.to.name}: ${packet}`;
  }

  loses(): boolean {
    return this.happens(this.fabric.limits.loss, this.lossLabel);
  }

  /** Whether a fault happens. There are none between a host and itself. */
  happens(p: number, label: string): boolean {
    return p > 0 && this.from !== this.to && this.fabric.chances.chance(p, label);
  }

  /** How much later something comes because it was lost, and sent again. */
  retransmissions(): number {
    let delay = 0;
    for (let i = 0, pause = RETRANSMIT; i < MOST_RETRIES && this.loses(); i++, pause *= 2) delay += pause;
    return delay;
  }
}
