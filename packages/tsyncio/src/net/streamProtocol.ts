/** What stands between a transport and the streams: StreamReaderProtocol. */

import { checkOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { lazyOf } from "../base/lazy.ts";
import { fromPromise } from "../interop/fromPromise.ts";
import { isPromiseLike } from "../iteration/settle.ts";
import { kindOfBody } from "../kernel/callables.ts";
import { currentLoop, type Future, isfuture } from "../kernel/future.ts";
import type { Observer } from "../kernel/futureWaiters.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Coroutine, iscoroutine, iscoroutinefunction } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { report } from "./flowControl.ts";
import { Protocol, type Transport } from "./protocols.ts";
import type { PausableTransport } from "./streamBuffer.ts";
import { bufferOf, type StreamReader } from "./streamReader.ts";
import { StreamWriter } from "./streamWriter.ts";
import { type KeepsUnread, UNREAD } from "./unread.ts";
import { FLOW, type FlowProtocol, WriterFlow } from "./writerFlow.ts";

const CLIENT_FAILED = "Unhandled exception in clientConnected callback";
const OPTIONS = { loop: true } as const;

const CONNECTION_END: WaitOwner = { describeWait: () => "the end of a connection" };

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
export class StreamReaderProtocol extends Protocol implements PausableTransport, FlowProtocol, KeepsUnread, Observer {
  /** Made when it is needed: a connection that is idle goes without. */
  private flow: WriterFlow | null = null;
  private readonly loop: EventLoop;
  private readonly reader: StreamReader;
  private readonly clientConnected: ClientConnected | null;
  private transport: Transport | null = null;

  constructor(
    reader: StreamReader,
    clientConnected: ClientConnected | null = null,
    options: { loop?: EventLoop } = {},
  ) {
    super();
    checkOptions("StreamReaderProtocol", options, OPTIONS);
    this.loop = options.loop ?? currentLoop();
    if (clientConnected !== null) checkClientConnected(clientConnected);
    this.reader = reader;
    this.clientConnected = lazyOf(clientConnected);
  }

  override connectionMade(transport: Transport): void {
    this.replaceTransport(transport);
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
    // Over TLS the connection ends as a whole.
    return this.transport?.canWriteEof() ?? true;
  }

  override connectionLost(error: Error | null): void {
    if (error === null) this.reader.feedEof();
    else this.reader.setException(error);
    this[FLOW].connectionLost(error);
  }

  override pauseWriting(): void {
    this[FLOW].pauseWriting();
  }

  override resumeWriting(): void {
    this[FLOW].resumeWriting();
  }

  /** @internal */
  get [FLOW](): WriterFlow {
    this.flow ??= new WriterFlow(this.loop, this, CONNECTION_END);
    return this.flow;
  }

  /** @internal What the reader has buffered goes to the next owner of the stream. */
  [UNREAD](): Uint8Array {
    return bufferOf(this.reader).takeAll();
  }

  pauseReading(): void {
    this.transport?.pauseReading();
  }

  resumeReading(): void {
    this.transport?.resumeReading();
  }

  /** @internal */
  replaceTransport(transport: Transport): void {
    this.transport = transport;
  }

  override toString(): string {
    return `<${this.constructor.name}${this[FLOW]}>`;
  }

  /** @internal */
  get isServer(): boolean {
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
