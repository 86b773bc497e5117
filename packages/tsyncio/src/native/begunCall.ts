/** What becomes of a task that native code has begun, and for which perhaps nothing waits. */

import { LinkedList } from "../base/linkedList.ts";
import type { Observer } from "../kernel/futureWaiters.ts";
import type { EventLoop, NativeCall } from "../kernel/loop.ts";
import type { Task } from "../kernel/task.ts";

/** The promise that native code has, and what settles it. */
export interface Settling {
  readonly promise: Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Follows the task to its end: settles the promise, and reports what would be lost. */
export class BegunCall implements NativeCall, Observer {
  readonly _begun: Task<unknown>;
  readonly _place: string;
  _previous: NativeCall | null = null;
  _next: NativeCall | null = null;
  private readonly settling: Settling | null;
  /** Something has waited for the task, or does: it will ask for the exception, if perhaps later. */
  private awaited = false;
  private watching = false;

  /** Without `settling` native code has the task itself. */
  constructor(task: Task<unknown>, place: string, settling: Settling | null) {
    this._begun = task;
    this._place = place;
    this.settling = settling;
    if (!task.done()) {
      this.register(task._loop);
      task._addWaiter(this);
    } else if (settling !== null) this._futureEnded();
    else {
      this.watchWaiters();
      task._addWaiter(this);
    }
  }

  private register(loop: EventLoop): void {
    loop._calls ??= new LinkedList();
    loop._calls.add(this);
    loop._beforeEnding ??= () => reportPending(loop);
  }

  /** The task ends: whether anything else waits for it can be seen now, or when it comes. */
  _ignores(): boolean {
    if (this._begun._waiters === this) this.watchWaiters();
    else if (!this.watching) this.awaited = true; // one of several waiters
    return false;
  }

  /** From here on a gather that has the task asks whether it is done, and what waits for it adds itself. */
  private watchWaiters(): void {
    const { _begun: task } = this;
    if (this.settling !== null || !task._unretrieved()) return;
    this.watching = true;
    const { _addWaiter, done } = task;
    task._addWaiter = (waiter) => {
      this.awaited ||= waiter !== this;
      _addWaiter.call(task, waiter);
    };
    task.done = () => {
      this.awaited = true;
      return done.call(task);
    };
  }

  _futureEnded(): void {
    const { _begun: task, settling } = this;
    task._loop._calls?.delete(this);
    if (settling === null) {
      // What awaits the task goes on in this turn, and asks for the exception.
      if (task._unretrieved()) task._loop.callSoon(() => this.reportFailure());
    } else if (task.cancelled()) this.rejectQuietly(settling, task._takeError());
    else {
      if (task.exception() === null) settling.resolve(task.result());
      else settling.reject(task._takeError());
    }
  }

  _abandon(error: unknown): void {
    const { _begun: task, settling } = this;
    task._loop._calls?.delete(this);
    if (settling !== null) this.rejectQuietly(settling, error);
    task.cancel();
  }

  /** That the call was ended is no failure of the function, which would end the process where nothing handles it. */
  private rejectQuietly({ promise, reject }: Settling, error: unknown): void {
    promise.catch(() => {});
    reject(error);
  }

  private reportFailure(): void {
    const { _begun: task, _place: place } = this;
    if (this.awaited || !task._unretrieved()) return;
    const message = `An async function that native code has called failed, and nothing awaits it: handed over at ${place}`;
    task._loop.callExceptionHandler({ message, exception: task.exception(), task });
  }
}

/** The `run` of the loop ends, and cancels them. */
function reportPending(loop: EventLoop): void {
  const places = new Map<string, number>();
  for (const { _place: place, _begun: task } of loop._calls?.toArray() ?? []) {
    if (place !== undefined && task?.done() === false) places.set(place, (places.get(place) ?? 0) + 1);
  }
  if (places.size === 0) return;
  const count = [...places.values()].reduce((sum, one) => sum + one);
  const list = [...places].map(([place, tasks]) => `${tasks} from ${place}`).join(", ");
  loop.callExceptionHandler({
    message: `run() has ended over ${count} ${count === 1 ? "task" : "tasks"} that native code has begun: ${list}`,
  });
}
