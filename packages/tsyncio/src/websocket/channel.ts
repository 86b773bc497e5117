/** The inside of a connection: its two directions, its pings, and how it ends. */

import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import type { TimerHandle } from "../kernel/handle.ts";
import type { EventLoop, Leftover } from "../kernel/loop.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { Latch } from "../sync/latch.ts";
import { callLater } from "../tasks/sleep.ts";
import { Close, type ConnectionClosed, closedBy } from "./errors.ts";
import { Inbox } from "./inbox.ts";
import { Pings } from "./keepalive.ts";
import type { ConnectionSettings } from "./options.ts";
import { Outbox } from "./outbox.ts";
import type { Message, Wire, WireListener } from "./wire.ts";

/** The code of an end without a close frame. */
const ABNORMAL = 1006;

export class Channel implements WireListener, WaitOwner, Leftover {
  readonly loop: EventLoop;
  readonly settings: ConnectionSettings;
  readonly wire: Wire;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly pings: Pings;
  /** Open when the connection has ended. */
  readonly over: Latch;
  rcvd: Close | null = null;
  private sent: Close | null = null;
  private rcvdThenSent: boolean | null = null;
  /** What the wire has failed with. */
  private failure: unknown = null;
  private thrown: WeakSet<ConnectionClosed> | null = null;
  /** Ends a closing handshake that takes too long. */
  private deadline: TimerHandle | null = null;

  constructor(loop: EventLoop, settings: ConnectionSettings, makeWire: (listener: WireListener) => Wire) {
    this.loop = loop;
    this.settings = settings;
    this.over = new Latch(loop, this);
    this.wire = makeWire(this);
    this.inbox = new Inbox(loop, this, settings);
    this.outbox = new Outbox(loop, this);
    this.pings = new Pings(loop, this, settings);
    loop._leftovers ??= new Set();
    loop._leftovers.add(this);
  }

  /** The wire is open. */
  opened(): void {
    this.pings.begin();
  }

  /** Begins the closing handshake; does nothing if it has begun. Messages that come from now on are dropped. */
  close(code: number, reason: string): void {
    if (this.over.isOpen() || this.sent !== null) return;
    if (this.wire.isOpen()) {
      this.sent = new Close(this.wire.codeFor?.(code) ?? code, reason);
      this.wire.close(this.sent.code, reason);
    }
    this.inbox.stop();
    this.limitClosing();
  }

  /** The same, and ends the connection at once: the peer does not answer, or is not worth waiting for. */
  fail(code: number, reason: string): void {
    this.close(code, reason);
    this.wire.terminate();
  }

  /** What is thrown by those that use the connection; null before its end. */
  end(): ConnectionClosed | null {
    if (!this.over.isOpen()) return null;
    const error = closedBy(this.rcvd, this.sent, this.rcvdThenSent, this.failure);
    this.thrown ??= new WeakSet();
    this.thrown.add(error);
    return error;
  }

  /** True for an error that `end()` has made: it tells of this connection, and of no other. */
  hasThrown(error: ConnectionClosed): boolean {
    return this.thrown?.has(error) === true;
  }

  isPaused(): boolean {
    return this.inbox.paused;
  }

  overflowed(): void {
    this.close(1008, "messages come faster than they are taken");
  }

  // ------------------------------------------------------------------ from the wire

  received(message: Message): void {
    this.inbox.push(message);
  }

  ponged(payload: Uint8Array): void {
    this.pings.ponged(payload);
  }

  failed(error: unknown, code: number | null): void {
    this.failure ??= error;
    if (code !== null) this.sent ??= new Close(code, "");
    if (!this.over.isOpen()) this.limitClosing();
  }

  ended(code: number, reason: string): void {
    if (this.over.isOpen()) return;
    if (code !== ABNORMAL) {
      this.rcvd = new Close(code, reason);
      this.rcvdThenSent = this.sent === null;
      this.sent ??= this.rcvd; // the wire repeats what it has got
    }
    this.loop._leftovers?.delete(this);
    this.deadline?.cancel();
    this.over.open();
    this.inbox.wake();
    this.outbox.line.wakeAndTakeAll();
    this.pings.end(() => this.end() as ConnectionClosed);
  }

  // ------------------------------------------------------------------

  /** @internal */
  _loopClosed(): void {
    this.fail(1001, "");
    this.deadline?.cancel();
  }

  describeWait(): string {
    return `the end of ${this}`;
  }

  toString(): string {
    if (this.over.isOpen()) return `<Connection closed ${this.rcvd ?? new Close(ABNORMAL, "")}>`;
    return this.wire.isOpen() ? "<Connection open>" : "<Connection closing>";
  }

  private limitClosing(): void {
    this.pings.stop();
    if (this.deadline !== null || this.loop.isClosed()) return;
    this.deadline = callLater(this.loop, this.settings.closeTimeout, () => this.wire.terminate());
  }
}

const MOST_REASON = 123;
const encoder = new TextEncoder();

/** Throws unless a close frame may have the code and the reason. */
export function checkClose(code: unknown, reason: unknown): void {
  if (typeof code !== "number") throw new TypeError(`a close code must be a number, got ${describe(code)}`);
  if (typeof reason !== "string")
    throw new TypeError(`the reason of a close must be a string, got ${describe(reason)}`);
  const mayBeSent =
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);
  if (!mayBeSent || !Number.isInteger(code)) {
    throw new ValueError(`a close code must be one of 1000 to 1003, 1007 to 1014 and 3000 to 4999, got ${code}`);
  }
  const length = encoder.encode(reason).length;
  if (length > MOST_REASON) {
    throw new ValueError(`the reason of a close must be at most ${MOST_REASON} bytes of UTF-8, got ${length}`);
  }
}
