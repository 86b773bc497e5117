/** What waits for a future besides handles and tasks: observers, and the leaf under every `yield*`. */

import { RuntimeError } from "./errors.ts";
import { type Future, type Observer, PENDING, RESULT } from "./future.ts";
import type { Runnable } from "./handle.ts";
import { LEAN } from "./lean.ts";
import { ALREADY_AWAITED, done, type Suspend } from "./protocol.ts";
import { answerProbe, kernel, PROBE, SUSPENDED } from "./state.ts";

/** Tells an observer that is not the only one who waits. */
export class Notice implements Runnable {
  declare private readonly future: Future<unknown>;
  declare private readonly observer: Observer;

  constructor(future: Future<unknown>, observer: Observer) {
    this.future = future;
    this.observer = observer;
  }

  /** @internal */
  _run(): void {
    this.observer._futureEnded(this.future);
  }
}

/** The leaf under every wait. `next()` begins; `next(future)` comes from the task, when the future has a result. */
export class FutureIterator<T> implements Iterator<Suspend, T, unknown> {
  declare private readonly future: Future<T>;
  declare private begun: boolean;

  constructor(future: Future<T>) {
    this.future = future;
    this.begun = false;
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    const future = this.future;
    if (!LEAN && value === PROBE) return answerProbe();
    if (future._state === RESULT) return { done: true, value: future._value as T };
    if (future._state === PENDING) {
      if (this.begun) {
        this.checkWaited();
        return { done: false, value: ALREADY_AWAITED };
      }
      this.begun = true;
      kernel.blockedOn = future as Future<unknown>;
      return SUSPENDED;
    }
    throw future._takeError();
  }

  throw(error: unknown): never {
    throw error;
  }

  return(value: T): IteratorResult<Suspend, T> {
    this.checkWaited();
    return done(value);
  }

  /** Still in `blockedOn`: no task has suspended. Somebody spreads the future, or takes it apart, without `yield*`. */
  private checkWaited(): void {
    if (LEAN || kernel.blockedOn !== this.future) return;
    kernel.blockedOn = null;
    throw new RuntimeError("a future is not a sequence: write `const [a, b] = yield* future`");
  }
}
