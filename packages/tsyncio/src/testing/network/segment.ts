/** What connections send. */

import type { Packet } from "./lane.ts";

const NOTHING: Uint8Array = new Uint8Array(0);
/** What each packet costs beside its data: the headers of IP and TCP. */
const HEADER = 40;

/** `accept` and `ready`: the handshake. `window`: there is room again at the receiver. */
export type SegmentKind = "accept" | "ready" | "data" | "end" | "reset" | "window";

/** Of a connection whose ends are of the type `End`. */
export class Segment<End extends { receive(segment: Segment<End>): void }> implements Packet {
  readonly kind: SegmentKind;
  readonly from: End | null;
  readonly data: Uint8Array;
  private readonly to: End;

  constructor(kind: SegmentKind, from: End | null, to: End, data = NOTHING) {
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
    this.to.receive(this);
  }

  toString(): string {
    return this.kind === "data" ? `${this.data.length} bytes` : this.kind;
  }
}

/** The first packet of a connection: TCP's SYN. */
export class ConnectRequest implements Packet {
  readonly bytes = HEADER;
  readonly insists = true;
  private readonly port: number;
  private readonly arrived: () => void;

  constructor(port: number, arrived: () => void) {
    this.port = port;
    this.arrived = arrived;
  }

  arrive(): void {
    this.arrived();
  }

  toString(): string {
    return `connect to port ${this.port}`;
  }
}
