/** Which tasks hold what has been acquired, for reports. */

import type { Future } from "../kernel/future.ts";
import type { Task } from "../kernel/task.ts";

type Holder = Task<unknown> | null;

/** Of more than these the tasks are not kept: to find one at its release would take time. */
const MOST = 64;

/**
 * The permits of a semaphore that have been acquired. A task may release one that another has acquired: from then on
 * it is not known which tasks hold the rest, until none is left.
 */
export class Permits {
  private taken = 0;
  private known = true;
  /** Null is what runs outside of tasks. */
  private readonly tasks: Holder[] = [];

  take(task: Holder): void {
    this.taken++;
    if (this.taken > MOST) this.forget();
    if (this.known) this.tasks.push(task);
  }

  /** `task` has released one: its own, if it has one. */
  giveBack(task: Holder): void {
    if (this.taken === 0) return; // the semaphore has more permits than at its beginning
    if (this.known) this.delete(task);
    if (--this.taken === 0) this.known = true;
  }

  /** Empty if they are not known. */
  holders(): Future<unknown>[] {
    return this.tasks.filter((task) => task !== null);
  }

  private delete(task: Holder): void {
    const { tasks } = this;
    const last = tasks.length - 1;
    // Mostly the first to acquire is the first to release, and within a task the last.
    let place = tasks[last] === task ? last : tasks.indexOf(task);
    if (place < 0) return this.forget();
    for (; place < last; place++) tasks[place] = tasks[place + 1] as Holder;
    tasks.pop();
  }

  private forget(): void {
    this.known = false;
    this.tasks.length = 0;
  }
}

/** Words for those of the holders that have ended, and so will not release it. */
export function heldByEnded(holders: readonly Future<unknown>[]): string {
  const [first, ...more] = holders.filter((holder) => holder.done()) as Task<unknown>[];
  if (first === undefined) return "";
  const name = first.getName();
  return more.length === 0
    ? `, not released by ${name}, which has ended`
    : `, not released by ${name} and ${more.length} more, which have ended`;
}
