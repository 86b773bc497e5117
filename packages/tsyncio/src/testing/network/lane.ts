/** A queue of packets on a link: they arrive in the order in which they were sent. */

import type { Fabric } from "./fabric.ts";
import type { Link } from "./link.ts";
import { type Arrival, NetworkEvent } from "./networkEvent.ts";

export interface Packet {
  readonly bytes: number;
  /** The sender gives up if it does not get through for too long. */
  readonly insists: boolean;
  arrive(): void;
  toString(): string;
}

/**
 * Only the first packet has an event, so that a stream stays a stream whatever the explorer of schedules does to events.
 * A reliable lane, a direction of a connection, sends again what a partition has taken; one that is not loses it.
 */
export class Lane {
  readonly link: Link;
  /** Called when a partition has lasted so long that the system gives up. */
  onGiveUp: (() => void) | null = null;
  /** After so many seconds. */
  patience = 0;
  private readonly fabric: Fabric;
  private readonly reliable: boolean;
  private readonly journeys: Journey[] = [];
  /** That of the first packet; null if there is none, or if it cannot arrive. */
  private event: NetworkEvent | null = null;
  private stalled = false;
  private lastAt = 0;
  private orphan = false;
  private timer: NetworkEvent | null = null;

  constructor(fabric: Fabric, link: Link, reliable: boolean) {
    this.fabric = fabric;
    this.link = link;
    this.reliable = reliable;
  }

  send(packet: Packet): void {
    const { fabric, link } = this;
    if (fabric.loop.isClosed()) return;
    fabric.note("send", link.from, link.to, packet);
    if (!this.reliable && link.state === "partitioned") return this.lose(packet);
    const delay = link.travel(packet.bytes) + (this.reliable ? link.retransmissions() : 0);
    const now = fabric.loop.time();
    this.lastAt = Math.max(this.lastAt, now + delay);
    this.push(packet, this.lastAt - now);
  }

  /** Out of the order: comes `delay` seconds later than it would. */
  sendLoose(packet: Packet, delay: number): void {
    const { fabric, link } = this;
    fabric.note("send", link.from, link.to, packet);
    fabric.after(link.travel(packet.bytes) + delay, {
      arrive: () => {
        if (link.state === "up") this.arrive(packet);
        else if (link.state === "partitioned") this.lose(packet);
        else this.push(packet, 0);
      },
      toString: () => link.describe(packet),
    });
  }

  /** The sender is dead: nobody sends again what is lost. */
  abandon(): void {
    this.orphan = true;
    this.keepTime(false);
    if (this.link.state === "partitioned") this.clear();
  }

  /** The link has changed: what could not arrive is on its way again. */
  goOn(): void {
    this.stalled = false;
    this.keepTime(false);
    const [first] = this.journeys;
    if (first === undefined) return;
    const delay = this.reliable ? this.link.travel(first.packet.bytes) : 0;
    this.journeys[0] = this.journey(first.packet, delay);
    this.expect();
  }

  private push(packet: Packet, delay: number): void {
    this.journeys.push(this.journey(packet, delay));
    if (this.stalled) this.keepTime(true);
    else if (this.event === null) this.expect();
  }

  private journey(packet: Packet, delay: number): Journey {
    const { loop, chances } = this.fabric;
    const latest = loop.time() + delay * (1 + chances.settings.jitter);
    return new Journey(this, packet, loop.time() + delay, latest);
  }

  /** The first packet's event. It may be late only by what is left of its own time, since it was sent. */
  private expect(): void {
    const [first] = this.journeys;
    if (first === undefined) return;
    const { loop, chances } = this.fabric;
    const { jitter } = chances.settings;
    const due = Math.max(first.due, loop.time());
    this.event = new NetworkEvent(loop, first, due, jitter > 0 ? Math.max(0, first.latest - due) / jitter : 0);
  }

  /** @internal The first packet is there. */
  _come(): void {
    const { link, journeys } = this;
    this.event = null;
    if (link.state === "held" || (link.state === "partitioned" && this.reliable)) {
      if (this.orphan && link.state === "partitioned") return this.clear();
      this.stalled = true;
      link.stalled.add(this);
      return this.keepTime(true);
    }
    const { packet } = journeys.shift() as Journey;
    if (link.state === "up") this.arrive(packet);
    else this.lose(packet);
    if (this.event === null) this.expect();
  }

  private clear(): void {
    this.event?.cancel();
    this.event = null;
    this.stalled = false;
    this.journeys.length = 0;
  }

  private arrive(packet: Packet): void {
    const { fabric, link } = this;
    fabric.note("arrive", link.from, link.to, packet);
    packet.arrive();
  }

  private lose(packet: Packet): void {
    const { fabric, link } = this;
    fabric.note("lost", link.from, link.to, packet);
  }

  /** While a partition lasts, the system's patience with what is to be sent runs out. */
  private keepTime(wanted: boolean): void {
    if (!wanted) {
      this.timer?.cancel();
      this.timer = null;
    } else if (
      this.timer === null &&
      this.onGiveUp !== null &&
      this.link.state === "partitioned" &&
      this.journeys.some(({ packet }) => packet.insists)
    ) {
      this.timer = this.fabric.after(this.patience, {
        arrive: () => {
          this.timer = null;
          this.onGiveUp?.();
        },
        toString: () => this.link.describe("time-out"),
      });
    }
  }
}

/** A packet under way. */
class Journey implements Arrival {
  readonly packet: Packet;
  /** When it is to arrive, and how late the explorer may let that be, if nothing is in its way. */
  readonly due: number;
  readonly latest: number;
  private readonly lane: Lane;

  constructor(lane: Lane, packet: Packet, due: number, latest: number) {
    this.lane = lane;
    this.packet = packet;
    this.due = due;
    this.latest = latest;
  }

  arrive(): void {
    this.lane._come();
  }

  toString(): string {
    return this.lane.link.describe(this.packet);
  }
}
