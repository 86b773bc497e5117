/** What a connection has received, and its wait for more. */

import { StopAsyncIteration } from "../base/errors.ts";
import type { Future } from "../kernel/future.ts";
import { isResumed, Leaf } from "../kernel/leaf.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Suspend } from "../kernel/protocol.ts";
import { answerProbe, PROBE } from "../kernel/state.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { Ring } from "../sync/ring.ts";
import { ConcurrencyError, type ConnectionClosed, ConnectionClosedOK } from "./errors.ts";
import { type ConnectionSettings, LARGEST_KEPT } from "./options.ts";
import type { Message, Wire } from "./wire.ts";

/** What an inbox asks of its connection. */
interface Receiver {
  readonly wire: Pick<Wire, "pause" | "resume">;
  /** What `recv()` throws when all was received; null while more may come. */
  end(): ConnectionClosed | null;
  /** More has come than is kept, and the wire cannot be paused. */
  overflowed(): void;
}

/** Pauses the wire at `maxQueue` messages, and resumes it at half of them. */
export class Inbox implements WaitOwner {
  paused = false;
  private readonly loop: EventLoop;
  private readonly receiver: Receiver;
  private readonly maxQueue: number;
  /** What is kept at most where there is no pause, in characters or bytes. */
  private readonly maxSize: number;
  private readonly messages = new Ring<Message>();
  private size = 0;
  private stopped = false;
  private waiter: Future<void> | null = null;

  constructor(loop: EventLoop, receiver: Receiver, { maxQueue, maxPayload }: ConnectionSettings) {
    this.loop = loop;
    this.receiver = receiver;
    this.maxQueue = maxQueue;
    this.maxSize = LARGEST_KEPT * maxPayload;
  }

  push(message: Message): void {
    if (this.stopped) return;
    const { messages, receiver } = this;
    messages.push(message);
    this.size += message.length;
    this.wake();
    if (this.paused || (messages.length < this.maxQueue && receiver.wire.pause !== undefined)) return;
    if (receiver.wire.pause !== undefined) {
      this.paused = true;
      receiver.wire.pause();
    } else if (messages.length > this.maxQueue || this.size > this.maxSize) receiver.overflowed();
  }

  /** What comes from now on is dropped: it must be read all the same, since the peer's close frame is behind it. */
  stop(): void {
    this.stopped = true;
    this.resume();
  }

  wake(): void {
    const { waiter } = this;
    if (waiter === null) return;
    this.waiter = null;
    if (!waiter.done()) waiter.setResult();
  }

  /** The next message, undefined if there is none yet. Throws at the end. */
  take(): Message | undefined {
    const { messages } = this;
    if (messages.length === 0) {
      const error = this.receiver.end();
      if (error !== null) throw error;
      return undefined;
    }
    const message = messages.shift();
    this.size -= message.length;
    if (this.paused && messages.length <= this.maxQueue / 2) this.resume();
    return message;
  }

  beginWait(): Future<unknown> {
    if (this.waiter !== null)
      throw new ConcurrencyError("another task is already waiting in recv() of this connection");
    this.waiter = createWaiter<void>(this.loop, this);
    return this.waiter as Future<unknown>;
  }

  endWait(future: Future<unknown>): void {
    if (this.waiter === future) this.waiter = null;
  }

  describeWait(): string {
    return `a message of ${this.receiver}`;
  }

  private resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.receiver.wire.resume?.();
  }
}

/** `recv()`, and `anext()`, which ends the iteration when the connection has ended in good order. */
export class Receive extends Leaf<Message> {
  declare private readonly inbox: Inbox;
  declare private readonly iterates: boolean;

  constructor(inbox: Inbox, iterates: boolean) {
    super();
    this._wait = null;
    this.inbox = inbox;
    this.iterates = iterates;
  }

  protected get madeBy(): string {
    return this.iterates ? "anext()" : "recv()";
  }

  next(value?: unknown): IteratorResult<Suspend, Message> {
    const { _wait: wait, inbox } = this;
    if (wait !== null && !isResumed(wait, value)) return value === PROBE ? answerProbe() : this.refuse();
    this._wait = undefined;
    const message = this.iterates ? takeOrStop(inbox) : inbox.take();
    if (message === undefined) return this.suspend(inbox.beginWait());
    return { done: true, value: message };
  }

  /** What has come meanwhile stays for the next one. */
  protected abandon(future: Future<unknown>): void {
    this.inbox.endWait(future);
    future.cancel();
  }
}

function takeOrStop(inbox: Inbox): Message | undefined {
  try {
    return inbox.take();
  } catch (error) {
    throw error instanceof ConnectionClosedOK ? new StopAsyncIteration() : error;
  }
}
