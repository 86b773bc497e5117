/** One end of a simulated connection: behaves as a `Socket` of node:net that stays half open. */

import { ByteQueue } from "../../net/byteQueue.ts";
import type { Bound } from "./addresses.ts";
import { Emitter } from "./emitter.ts";
import type { Fabric } from "./fabric.ts";
import type { Lane } from "./lane.ts";
import type { Machine } from "./machine.ts";
import { Segment, type SegmentKind } from "./segment.ts";
import { systemError } from "./systemError.ts";

/** Node's own. */
const HIGH_WATER_MARK = 64 * 1024;
/** Node reads so much ahead of who has paused: the system does not see it as unread. In bytes. */
const READ_AHEAD = 32 * 1024;
/** Linux gives up to connect after two minutes, and to send after a quarter of an hour. Seconds. */
const CONNECT_PATIENCE = 127;
const SEND_PATIENCE = 924;

/** What a host that does not know the connection answers by a reset. */
const ANSWERED: ReadonlySet<SegmentKind> = new Set(["accept", "ready", "data"]);

type Sent = (error?: Error | null) => void;

export class SimulatedSocket extends Emitter {
  readonly writableHighWaterMark = HIGH_WATER_MARK;
  destroyed = false;
  readableEnded = false;
  localAddress: string | undefined;
  localPort: number | undefined;
  remoteAddress: string | undefined;
  remotePort: number | undefined;
  /** Its port is taken on its host. */
  bound: Bound | null = null;

  private readonly fabric: Fabric;
  private readonly machine: Machine;
  private out: Lane | null = null;
  private peer: SimulatedSocket | null = null;
  private established = false;
  private accepted: (() => void) | null = null;

  // What goes out.
  private readonly unsent = new ByteQueue();
  private readonly callbacks: { readonly at: number; readonly sent: Sent }[] = [];
  private sentBytes = 0;
  private corked = false;
  private needsDrain = false;
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
  /** The peer has reset the connection, and nobody has noticed: that takes a read or a write. */
  private broken = false;

  constructor(fabric: Fabric, machine: Machine) {
    super();
    this.fabric = fabric;
    this.machine = machine;
    machine.sockets.add(this);
  }

  // ------------------------------------------------------------------ the connection

  /** @internal Where what it sends goes. */
  _wire(out: Lane, local: readonly [string, number], remote: readonly [string, number]): void {
    this.out = out;
    [this.localAddress, this.localPort] = local;
    [this.remoteAddress, this.remotePort] = remote;
    out.patience = CONNECT_PATIENCE;
    out.onGiveUp = () => this._giveUp();
  }

  /** @internal A server's side: it is asked for, and `accepted` is called when the client has got the answer. */
  _answer(client: SimulatedSocket, accepted: () => void): void {
    this.peer = client;
    this.accepted = accepted;
    this.send("accept");
  }

  /** @internal Nobody listens any more. */
  _drop(): void {
    this.send("reset");
    this.finished = true;
    this.destroy();
  }

  private establish(): void {
    this.established = true;
    (this.out as Lane).patience = SEND_PATIENCE;
  }

  /** @internal Nothing has come through for a long time. */
  _giveUp(): void {
    if (this.destroyed) return;
    if (this.peer?.established === false) this.peer._giveUp();
    if (this.established) this.destroy(systemError("read", "ETIMEDOUT"));
    else this.notConnected("ETIMEDOUT");
  }

  // ------------------------------------------------------------------ what node:net has

  get writableLength(): number {
    return this.unsent.length;
  }

  write(data: Uint8Array, sent?: Sent): boolean {
    if (this.destroyed || this.ending || this.broken) {
      this.destroy(systemError("write", "EPIPE"));
      return false;
    }
    this.unsent.push(data.slice());
    if (sent !== undefined) this.callbacks.push({ at: this.sentBytes + this.unsent.length, sent });
    if (!this.corked) this.flush();
    this.needsDrain ||= this.unsent.length >= HIGH_WATER_MARK;
    return !this.needsDrain;
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
      // As Linux does: what nobody will read any more is the peer's loss.
      if (this.unread > READ_AHEAD) this.send("reset");
      else if (!this.finished) this.send("end");
    } else if (!this.established) this.out?.abandon();
    this.unsent.clear();
    this.inbox = [];
    this.machine.sockets.delete(this);
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

  /** @internal */
  _receive(segment: Segment): void {
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

  /** The program is dead, nobody is told here. The peer is, if the network lets it. */
  crash(): void {
    this.silence();
    this.machine.sockets.delete(this);
    const { out } = this;
    out?.abandon();
    if (this.established && out?.link.state !== "partitioned") this.send("reset");
  }

  /** Nobody hears of it any more. */
  silence(): void {
    this.removeAllListeners();
    this.on("error", () => {});
    this.destroyed = true;
    this.flowing = false;
    this.unsent.clear();
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
    // Who neither reads nor writes does not hear of it.
    if (this.unsent.length > 0) this.destroy(systemError("write", "ECONNRESET"));
    else if (!this.endArrived && this.unread <= READ_AHEAD) this.destroy(systemError("read", "ECONNRESET"));
  }

  private notConnected(code: string): void {
    // A server's side that nobody knows of just goes.
    if (this.accepted !== null) this.on("error", () => {});
    const about = { address: this.remoteAddress as string, port: this.remotePort as number };
    this.destroy(systemError("connect", code, about));
  }

  private flush(): void {
    const { unsent } = this;
    if (this.destroyed || !this.established || this.corked) return;
    const room = this.fabric.limits.buffer - (this.sentBytes - (this.peer as SimulatedSocket).consumed);
    if (room > 0 && unsent.length > 0) {
      const data = unsent.take(room);
      this.sentBytes += data.length;
      this.send("data", data);
      while (this.callbacks.length > 0 && (this.callbacks[0] as { at: number }).at <= this.sentBytes) {
        this.callbacks.shift()?.sent();
      }
    }
    if (unsent.length === 0) this.allSent();
  }

  private allSent(): void {
    if (this.needsDrain) {
      this.needsDrain = false;
      if (!this.ending) this.emit("drain");
    }
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
    if (peer === null || this.acknowledging || peer.unsent.length === 0) return;
    this.acknowledging = true;
    this.send("window");
  }

  private send(kind: SegmentKind, data?: Uint8Array): void {
    const { out, peer } = this;
    if (out !== null && peer !== null) out.send(new Segment(kind, this, peer, data));
  }
}
