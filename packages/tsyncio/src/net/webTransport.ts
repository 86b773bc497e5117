/** A transport over a pair of web streams. */

import { describe } from "../base/describe.ts";
import { RuntimeError } from "../base/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { FlowControl, report } from "./flowControl.ts";
import { type Leftover, leftoversOf } from "./leftovers.ts";
import { type Protocol, type StreamProtocol, Transport, type WriteBufferLimits } from "./protocols.ts";
import { checkBytes } from "./streamArguments.ts";

/** A pair of web streams: what `Deno.connect`, `TransformStream` and the like return. */
export interface WebStreams {
  readable: ReadableStream<Uint8Array>;
  writable: WritableStream<Uint8Array>;
}

/** Everything that comes from a promise of the streams is handed to the loop. */
export class WebTransport extends Transport implements Leftover {
  private readonly loop: EventLoop;
  private readonly source: ReadableStreamDefaultReader<Uint8Array>;
  private readonly sink: WritableStreamDefaultWriter<Uint8Array>;
  private readonly flow = new FlowControl();
  private protocol: Protocol;
  private size = 0;
  private reading = false;
  private paused = false;
  private eof = false;
  private closing = false;
  private over = false;

  constructor(loop: EventLoop, streams: WebStreams, protocol: Protocol) {
    super();
    this.loop = loop;
    this.protocol = protocol;
    this.source = streams.readable.getReader();
    try {
      this.sink = streams.writable.getWriter();
    } catch (error) {
      this.source.releaseLock(); // the other one is locked
      throw error;
    }
    this.sink.closed.catch((error: Error) => this.lose(error));
    leftoversOf(loop).add(this);
    protocol.connectionMade(this);
    this.read();
  }

  getExtraInfo<T = unknown>(_name: string, fallback?: T): T {
    return fallback as T;
  }

  setProtocol(protocol: StreamProtocol): void {
    this.protocol = protocol as Protocol;
  }

  getProtocol(): StreamProtocol {
    return this.protocol;
  }

  isClosing(): boolean {
    return this.closing;
  }

  isReading(): boolean {
    return !this.closing && !this.paused;
  }

  pauseReading(): void {
    this.paused = true;
  }

  resumeReading(): void {
    this.paused = false;
    this.read();
  }

  write(data: Uint8Array): void {
    checkBytes(data, "write");
    if (this.eof) throw new RuntimeError("Cannot call write() after writeEof()");
    if (this.closing || data.length === 0) return;
    this.size += data.length;
    const written = (): void => {
      this.size -= data.length;
      if (this.over || !this.flow.paused || this.size > this.flow.low) return;
      this.loop.callSoon(() => this.flow.resume(this.loop, this, this.protocol));
    };
    this.sink.write(data).then(written, (error: Error) => this.lose(error));
    if (this.size > this.flow.high) this.flow.pause(this.loop, this, this.protocol);
  }

  writelines(list: Iterable<Uint8Array>): void {
    for (const data of list) this.write(data);
  }

  writeEof(): void {
    if (this.eof || this.closing) return;
    this.eof = true;
    this.sink.close().catch(ignore);
  }

  canWriteEof(): boolean {
    return true;
  }

  close(): void {
    if (this.closing) return;
    this.closing = true;
    const end = (error: Error | null): void => this.lose(error);
    this.source.cancel().catch(ignore);
    (this.eof ? this.sink.closed : this.sink.close()).then(() => end(null), end);
  }

  abort(): void {
    if (this.over) return;
    this.closing = true;
    this.drop(undefined);
    this.lose(null);
  }

  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    this.flow.setLimits(limits);
    if (this.size > this.flow.high) this.flow.pause(this.loop, this, this.protocol);
  }

  getWriteBufferLimits(): [low: number, high: number] {
    return [this.flow.low, this.flow.high];
  }

  getWriteBufferSize(): number {
    return this.size;
  }

  /** Asks for one chunk at a time, and for none while paused. */
  private read(): void {
    if (this.reading || !this.isReading()) return;
    this.reading = true;
    this.source.read().then(
      ({ done, value }) => {
        if (!this.over) this.loop.callSoon(() => this.received(done, value));
      },
      (error: Error) => this.lose(error),
    );
  }

  private received(done: boolean, chunk: unknown): void {
    this.reading = false;
    if (this.closing) return;
    if (done) {
      if (!this.protocol.eofReceived()) this.close();
      return;
    }
    if (!(chunk instanceof Uint8Array)) {
      const got = `a stream of bytes was expected, got a chunk that is ${describe(chunk)}`;
      return this.lose(new TypeError(`${got}. For text use .pipeThrough(new TextEncoderStream()).`));
    }
    try {
      this.protocol.dataReceived(chunk);
    } catch (error) {
      report(this.loop, "Fatal error: protocol.dataReceived() call failed.", error, this, this.protocol);
      return this.lose(error as Error);
    }
    this.read();
  }

  private lose(error: Error | null): void {
    if (this.over) return;
    this.over = this.closing = true;
    if (error !== null) this.drop(error);
    this.loop.callSoon(() => {
      try {
        this.protocol.connectionLost(error);
      } finally {
        this.release();
      }
    });
  }

  /** @internal */
  _loopClosed(): void {
    this.over = this.closing = true;
    this.drop(undefined);
    this.release();
  }

  /** Tells both streams that nothing will come or go any more. */
  private drop(reason: unknown): void {
    this.source.cancel(reason).catch(ignore);
    this.sink.abort(reason).catch(ignore);
  }

  private release(): void {
    leftoversOf(this.loop).delete(this);
    this.source.releaseLock();
    this.sink.releaseLock();
  }
}

function ignore(): void {}
