/** Primitives as asyncio once had them, with the faults that were found in them. Written anew from the reports. */

import { type Coroutine, createTask, Event, Future, getRunningLoop, isCancelled, TimeoutError } from "tsyncio";
import { check } from "./io.ts";

/** The lock before bpo-27585: a woken waiter that is cancelled does not wake the next one. */
export class OldLock {
  private taken = false;
  private readonly waiters: Future<void>[] = [];

  *acquire(): Coroutine<void> {
    if (this.taken || this.waiters.length > 0) {
      const waiter = new Future<void>();
      this.waiters.push(waiter);
      try {
        yield* waiter;
      } finally {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
      }
    }
    this.taken = true;
  }

  release(): void {
    this.taken = false;
    this.waiters.find((waiter) => !waiter.done())?.setResult();
  }
}

/** The semaphore of Python 3.10.5 (gh-90155): the task that was woken must come, or no other gets in any more. */
export class OldSemaphore {
  private value: number;
  private someoneIsComing = false;
  private readonly waiters: Future<void>[] = [];

  constructor(value: number) {
    this.value = value;
  }

  *acquire(): Coroutine<void> {
    while (this.someoneIsComing || this.value === 0) {
      const waiter = new Future<void>();
      this.waiters.push(waiter);
      try {
        yield* waiter;
      } catch (error) {
        this.wakeNext();
        throw error;
      }
      this.someoneIsComing = false;
    }
    this.value--;
  }

  release(): void {
    this.value++;
    this.wakeNext();
  }

  private wakeNext(): void {
    for (let waiter = this.waiters.shift(); waiter !== undefined; waiter = this.waiters.shift()) {
      if (waiter.done()) continue;
      waiter.setResult();
      this.someoneIsComing = true;
      return;
    }
  }
}

/** wait_for before gh-86296: a cancellation that comes when the work has just ended is not thrown. */
export function* oldWaitFor<T>(work: Coroutine<T>, seconds: number): Coroutine<T> {
  const task = createTask(work);
  const woken = new Event();
  task.addDoneCallback(() => woken.set());
  const timer = getRunningLoop().callLater(seconds, () => woken.set());
  try {
    yield* woken.wait();
  } catch (error) {
    if (!isCancelled(error) || !task.done()) {
      task.cancel();
      throw error;
    }
  } finally {
    timer.cancel();
  }
  if (task.done()) return task.result();
  task.cancel();
  throw new TimeoutError();
}

/** The flow control of a connection before gh-74116: one task at most waits until the peer has read. */
export class FlowControl {
  private readonly manyMayWait: boolean;
  private paused = false;
  private waiters: Future<void>[] = [];

  constructor(manyMayWait: boolean) {
    this.manyMayWait = manyMayWait;
  }

  /** The buffer is full. */
  pause(): void {
    this.paused = true;
  }

  /** The peer has read. */
  resume(): void {
    this.paused = false;
    for (const waiter of this.waiters) if (!waiter.done()) waiter.setResult();
    this.waiters = [];
  }

  *drain(): Coroutine<void> {
    if (!this.paused) return;
    check(this.manyMayWait || this.waiters.length === 0, "another task is waiting for this connection to drain");
    const waiter = new Future<void>();
    this.waiters.push(waiter);
    yield* waiter;
  }
}
