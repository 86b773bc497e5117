/** What a StreamWriter asks of the protocol of a pipe. */

import type { Future } from "../kernel/future.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter } from "../kernel/waiter.ts";
import { FlowControlMixin } from "./streamProtocol.ts";
import type { DrainedProtocol } from "./streamWriter.ts";

const CLOSED = { describeWait: () => "the end of a pipe" };

/** `drain()` and `waitClosed()` of a writer that has no reader beside it. */
export class WriterFlow extends FlowControlMixin implements DrainedProtocol {
  private ended = false;
  private error: Error | null = null;
  private readonly waiters = new Set<Future<void>>();

  override connectionLost(error: Error | null): void {
    this.ended = true;
    this.error = error;
    for (const waiter of this.waiters) if (!waiter.done()) waiter.setResult();
    super.connectionLost(error);
  }

  /** @internal Throws the error by which the pipe has ended. */
  *_waitClosed(): Coroutine<void> {
    if (!this.ended) {
      const waiter = createWaiter<void>(this.loop, CLOSED);
      this.waiters.add(waiter);
      try {
        yield* waiter;
      } finally {
        this.waiters.delete(waiter);
      }
    }
    if (this.error !== null) throw this.error;
  }
}
