/** A WebSocket connection: websockets' `ClientConnection`, and what a `ServerConnection` has in common with it. */

import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { isCancelled, RuntimeError } from "../base/errors.ts";
import { NativeIterator } from "../iteration/nativeIterator.ts";
import type { AsyncioIterable, AsyncioIterator } from "../iteration/sources.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { ContextMethod, Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { type Channel, checkClose } from "./channel.ts";
import { Receive } from "./inbox.ts";
import { Send } from "./outbox.ts";
import type { Message } from "./wire.ts";

/** The inside of a connection, for the code of this package. */
export let channelOf: (connection: Connection) => Channel;

/**
 * A connection: an async iterable of messages, strings and `Uint8Array`s. Made by `connect` and `acceptWebSockets`.
 *
 *     for await (const message of connection) await connection.send(message);
 *
 * The iteration ends when the connection is closed in good order, and throws `ConnectionClosedError` otherwise; leaving
 * it does not close the connection. Leaving `asyncWith(connection, …)` or `await using` does.
 */
export class Connection implements AsyncioIterable<Message>, AsyncioIterator<Message>, AsyncIterable<Message> {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Connection);
  static {
    channelOf = (connection) => connection.#channel;
  }

  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** The subprotocol that was agreed on; null if none was. */
  get subprotocol(): string | null {
    return this.#channel.wire.subprotocol || null;
  }

  /** The code that the peer has closed with; 1006 if the connection has ended without one, null while it is open. */
  get closeCode(): number | null {
    const { over, rcvd } = this.#channel;
    return over.isOpen() ? (rcvd?.code ?? 1006) : null;
  }

  /** The peer's reason, which may be empty; null while the connection is open. */
  get closeReason(): string | null {
    const { over, rcvd } = this.#channel;
    return over.isOpen() ? (rcvd?.reason ?? "") : null;
  }

  /** In seconds: how long the last ping that was answered has taken. 0 before the first. */
  get latency(): number {
    return this.#channel.pings.latency;
  }

  /**
   * Waits for the next message. Cancelled, it loses none. One task at a time may wait.
   *
   * @throws ConnectionClosed when the connection has ended and all that was received has been taken.
   * @throws ConcurrencyError if another task waits already.
   */
  recv(): CoroutineObject<Message> {
    return new Receive(this.#channel.inbox, false);
  }

  /**
   * Sends text or bytes. Waits while more than 64 KiB are buffered, since the peer or the network is slow, and only
   * then
   * writes: cancelled, it has sent nothing. Do not change the bytes afterwards.
   *
   * @throws ConnectionClosed when the connection has ended; while it closes, waits for that.
   */
  send(message: Message): CoroutineObject<void> {
    return new Send(this.#channel.outbox, message);
  }

  /**
   * Sends a ping, waits for its pong, and returns how long that has taken, in seconds.
   *
   * @throws ConnectionClosed when the connection ends before.
   * @throws RuntimeError where the platform's WebSocket has no pings: in browsers, Bun and Deno.
   */
  ping(): CoroutineObject<number>;
  *ping(): Coroutine<number> {
    const channel = this.#channel;
    if (channel.wire.ping === undefined) throw new RuntimeError("the WebSocket of this platform cannot send pings");
    if (!channel.wire.isOpen()) yield* channel.over.wait();
    const error = channel.end();
    if (error !== null) throw error;
    const { answered, forget } = channel.pings.send();
    try {
      return yield* answered;
    } finally {
      forget();
    }
  }

  /**
   * Sends a close frame, and waits until the connection has ended, `closeTimeout` seconds at most. Does not throw if
   * the connection has ended already, or ends by an error. A close that is cancelled goes on by itself.
   *
   * @throws ValueError for a code that may not be sent, or a reason of more than 123 bytes.
   */
  close(code?: number, reason?: string): CoroutineObject<void>;
  *close(code = 1000, reason = ""): Coroutine<void> {
    checkClose(code, reason);
    this.#channel.close(code, reason);
    yield* this.#channel.over.wait();
  }

  /** Waits until the connection has ended, whichever side ends it. */
  waitClosed(): CoroutineObject<void>;
  *waitClosed(): Coroutine<void> {
    yield* this.#channel.over.wait();
  }

  aiter(): this {
    return this;
  }

  /** The next message. Throws `StopAsyncIteration` when the connection was closed in good order. */
  anext(): CoroutineObject<Message> {
    return new Receive(this.#channel.inbox, true);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Message> {
    return new NativeIterator(this);
  }

  aenter(): ContextMethod<this>;
  *aenter(): Coroutine<this> | ContextMethod<this> {
    return this;
  }

  /** Closes: with code 1000, 1001 if the block was cancelled, 1011 if it has failed. */
  aexit(error?: unknown): ContextMethod<void>;
  *aexit(error?: unknown): Coroutine<void> | ContextMethod<void> {
    const channel = this.#channel;
    channel.close(error === null || error === undefined ? 1000 : isCancelled(error) ? 1001 : 1011, "");
    try {
      yield* channel.over.wait();
    } catch (cancelled) {
      channel.wire.terminate(); // cancelled once more
      throw cancelled;
    }
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    await this.#channel.loop.createTask(this.aexit());
  }

  toString(): string {
    return String(this.#channel);
  }
}
