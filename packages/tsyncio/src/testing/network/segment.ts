/** What connections send. */

import type { Packet } from "./lane.ts";
import type { SimulatedSocket } from "./socket.ts";

const NOTHING: Uint8Array = new Uint8Array(0);
/** What each packet costs beside its data: the headers of IP and TCP. */
const HEADER = 40;

/** `accept` and `ready`: the handshake. `window`: there is room again at the receiver. */
export type SegmentKind = "accept" | "ready" | "data" | "end" | "reset" | "window";

export class Segment implements Packet {
  readonly kind: SegmentKind;
  readonly from: SimulatedSocket | null;
  readonly data: Uint8Array;
  private readonly to: SimulatedSocket;

  constructor(kind: SegmentKind, from: SimulatedSocket | null, to: SimulatedSocket, data = NOTHING) {
    this.kind = kind;
    this.from = from;
    this.to = to;
    this.data = data;
  }

  get bytes(): number {
    return HEADER + this.data.length;
  }

  get insists(): boolean {
    return this.kind === "accept" || this.kind === "data" || this.kind === "end";
  }

  arrive(): void {
    this.to._receive(this);
  }

  toString(): string {
    return this.kind === "data" ? `${this.data.length} bytes` : this.kind;
  }
}

/** The first packet of a connection: knocks at a host. */
export class Knock implements Packet {
  readonly bytes = HEADER;
  readonly insists = true;
  private readonly port: number;
  private readonly knocked: () => void;

  constructor(port: number, knocked: () => void) {
    this.port = port;
    this.knocked = knocked;
  }

  arrive(): void {
    this.knocked();
  }

  toString(): string {
    return `connect to port ${this.port}`;
  }
}
