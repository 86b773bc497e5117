/** What the next step of a task has to mind: the bits of its `_due`. */

import type { Task } from "./task.ts";

/** The coroutine has not begun. */
export const BEGIN = 1;
/** A cancellation is to be thrown; its message is in `_value`. */
export const CANCEL = 2;
/** The coroutine is not a generator: it has a `next` of its own. */
export const SPECIAL = 4;
/** The bits from here on count the `cancel()` calls that have not been taken back. */
export const CANCELS = 3;
export const ONE_CANCEL = 1 << CANCELS;

/** The coroutine has begun. */
export function hasBegun(task: Task<unknown>): boolean {
  return (task._due & BEGIN) === 0;
}

/** A cancellation is to be thrown at the next step. */
export function mustCancel(task: Task<unknown>): boolean {
  return (task._due & CANCEL) !== 0;
}
