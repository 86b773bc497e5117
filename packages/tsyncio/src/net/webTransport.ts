/** A transport over a pair of web streams. */

import { RuntimeError } from "../kernel/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { FlowControl } from "./flowControl.ts";
import type { Protocol, StreamProtocol } from "./protocols.ts";
import { Transport, type WriteBufferLimits } from "./transports.ts";
import type { WebStreams } from "./webStreams.ts";

/** Everything that comes from a promise of the streams is handed to the loop. */
export class WebTransport extends Transport {
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
    this.sink = streams.writable.getWriter();
    this.sink.closed.catch((error: Error) => this.lose(error));
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
    if (!(data instanceof Uint8Array)) throw new TypeError("write expects a Uint8Array");
    if (this.eof) throw new RuntimeError("Cannot call write() after writeEof()");
    if (this.closing || data.length === 0) return;
    this.size += data.length;
    const written = (): void => {
      this.size -= data.length;
      if (this.flow.paused && this.size <= this.flow.low) {
        this.loop.callSoon(() => this.flow.resume(this.loop, this, this.protocol));
      }
    };
    this.sink.write(data).then(written, written);
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
    this.source.cancel().catch(ignore);
    this.sink.abort().catch(ignore);
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
      ({ done, value }) => this.loop.callSoon(() => this.received(done ? null : (value as Uint8Array))),
      (error: Error) => this.lose(error),
    );
  }

  private received(chunk: Uint8Array | null): void {
    this.reading = false;
    if (this.closing) return;
    if (chunk === null) {
      if (!this.protocol.eofReceived()) this.close();
      return;
    }
    this.protocol.dataReceived(chunk);
    this.read();
  }

  private lose(error: Error | null): void {
    if (this.over) return;
    this.over = this.closing = true;
    this.loop.callSoon(() => this.protocol.connectionLost(error));
  }
}

function ignore(): void {}
