/** What stands between a transport and the streams: FlowControlMixin and StreamReaderProtocol. */

import { checkOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { fromPromise } from "../interop/fromPromise.ts";
import { isPromiseLike } from "../interop/settle.ts";
import { kindOfBody } from "../kernel/callables.ts";
import { currentLoop, type Future, isfuture } from "../kernel/future.ts";
import type { Observer } from "../kernel/futureWaiters.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Coroutine, iscoroutine, iscoroutinefunction } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { report } from "./flowControl.ts";
import { ConnectionResetError } from "./osErrors.ts";
import { Protocol } from "./protocols.ts";
import type { PausableTransport, StreamReader } from "./streamReader.ts";
import { StreamWriter } from "./streamWriter.ts";
import type { Transport } from "./transports.ts";

const CLIENT_FAILED = "Unhandled exception in clientConnected callback";
const OPTIONS = { loop: true } as const;

/** A protocol for which `drain()` can wait: `asyncio.streams.FlowControlMixin`. */
export class FlowControlMixin extends Protocol implements WaitOwner {
  protected readonly loop: EventLoop;
  private paused = false;
  private lost = false;
  private drainWaiters: Set<Future<void>> | null = null;

  constructor(options: { loop?: EventLoop } = {}) {
    super();
    checkOptions("a protocol of streams", options, OPTIONS);
    this.loop = options.loop ?? currentLoop();
  }

  override pauseWriting(): void {
    this.paused = true;
  }

  override resumeWriting(): void {
    this.paused = false;
    this.wake(null);
  }

  override connectionLost(error: Error | null): void {
    this.lost = true;
    if (this.paused) this.wake(error);
  }

  /** @internal Whether `drain()` has to wait, or to throw. */
  _mustDrain(): boolean {
    return this.paused || this.lost;
  }

  /** @internal Waits until the transport may be written to again. Throws `ConnectionResetError` if it is lost. */
  *_drain(): Coroutine<void> {
    if (this.lost) throw new ConnectionResetError("Connection lost", { code: "ECONNRESET" });
    if (!this.paused) return;
    const waiter = createWaiter<void>(this.loop, this);
    this.drainWaiters ??= new Set();
    this.drainWaiters.add(waiter);
    try {
      yield* waiter;
    } finally {
      this.drainWaiters.delete(waiter);
    }
  }

  describeWait(): string {
    return `drain() of ${this}`;
  }

  override toString(): string {
    return `<${this.constructor.name}${this.paused ? " paused" : ""}${this.lost ? " lost" : ""}>`;
  }

  private wake(error: Error | null): void {
    for (const waiter of this.drainWaiters ?? []) {
      if (waiter.done()) continue;
      if (error === null) waiter.setResult();
      else waiter.setException(error);
    }
  }
}

/** What `startServer` calls for each connection: a coroutine function, or a plain one. */
export type ClientConnected = (reader: StreamReader, writer: StreamWriter) => Coroutine<unknown> | unknown;

/** Throws `TypeError` for a function whose body would never run, or whose failure would not be the loop's to report. */
export function checkClientConnected(callback: unknown): void {
  const kind = kindOfBody(callback);
  if (typeof callback === "function" && (kind === null || iscoroutinefunction(callback))) return;
  const got = kind === null ? describe(callback) : `${kind}: write function* (reader, writer) { … }`;
  throw new TypeError(`clientConnected must be a function* or a plain function, got ${got}`);
}

/** Feeds a `StreamReader` with what a transport receives: `asyncio.StreamReaderProtocol`. */
export class StreamReaderProtocol extends FlowControlMixin implements PausableTransport, Observer {
  private readonly reader: StreamReader;
  private readonly clientConnected: ClientConnected | null;
  private transport: Transport | null = null;
  private overTls = false;
  private closeWaiters: Set<Future<void>> | null = null;
  private ended: { error: Error | null } | null = null;

  constructor(
    reader: StreamReader,
    clientConnected: ClientConnected | null = null,
    options: { loop?: EventLoop } = {},
  ) {
    super(options);
    if (clientConnected !== null) checkClientConnected(clientConnected);
    this.reader = reader;
    this.clientConnected = clientConnected;
  }

  override connectionMade(transport: Transport): void {
    this._replaceTransport(transport);
    // The reader pauses whatever transport there is: `startTls` changes it.
    this.reader.setTransport(this);
    if (this.clientConnected === null) return;
    const writer = new StreamWriter(transport, this, this.reader, this.loop);
    let made: unknown;
    try {
      made = this.clientConnected(this.reader, writer);
    } catch (error) {
      report(this.loop, CLIENT_FAILED, error, transport, this);
      transport.close();
    }
    if (iscoroutine(made)) this.loop.createTask(made)._addWaiter(this);
    // A rejection that nothing handles ends the process. A task or a future is reported by itself.
    else if (isPromiseLike(made) && !isfuture(made)) this.loop.createTask(fromPromise(made))._addWaiter(this);
  }

  override dataReceived(data: Uint8Array): void {
    this.reader.feedData(data);
  }

  override eofReceived(): boolean {
    this.reader.feedEof();
    return !this.overTls;
  }

  override connectionLost(error: Error | null): void {
    if (error === null) this.reader.feedEof();
    else this.reader.setException(error);
    this.ended = { error };
    for (const waiter of this.closeWaiters ?? []) if (!waiter.done()) waiter.setResult();
    super.connectionLost(error);
  }

  /** @internal What the reader has buffered goes to the next owner of the stream. */
  override _takeUnread(): Uint8Array {
    return this.reader._takeUnread();
  }

  pauseReading(): void {
    this.transport?.pauseReading();
  }

  resumeReading(): void {
    this.transport?.resumeReading();
  }

  /** @internal Each wait has a future of its own: cancelling one does not end the others. */
  *_waitClosed(): Coroutine<void> {
    if (this.ended === null) {
      const waiter = createWaiter<void>(this.loop, { describeWait: () => "the end of a connection" });
      this.closeWaiters ??= new Set();
      this.closeWaiters.add(waiter);
      try {
        yield* waiter;
      } finally {
        this.closeWaiters.delete(waiter);
      }
    }
    const error = this.ended?.error ?? null;
    if (error !== null) throw error;
  }

  /** @internal */
  _replaceTransport(transport: Transport): void {
    this.transport = transport;
    this.overTls = !transport.canWriteEof();
  }

  /** @internal */
  get _isServer(): boolean {
    return this.clientConnected !== null;
  }

  /** @internal The task of `clientConnected` has ended. */
  _futureEnded(task: Future<unknown>): void {
    kernel.context = (task as Task<unknown>)._context;
    const transport = this.transport as Transport;
    if (task.cancelled()) return transport.close();
    const exception = task.exception();
    if (exception === null) return;
    this.loop.callExceptionHandler({
      message: CLIENT_FAILED,
      exception,
      transport,
    });
    transport.close();
  }
}
