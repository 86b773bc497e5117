/** Waiting for what Node tells by a callback or an event. */

import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { fromSystemError } from "./systemErrors.ts";

/** A future that callbacks complete: the first one counts, and none does after a cancellation. */
export class Deferred<T = void> implements WaitOwner {
  readonly future: Future<T>;
  /** What is waited for: a text for reports. */
  private readonly what: string;

  constructor(loop: EventLoop, what: string) {
    this.what = what;
    this.future = createWaiter<T>(loop, this);
  }

  readonly resolve = (value: T): void => {
    if (!this.future.done()) this.future.setResult(value);
  };

  /** With an error of the system as the class that Python has for it. */
  readonly reject = (error: unknown): void => {
    if (!this.future.done()) this.future.setException(fromSystemError(error));
  };

  /** As Node's callbacks tell it: by an error, or by a value. */
  settle(error: Error | null | undefined, value: T): void {
    if (error == null) this.resolve(value);
    else this.reject(error);
  }

  describeWait(): string {
    return this.what;
  }
}
