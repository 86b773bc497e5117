/** asyncio.StreamWriter. */

import { describe } from "../base/describe.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { reused } from "../base/errors.ts";
import { hideInside } from "../base/inspection.ts";
import { chainable, LeafCoroutine, promiseOf, thenableMethods } from "../kernel/coroutines.ts";
import type { EventLoop } from "../kernel/loop.ts";
import {
  AWAITABLE,
  type Awaitable,
  type Chainable,
  type ContextMethod,
  type Coroutine,
  type CoroutineObject,
  done,
  type Suspend,
} from "../kernel/protocol.ts";
import { sleep } from "../tasks/sleep.ts";
import { ConnectionError, OSError } from "./osErrors.ts";
import type { Transport, WriteTransport } from "./protocols.ts";
import { type StartTlsOptions, startTls } from "./startTls.ts";
import type { StreamReader } from "./streamReader.ts";
import type { ClientTls, ServerTls, TlsTimes } from "./tlsOptions.ts";
import { FLOW, type FlowProtocol } from "./writerFlow.ts";

/**
 * A program that writes and drains in a loop, to a peer that is as fast, never has to wait. After this many drains
 * timers, sockets and signals get their turn.
 */
const DRAINS_WITHOUT_TURN = 16;

/** What a writer asks of the protocol of its transport. */
interface WriterProtocol extends FlowProtocol {
  /** @internal Of a connection that can go on with TLS. */
  readonly isServer?: boolean;
  /** @internal */
  replaceTransport?(transport: Transport): void;
}

/** What has to be waited for before more is written; null if nothing. */
let beginDrain: (writer: StreamWriter) => Coroutine<void> | null;

/**
 * Writes to a transport: `asyncio.StreamWriter`. Made by `openConnection`, `startServer` and the like.
 *
 *     writer.write(data);
 *     yield* writer.drain();
 *
 * Leaving `asyncWith(writer, …)` or `await using` closes it and waits for the end.
 */
export class StreamWriter {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(StreamWriter);
  static {
    hideInside(StreamWriter);
    beginDrain = (writer) => writer.#beginDrain();
  }

  private current: WriteTransport;
  private readonly protocol: WriterProtocol;
  private readonly reader: StreamReader | null;
  private readonly loop: EventLoop;
  /** How often `drain()` had nothing to wait for. */
  private drains = 0;

  constructor(transport: WriteTransport, protocol: WriterProtocol, reader: StreamReader | null, loop: EventLoop) {
    this.current = transport;
    this.protocol = protocol;
    if (!hasFlow(protocol)) throw new TypeError(`protocol must be a StreamReaderProtocol, got ${describe(protocol)}`);
    this.reader = reader;
    this.loop = loop;
  }

  get transport(): WriteTransport {
    return this.current;
  }

  /**
   * Sends the bytes, or buffers what the system does not take at once. Do not change them afterwards. What it returns
   * may be waited for: `yield* writer.write(data)` is `write` and `drain` in one.
   */
  write(data: Uint8Array): Awaitable<void> & Chainable<void> {
    this.current.write(data);
    return new Written(this);
  }

  /** The same for several pieces. */
  writelines(list: Iterable<Uint8Array>): Awaitable<void> & Chainable<void> {
    this.current.writelines(list);
    return new Written(this);
  }

  /** Ends our side when what is buffered is sent. The reader goes on. */
  writeEof(): void {
    this.current.writeEof();
  }

  canWriteEof(): boolean {
    return this.current.canWriteEof();
  }

  /** Closes when what is buffered is sent. */
  close(): void {
    this.current.close();
  }

  isClosing(): boolean {
    return this.current.isClosing();
  }

  /** Waits until the connection has ended after `close()`. Throws the error with which it did. */
  waitClosed(): CoroutineObject<void>;
  *waitClosed(): Coroutine<void> {
    yield* this.protocol[FLOW].waitClosed();
  }

  /** See `BaseTransport.getExtraInfo`. */
  getExtraInfo<T = unknown>(name: string, fallback?: T): T {
    return this.current.getExtraInfo<T>(name, fallback);
  }

  /**
   * Waits until the buffer has room again; returns at once if little is buffered. Throws what the reader
   * has failed with, `ConnectionResetError` if the connection is lost.
   */
  drain(): CoroutineObject<void> {
    return new Drain(this);
  }

  #beginDrain(): Coroutine<void> | null {
    const exception = this.reader?.exception() ?? null;
    if (exception !== null) throw exception;
    if (this.current.isClosing()) return this.drainClosing();
    if (this.protocol[FLOW].mustDrain()) return this.protocol[FLOW].drain();
    if (++this.drains % DRAINS_WITHOUT_TURN !== 0) return null;
    this.loop._host.endTurn?.();
    return sleep(0);
  }

  /** One turn, so that `connectionLost` may come: a loop of write and drain would never be told. */
  private *drainClosing(): Coroutine<void> {
    this.loop._host.endTurn?.();
    yield* sleep(0);
    yield* this.protocol[FLOW].drain();
  }

  /** Goes on with TLS. A connection that `startServer` has accepted is the server's side. Throws as `startTls` does. */
  startTls(ssl?: ClientTls | ServerTls, options?: TlsTimes & { serverHostname?: string | null }): CoroutineObject<void>;
  *startTls(
    ssl: ClientTls | ServerTls = true,
    options: TlsTimes & { serverHostname?: string | null } = {},
  ): Coroutine<void> {
    const { protocol } = this;
    yield* this.drain();
    const all: StartTlsOptions = { ...options, serverSide: protocol.isServer ?? false };
    // A transport that is no socket's is refused there.
    const transport = yield* startTls(this.current as never, protocol as never, ssl, all);
    this.current = transport;
    protocol.replaceTransport?.(transport);
  }

  aenter(): ContextMethod<this>;
  *aenter(): Coroutine<this> | ContextMethod<this> {
    return this;
  }

  /** Closes; after an error drops what is buffered. A connection that has failed meanwhile is closed too. */
  aexit(error?: unknown): ContextMethod<void>;
  *aexit(error?: unknown): Coroutine<void> | ContextMethod<void> {
    const { current } = this;
    if (error === null || error === undefined) current.close();
    else current.abort();
    try {
      yield* this.waitClosed();
    } catch (failure) {
      const known = error === null || error === undefined ? ConnectionError : OSError;
      if (!(failure instanceof known)) throw failure;
    }
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    await this.loop.createTask(this.aexit());
  }

  toString(): string {
    const reader = this.reader === null ? "" : ` reader=${this.reader}`;
    return `<${this.constructor.name} transport=${this.current}${reader}>`;
  }
}

/** Without a look at it: it is made when it is needed. */
function hasFlow(protocol: unknown): boolean {
  return typeof protocol === "object" && protocol !== null && FLOW in protocol;
}

/** What `write` returns. */
class Written implements Awaitable<void>, Chainable<void> {
  /** @internal */ static readonly _chainable: true = /* @__PURE__ */ chainable(Written);
  declare catch: Chainable<void>["catch"];
  declare finally: Chainable<void>["finally"];
  declare private readonly writer: StreamWriter;

  constructor(writer: StreamWriter) {
    this.writer = writer;
  }

  [Symbol.iterator](): Iterator<Suspend, void, unknown> {
    return new Drain(this.writer);
  }

  get [AWAITABLE](): true {
    return true;
  }

  then<A = void, B = never>(
    // biome-ignore lint/suspicious/noConfusingVoidType: what drain() returns
    onfulfilled?: ((value: void) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return promiseOf(this).then(onfulfilled, onrejected);
  }
}

const DRAINED: IteratorReturnResult<void> = Object.freeze({ done: true, value: undefined });

/** `drain` as a coroutine written by hand: most of the time there is nothing to wait for. */
class Drain extends LeafCoroutine<void> {
  declare private readonly writer: StreamWriter;
  declare private begun: boolean;
  /** What waits, if anything has to. */
  declare private inner: Coroutine<void> | null;

  constructor(writer: StreamWriter) {
    super();
    this.writer = writer;
    this.begun = false;
    this.inner = null;
  }

  next(value?: unknown): IteratorResult<Suspend, void> {
    if (this.inner !== null) return this.inner.next(value);
    if (this.begun) throw reused("drain()");
    this.begun = true;
    this.inner = beginDrain(this.writer);
    return this.inner === null ? DRAINED : this.inner.next();
  }

  override throw(error: unknown): IteratorResult<Suspend, void> {
    this.begun = true;
    if (this.inner !== null) return this.inner.throw(error);
    throw error;
  }

  override return(value: undefined): IteratorResult<Suspend, void> {
    this.begun = true;
    return this.inner === null ? done(value) : this.inner.return(value);
  }
}
