/** What a StreamWriter waits for: `drain()` and `waitClosed()`. */

import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { Latch } from "../sync/latch.ts";
import { ConnectionResetError } from "./osErrors.ts";
import type { BaseProtocol } from "./protocols.ts";

/**
 * A symbol, since it stands beside the methods of a program's own protocols; the same for all copies of the package.
 */
export const FLOW = Symbol.for("tsyncio.flow");

/** A protocol whose transport a `StreamWriter` can write to. */
export interface FlowProtocol extends BaseProtocol {
  /** @internal */ readonly [FLOW]: WriterFlow;
}

/** `asyncio.streams.FlowControlMixin`: its protocol hands on to it what the transport calls. */
export class WriterFlow implements WaitOwner {
  private readonly loop: EventLoop;
  private readonly protocol: FlowProtocol;
  private paused = false;
  private lost = false;
  private drainWaiters: Set<Future<void>> | null = null;
  private readonly end: WaitOwner;
  /** Opened with the error by which the connection, or the pipe, has ended. Made when it is needed. */
  private closed: Latch<Error | null> | null = null;

  /** `end` says in reports what `waitClosed()` waits for. */
  constructor(loop: EventLoop, protocol: FlowProtocol, end: WaitOwner) {
    this.loop = loop;
    this.protocol = protocol;
    this.end = end;
  }

  pauseWriting(): void {
    this.paused = true;
  }

  resumeWriting(): void {
    this.paused = false;
    this.wake(null);
  }

  connectionLost(error: Error | null): void {
    this.ended().open(error);
    this.lost = true;
    if (this.paused) this.wake(error);
  }

  /** Whether `drain()` has to wait, or to throw. */
  mustDrain(): boolean {
    return this.paused || this.lost;
  }

  /** Waits until the transport may be written to again. Throws `ConnectionResetError` if it is lost. */
  *drain(): Coroutine<void> {
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

  /** Throws the error by which it has ended. */
  *waitClosed(): Coroutine<void> {
    const error = yield* this.ended().wait();
    if (error !== null) throw error;
  }

  describeWait(): string {
    return `drain() of ${this.protocol}`;
  }

  /** For the text of the protocol. */
  toString(): string {
    return `${this.paused ? " paused" : ""}${this.lost ? " lost" : ""}`;
  }

  private ended(): Latch<Error | null> {
    this.closed ??= new Latch(this.loop, this.end);
    return this.closed;
  }

  private wake(error: Error | null): void {
    for (const waiter of this.drainWaiters ?? []) {
      if (waiter.done()) continue;
      if (error === null) waiter.setResult();
      else waiter.setException(error);
    }
  }
}
