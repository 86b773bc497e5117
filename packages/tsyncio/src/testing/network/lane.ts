/** A queue of packets on a link: they arrive in the order in which they were sent. */

import type { Environment } from "./environment.ts";
import { type Arrival, NetworkEvent } from "./networkEvent.ts";

export interface Packet {
  readonly bytes: number;
  /** The sender gives up if it does not get through for too long. */
  readonly insists: boolean;
  arrive(): void;
  toString(): string;
}

/** `partitioned`: what is sent is lost. `held`: it waits until it is released. */
export type LinkState = "up" | "partitioned" | "held";

/** What a lane asks of the link that it is part of. */
export interface LaneLink {
  readonly from: { readonly name: string };
  readonly to: { readonly name: string };
  readonly state: LinkState;
  /** The lanes with packets that could not arrive. */
  readonly stalled: Set<{ resume(): void }>;
  /** How many seconds that many bytes take, if they are not lost. */
  travel(bytes: number): number;
  /** How much later something comes because it was lost, and sent again. */
  retransmissions(): number;
  /** How reports show a packet on it. */
  describe(packet: { toString(): string }): string;
}

/**
 * Only the first packet has an event, so that a stream stays a stream whatever the explorer of schedules does to
 * events. A reliable lane, a direction of a connection, sends again what a partition has taken; one that is not loses
 * it.
 */
export class Lane {
  readonly link: LaneLink;
  /** Called when a partition has lasted so long that the system gives up. */
  onGiveUp: (() => void) | null = null;
  /** After this many seconds. */
  patience = 0;
  private readonly environment: Environment;
  private readonly reliable: boolean;
  private readonly inFlight: Transit[] = [];
  /** That of the first packet; null if there is none, or if it cannot arrive. */
  private event: NetworkEvent | null = null;
  private stalled = false;
  private lastAt = 0;
  private orphan = false;
  private timer: NetworkEvent | null = null;

  constructor(environment: Environment, link: LaneLink, reliable: boolean) {
    this.environment = environment;
    this.link = link;
    this.reliable = reliable;
  }

  send(packet: Packet): void {
    const { environment, link } = this;
    if (environment.loop.isClosed()) return;
    environment.note("send", link.from, link.to, packet);
    if (!this.reliable && link.state === "partitioned") return this.lose(packet);
    const delay = link.travel(packet.bytes) + (this.reliable ? link.retransmissions() : 0);
    const now = environment.loop.time();
    this.lastAt = Math.max(this.lastAt, now + delay);
    this.push(packet, this.lastAt - now);
  }

  /** Out of the order: comes `delay` seconds later than it would. */
  sendLoose(packet: Packet, delay: number): void {
    const { environment, link } = this;
    environment.note("send", link.from, link.to, packet);
    environment.after(link.travel(packet.bytes) + delay, {
      arrive: () => {
        if (link.state === "up") this.arrive(packet);
        else if (link.state === "partitioned") this.lose(packet);
        else this.push(packet, 0);
      },
      toString: () => link.describe(packet),
    });
  }

  /** The sender is dead: what is lost is not sent again. */
  abandon(): void {
    this.orphan = true;
    this.keepTime(false);
    if (this.link.state === "partitioned") this.clear();
  }

  /** The link has changed: what could not arrive is on its way again. */
  resume(): void {
    this.stalled = false;
    this.keepTime(false);
    const [first] = this.inFlight;
    if (first === undefined) return;
    const delay = this.reliable ? this.link.travel(first.packet.bytes) : 0;
    this.inFlight[0] = this.transit(first.packet, delay);
    this.expect();
  }

  private push(packet: Packet, delay: number): void {
    this.inFlight.push(this.transit(packet, delay));
    if (this.stalled) this.keepTime(true);
    else if (this.event === null) this.expect();
  }

  private transit(packet: Packet, delay: number): Transit {
    const { loop, decisions } = this.environment;
    const latest = loop.time() + delay * (1 + decisions.settings.jitter);
    return new Transit(this, packet, loop.time() + delay, latest);
  }

  /** The first packet's event. It may be late only by what is left of its own time, since it was sent. */
  private expect(): void {
    const [first] = this.inFlight;
    if (first === undefined) return;
    const { loop, decisions } = this.environment;
    const { jitter } = decisions.settings;
    const due = Math.max(first.due, loop.time());
    this.event = new NetworkEvent(loop, first, due, jitter > 0 ? Math.max(0, first.latest - due) / jitter : 0);
  }

  /** The first packet is there. */
  firstArrives(): void {
    const { link, inFlight } = this;
    this.event = null;
    if (link.state === "held" || (link.state === "partitioned" && this.reliable)) {
      if (this.orphan && link.state === "partitioned") return this.clear();
      this.stalled = true;
      link.stalled.add(this);
      return this.keepTime(true);
    }
    const { packet } = inFlight.shift() as Transit;
    if (link.state === "up") this.arrive(packet);
    else this.lose(packet);
    if (this.event === null) this.expect();
  }

  private clear(): void {
    this.event?.cancel();
    this.event = null;
    this.stalled = false;
    this.inFlight.length = 0;
  }

  private arrive(packet: Packet): void {
    const { environment, link } = this;
    environment.note("arrive", link.from, link.to, packet);
    packet.arrive();
  }

  private lose(packet: Packet): void {
    const { environment, link } = this;
    environment.note("lost", link.from, link.to, packet);
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
      this.inFlight.some(({ packet }) => packet.insists)
    ) {
      this.timer = this.environment.after(this.patience, {
        arrive: () => {
          this.timer = null;
          this.onGiveUp?.();
        },
        toString: () => this.link.describe("timeout"),
      });
    }
  }
}

/** A packet under way. */
class Transit implements Arrival {
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
    this.lane.firstArrives();
  }

  toString(): string {
    return this.lane.link.describe(this.packet);
  }
}
