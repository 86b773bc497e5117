/** Pings: those of the program, and those that find out whether the peer is still there. */

import type { Future } from "../kernel/future.ts";
import type { TimerHandle } from "../kernel/handle.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { callLater } from "../tasks/sleep.ts";
import type { ConnectionClosed } from "./errors.ts";
import type { ConnectionSettings } from "./options.ts";
import type { Wire } from "./wire.ts";

/** What pings ask of their connection. */
interface Pinging extends WaitOwner {
  readonly wire: Wire;
  /** True while nothing is read: then no pong can come. */
  isPaused(): boolean;
  /** Ends the connection. */
  fail(code: number, reason: string): void;
}

interface Ping {
  readonly began: number;
  readonly waiter: Future<number> | null;
}

export class Pings implements WaitOwner {
  /** In seconds: that of the last ping that was answered. 0 before. */
  latency = 0;
  private readonly loop: EventLoop;
  private readonly connection: Pinging;
  private readonly interval: number | null;
  private readonly timeout: number | null;
  /** By what they carry, in the order in which they were sent. */
  private readonly unanswered = new Map<number, Ping>();
  private count = 0;
  private timer: TimerHandle | null = null;
  /** The keepalive's ping that is under way, and whether the network has taken it. */
  private ours = 0;
  private flushed = false;

  constructor(loop: EventLoop, connection: Pinging, { pingInterval, pingTimeout }: ConnectionSettings) {
    this.loop = loop;
    this.connection = connection;
    this.interval = pingInterval;
    this.timeout = pingTimeout;
  }

  /** Begins the keepalive, if there shall be one and the wire has pings. */
  begin(): void {
    if (this.interval !== null && this.connection.wire.ping !== undefined) this.schedule(this.interval, this.beat);
  }

  /** A future of the seconds until the pong, and its forgetting. */
  send(): { answered: Future<number>; forget(): void } {
    const waiter = createWaiter<number>(this.loop, this);
    const key = this.ping(waiter, null);
    return { answered: waiter, forget: () => void this.unanswered.delete(key) };
  }

  /** A pong answers the ping that it repeats and all before it. */
  ponged(payload: Uint8Array): void {
    if (payload.length !== 4) return;
    const key = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
    const answered = this.unanswered.get(key);
    if (answered === undefined) return;
    const now = this.loop.time();
    this.latency = now - answered.began;
    for (const [earlier, { began, waiter }] of this.unanswered) {
      this.unanswered.delete(earlier);
      if (waiter !== null && !waiter.done()) waiter.setResult(now - began);
      if (earlier === this.ours && this.interval !== null) this.schedule(this.interval - this.latency, this.beat);
      if (earlier === key) return;
    }
  }

  /** No more pings. Those that were not answered fail; without an error, when the connection has ended. */
  end(error: () => ConnectionClosed): void {
    this.stop();
    for (const { waiter } of this.unanswered.values()) if (waiter?.done() === false) waiter.setException(error());
    this.unanswered.clear();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  describeWait(): string {
    return `a pong of ${this.connection}`;
  }

  private ping(waiter: Future<number> | null, flushed: (() => void) | null): number {
    this.count = (this.count + 1) >>> 0;
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, this.count);
    this.unanswered.set(this.count, { began: this.loop.time(), waiter });
    this.connection.wire.ping?.(payload, flushed);
    return this.count;
  }

  private readonly beat = (): void => {
    this.flushed = false;
    this.unanswered.delete(this.ours);
    this.ours = this.ping(null, () => {
      this.flushed = true;
    });
    if (this.timeout !== null) this.schedule(this.timeout, this.overdue);
    else if (this.interval !== null) this.schedule(this.interval, this.beat);
  };

  private readonly overdue = (): void => {
    // The pong may be behind messages that the program has not yet taken. A peer that does not read has no such excuse:
    // it may have stopped since this ping, and the network does not take another.
    if (this.connection.isPaused() && this.flushed) this.beat();
    else this.connection.fail(1011, "keepalive ping timeout");
  };

  private schedule(delay: number, callback: () => void): void {
    this.stop();
    this.timer = callLater(this.loop, delay, callback);
  }
}
