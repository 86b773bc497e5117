/** One end of a simulated connection: behaves as a `Socket` of node:net that stays half open. */

import type { Bound } from "./addresses.ts";
import { Emitter } from "./emitter.ts";
import type { Lane } from "./lane.ts";
import type { Machine, OpenConnection } from "./machine.ts";
import { Segment, type SegmentKind } from "./segment.ts";
import { HIGH_WATER_MARK, SendBuffer, type Sent } from "./sendBuffer.ts";
import { type SystemErrorCode, systemError } from "./systemError.ts";

/** Node reads this many bytes ahead of a program that has paused: the system does not see them as unread. */
const READ_AHEAD = 32 * 1024;
/** Linux gives up connecting after two minutes, and sending after a quarter of an hour. Seconds. */
const CONNECT_PATIENCE = 127;
const SEND_PATIENCE = 924;

/** What a host that does not know the connection answers by a reset. */
const ANSWERED: ReadonlySet<SegmentKind> = new Set(["accept", "ready", "data"]);

export class SimulatedSocket extends Emitter implements OpenConnection {
  readonly writableHighWaterMark = HIGH_WATER_MARK;
  destroyed = false;
  readableEnded = false;
  localAddress: string | undefined;
  localPort: number | undefined;
  remoteAddress: string | undefined;
  remotePort: number | undefined;
  /** Its port is taken on its host. */
  bound: Bound | null = null;

  /** How many bytes of one direction may be under way or not yet read. */
  private readonly window: number;
  private readonly machine: Machine;
  private out: Lane | null = null;
  private peer: SimulatedSocket | null = null;
  private established = false;
  private accepted: (() => void) | null = null;

  // What goes out.
  private readonly sending = new SendBuffer();
  private corked = false;
  private ending = false;
  private finished = false;
  private destroyWhenSent = false;

  // What comes in.
  private inbox: Uint8Array[] = [];
  private unread = 0;
  private consumed = 0;
  private flowing = false;
  private endArrived = false;
  private acknowledging = false;
  /** The peer has reset the connection, which only a read or a write notices. */
  private broken = false;

  constructor(window: number, machine: Machine) {
    super();
    this.window = window;
    this.machine = machine;
    machine.connections.add(this);
  }

  // ------------------------------------------------------------------ the connection

  /** Where what it sends goes. */
  wire(out: Lane, local: readonly [string, number], remote: readonly [string, number]): void {
    this.out = out;
    [this.localAddress, this.localPort] = local;
    [this.remoteAddress, this.remotePort] = remote;
    out.patience = CONNECT_PATIENCE;
    out.onGiveUp = () => this.giveUp();
  }

  /**
   * The server's side of a connection that `client` has asked for: `accepted` is called when the client has got the
   * answer.
   */
  answer(client: SimulatedSocket, accepted: () => void): void {
    this.peer = client;
    this.accepted = accepted;
    this.send("accept");
  }

  /** The listener has been closed meanwhile. */
  refuse(): void {
    this.send("reset");
    this.finished = true;
    this.destroy();
  }

  private establish(): void {
    this.established = true;
    (this.out as Lane).patience = SEND_PATIENCE;
  }

  /** Nothing has come through for a long time. */
  giveUp(): void {
    if (this.destroyed) return;
    if (this.peer?.established === false) this.peer.giveUp();
    if (this.established) this.destroy(systemError("read", "ETIMEDOUT"));
    else this.notConnected("ETIMEDOUT");
  }

  // ------------------------------------------------------------------ what node:net has

  get writableLength(): number {
    return this.sending.length;
  }

  write(data: Uint8Array, sent?: Sent): boolean {
    if (this.destroyed || this.ending || this.broken) {
      this.destroy(systemError("write", "EPIPE"));
      return false;
    }
    this.sending.push(data, sent);
    if (!this.corked) this.flush();
    return this.sending.hasRoom();
  }

  cork(): void {
    this.corked = true;
  }

  uncork(): void {
    this.corked = false;
    this.flush();
  }

  end(): this {
    if (this.ending || this.destroyed) return this;
    this.ending = true;
    this.flush();
    return this;
  }

  destroySoon(): void {
    this.end();
    if (this.finished) this.destroy();
    else this.destroyWhenSent = true;
  }

  destroy(error: Error | null = null): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.flowing = false;
    if (this.established && error === null) {
      // As Linux does: what will not be read any more is lost for the peer.
      if (this.unread > READ_AHEAD) this.send("reset");
      else if (!this.finished) this.send("end");
    } else if (!this.established) this.out?.abandon();
    this.sending.clear();
    this.inbox = [];
    this.machine.connections.delete(this);
    if (error !== null) this.emit("error", error);
    this.emit("close", error !== null);
    return this;
  }

  pause(): this {
    this.flowing = false;
    return this;
  }

  resume(): this {
    if (this.destroyed) return this;
    this.flowing = true;
    this.deliver();
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  override toString(): string {
    return `<SimulatedSocket ${this.localAddress}:${this.localPort} → ${this.remoteAddress}:${this.remotePort}>`;
  }

  // ------------------------------------------------------------------ from the network

  receive(segment: Segment<SimulatedSocket>): void {
    const { kind } = segment;
    if (this.destroyed) {
      // There is no such connection any more. (A dead socket is silent, its host is not.)
      if (ANSWERED.has(kind) && segment.from !== null) {
        this.out?.send(new Segment("reset", this, segment.from));
      }
      return;
    }
    if (kind === "data") {
      this.inbox.push(segment.data);
      this.unread += segment.data.length;
      this.deliver();
    } else if (kind === "end") {
      this.endArrived = true;
      this.deliver();
    } else if (kind === "reset") this.reset();
    else if (kind === "window") {
      (this.peer as SimulatedSocket).acknowledging = false;
      this.flush();
    } else if (kind === "accept") {
      this.peer = segment.from as SimulatedSocket;
      this.establish();
      this.send("ready");
      this.emit("connect");
    } else {
      this.establish();
      this.accepted?.();
    }
  }

  /** The program is dead, and is told nothing. The peer is, if the network lets it. */
  crash(): void {
    this.discard();
    this.machine.connections.delete(this);
    const { out } = this;
    out?.abandon();
    if (this.established && out?.link.state !== "partitioned") this.send("reset");
  }

  /** No event of it is told any more. */
  discard(): void {
    this.removeAllListeners();
    this.on("error", () => {});
    this.destroyed = true;
    this.flowing = false;
    this.sending.clear();
    this.inbox = [];
  }

  private deliver(): void {
    while (this.flowing && this.inbox.length > 0) {
      const chunk = this.inbox.shift() as Uint8Array;
      this.unread -= chunk.length;
      this.consumed += chunk.length;
      this.openWindow();
      this.emit("data", chunk);
    }
    if (this.destroyed || this.inbox.length > 0) return;
    if (this.endArrived) this.tellEnd();
    else if (this.broken) this.destroy(systemError("read", "ECONNRESET"));
  }

  private tellEnd(): void {
    if (this.readableEnded) return;
    this.readableEnded = true;
    this.emit("end");
    this.destroyIfOver();
  }

  private reset(): void {
    if (!this.established) return this.notConnected("ECONNREFUSED");
    this.broken = true;
    // A program that neither reads nor writes does not notice.
    if (this.sending.length > 0) this.destroy(systemError("write", "ECONNRESET"));
    else if (!this.endArrived && this.unread <= READ_AHEAD) this.destroy(systemError("read", "ECONNRESET"));
  }

  private notConnected(code: SystemErrorCode): void {
    // A server's side that the program has not been told of just goes.
    if (this.accepted !== null) this.on("error", () => {});
    const about = { address: this.remoteAddress as string, port: this.remotePort as number };
    this.destroy(systemError("connect", code, about));
  }

  private flush(): void {
    const { sending } = this;
    if (this.destroyed || !this.established || this.corked) return;
    const room = this.window - (sending.sent - (this.peer as SimulatedSocket).consumed);
    if (room > 0 && sending.length > 0) {
      this.send("data", sending.take(room));
      sending.callBack();
    }
    if (sending.length === 0) this.allSent();
  }

  private allSent(): void {
    if (this.sending.takeDrain() && !this.ending) this.emit("drain");
    if (!this.ending || this.finished) return;
    this.finished = true;
    this.send("end");
    this.emit("finish");
    if (this.destroyWhenSent) this.destroy();
    else this.destroyIfOver();
  }

  private destroyIfOver(): void {
    if (this.readableEnded && this.finished) this.destroy();
  }

  /** Tells a peer that waits for room that there is some. */
  private openWindow(): void {
    const { peer } = this;
    if (peer === null || this.acknowledging || peer.sending.length === 0) return;
    this.acknowledging = true;
    this.send("window");
  }

  private send(kind: SegmentKind, data?: Uint8Array): void {
    const { out, peer } = this;
    if (out !== null && peer !== null) out.send(new Segment(kind, this, peer, data));
  }
}
