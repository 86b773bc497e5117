/** How the connection of a socket's transport ends: closed, aborted, failed, or ended by both sides. */

import type { Socket } from "node:net";
import { TimeoutError } from "../base/errors.ts";
import type { TimerHandle } from "../kernel/handle.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { callLater } from "../tasks/sleep.ts";
import { report } from "./flowControl.ts";
import type { StreamProtocol } from "./protocols.ts";
import { fromSystemError } from "./systemErrors.ts";

/** What it knows of its transport, and asks of it. */
interface EndingTransport {
  readonly loop: EventLoop;
  readonly socket: Socket;
  readonly protocol: StreamProtocol;
  readonly reading: {
    readonly endTold: boolean;
    hasUndelivered(): boolean;
    forget(): void;
    stop(): void;
  };
  readonly writing: {
    readonly size: number;
    readonly eofWritten: boolean;
    callWhenSent(): void;
  };
  /** `tellLostIfOver()` shall be called in a turn of the loop. */
  schedule(): void;
  /** The protocol has been told: the transport belongs to no server and no loop any more. */
  leave(): void;
}

export class SocketEnding {
  /** From `close()`, `abort()` or an error on. */
  closing = false;
  /** The socket is gone. The protocol is told when that is decided: see `mustTell`. */
  over = false;
  /** `connectionLost()` was called. */
  lostTold = false;
  private readonly transport: EndingTransport;
  /** Of TLS, in seconds. */
  private readonly shutdownTimeout: number | null;
  private shutdownTimer: TimerHandle | null = null;
  /** The socket is in a handshake of TLS: what comes of it decides over the connection. */
  private released = false;
  private error: Error | null = null;

  constructor(transport: EndingTransport, shutdownTimeout: number | null) {
    this.transport = transport;
    this.shutdownTimeout = shutdownTimeout;
  }

  /** False over TLS: the connection ends as a whole. */
  get halfCloses(): boolean {
    return this.shutdownTimeout === null;
  }

  close(): void {
    if (this.closing) return this.dropHandshake();
    this.stopReading();
    const { transport } = this;
    if (this.over) return transport.schedule();
    if (this.shutdownTimeout !== null) {
      const timedOut = (): void => this.forceClose(new TimeoutError("SSL shutdown timed out"));
      this.shutdownTimer = callLater(transport.loop, this.shutdownTimeout, timedOut);
      // To the peer's end, as asyncio: a socket that is closed with unread bytes, be it only tickets of TLS 1.3, resets
      // the connection, and what the peer has not read yet is lost.
      transport.socket.resume();
    }
    if (transport.writing.size === 0) this.allSent();
    else transport.writing.callWhenSent();
  }

  /** Drops what is buffered. */
  forceClose(error: Error | null): void {
    if (this.over && this.closing) return this.dropHandshake();
    this.stopReading();
    this.error ??= error;
    this.finish();
  }

  /** `close()` has nothing left to wait for but, over TLS, that both sides say that this is the end. */
  allSent(): void {
    if (this.halfCloses) this.finish();
    else if (!this.transport.socket.writableEnded) this.transport.socket.end();
  }

  /** Node leaves a socket open whose TLS has failed. */
  socketFailed(error: Error): void {
    if (this.over) return;
    this.error ??= fromSystemError(error);
    this.closing = true;
    this.finish();
  }

  socketClosed(): void {
    if (this.over) return;
    this.over = true;
    this.transport.schedule();
  }

  /** The socket is given away, to a handshake. */
  release(): void {
    this.stopReading();
    this.over = this.lostTold = this.released = true;
  }

  /** The handshake has failed, by an error or a cancellation: the connection is gone. */
  upgradeFailed(error: Error | null): void {
    this.released = this.lostTold = false;
    this.error = error;
    this.transport.schedule();
  }

  /** The loop is closed: nothing is told any more. */
  loopClosed(): void {
    this.closing = this.over = this.lostTold = true;
    this.transport.socket.destroy();
  }

  cancelTimer(): void {
    this.shutdownTimer?.cancel();
    this.shutdownTimer = null;
  }

  /** In the loop. */
  tellLostIfOver(): void {
    if (this.over && this.mustTell()) this.tellLost();
  }

  /**
   * The socket is gone: is the connection? One that was closed, aborted, or has failed is. Else what was read comes
   * first; and one whose both sides have ended in good order is open until `close()`, as in asyncio.
   */
  private mustTell(): boolean {
    if (this.closing) return true;
    const { reading, writing } = this.transport;
    return !reading.hasUndelivered() && !(writing.eofWritten && reading.endTold);
  }

  private tellLost(): void {
    this.closing = this.lostTold = true;
    const { transport } = this;
    const { loop, protocol } = transport;
    transport.reading.forget();
    try {
      protocol.connectionLost(this.error);
    } catch (error) {
      report(loop, "Exception in callback protocol.connectionLost()", error, transport, protocol);
    } finally {
      transport.leave();
    }
  }

  private stopReading(): void {
    this.closing = true;
    this.transport.reading.stop();
  }

  private dropHandshake(): void {
    if (this.released) this.transport.socket.destroy();
  }

  private finish(): void {
    this.over = true;
    this.transport.socket.destroy();
    this.transport.schedule();
  }
}
