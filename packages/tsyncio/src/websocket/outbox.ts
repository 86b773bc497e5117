/** Sending: the tasks that wait until the network has taken enough. */

import { describe } from "../base/describe.ts";
import { Future } from "../kernel/future.ts";
import { isResumed } from "../kernel/leaf.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Suspend } from "../kernel/protocol.ts";
import { answerProbe, PROBE, TURN } from "../kernel/state.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { WaiterCoroutine, WaiterLine } from "../sync/waiters.ts";
import type { ConnectionClosed } from "./errors.ts";
import type { Flushed, Message, SharedMessage, Wire } from "./wire.ts";

/** In bytes: while more than this is buffered, `send` waits. */
const MARK = 64 * 1024;
/**
 * Of what leaves more than this in the buffer the wire tells when it is flushed: less than the mark, for compression
 * may add a little.
 */
const WATCHED = MARK / 2;
/**
 * A task that sends in a loop, to a peer that is as fast, never has to wait: after this many messages the others have a
 * turn.
 */
const SENDS_WITHOUT_TURN = 64;

/** What an outbox asks of its connection. */
interface Sender {
  readonly wire: Wire;
  end(): ConnectionClosed | null;
}

export class Outbox implements WaitOwner {
  readonly loop: EventLoop;
  readonly line = new WaiterLine();
  /** Since a task has last waited. */
  sends = 0;
  readonly sender: Sender;

  constructor(loop: EventLoop, sender: Sender) {
    this.loop = loop;
    this.sender = sender;
  }

  isFull(): boolean {
    return this.sender.wire.bufferedAmount > MARK;
  }

  write(message: Message): void {
    const { wire } = this.sender;
    // A character is at most three bytes.
    const most = wire.bufferedAmount + 3 * message.length;
    wire.send(message, most > WATCHED ? this.flushed : null);
  }

  writeShared(shared: SharedMessage): void {
    const { wire } = this.sender;
    const most = wire.bufferedAmount + 3 * shared.message.length;
    wire.sendShared(shared, most > WATCHED ? this.flushed : null);
  }

  /** Each one that has sent lets the next one try. */
  readonly flushed: NonNullable<Flushed> = () => {
    if (this.line.length > 0 && !this.isFull()) this.line.wakeAndTakeNext();
  };

  describeWait(): string {
    return `room in the buffer of ${this.sender}`;
  }
}

const DONE: IteratorReturnResult<void> = /* @__PURE__ */ Object.freeze({ done: true, value: undefined });

/** `send()`: waits before it writes, so that a send which is cancelled has sent nothing. */
export class Send extends WaiterCoroutine<void> {
  declare private readonly outbox: Outbox;
  declare private readonly message: Message;

  constructor(outbox: Outbox, message: Message) {
    super();
    this.outbox = outbox;
    this.message = message;
  }

  protected get madeBy(): string {
    return "send()";
  }

  next(value?: unknown): IteratorResult<Suspend, void> {
    const { _wait: wait, outbox } = this;
    if (wait !== null && !isResumed(wait, value)) return value === PROBE ? answerProbe() : this.refuse();
    this._wait = undefined;
    const { loop, line, sender } = outbox;
    if (wait === null) checkMessage(this.message, "send");
    else outbox.sends = 0;
    const error = sender.end();
    if (error !== null) throw error;
    // While it closes, the end is waited for: the error then tells all of it. Those that came before are first.
    const mayWrite = sender.wire.isOpen() && !outbox.isFull() && (wait !== null || line.length === 0);
    if (!mayWrite) return this.join(loop, outbox, line);
    if (outbox.sends === SENDS_WITHOUT_TURN) {
      loop._host.endTurn?.();
      return this.suspend(TURN);
    }
    outbox.sends++;
    outbox.write(this.message);
    outbox.flushed();
    return DONE;
  }

  /** If it was woken, another one can use the room. */
  protected abandon(wait: Future<unknown>): void {
    if (!(wait instanceof Future)) return;
    const { outbox } = this;
    wait.cancel();
    outbox.line.delete(this);
    if (!wait.cancelled()) outbox.flushed();
  }
}

/** Throws `TypeError` for what is neither text nor bytes. */
export function checkMessage(message: unknown, caller: string): void {
  if (typeof message === "string" || message instanceof Uint8Array) return;
  const hint = typeof message === "object" && message !== null ? ": JSON.stringify makes text of an object" : "";
  throw new TypeError(`${caller} expects a string or a Uint8Array, got ${describe(message)}${hint}`);
}
