/** What the numbers in futures and tasks mean. */

/** `_state` of a future. */
export const PENDING = 0;
export const RESULT = 1;
export const CANCELLED = 2;
/** An exception that has not been asked for yet. */
export const FAILED = 3;
/** An exception that has been asked for. */
export const RETRIEVED = 4;

// `_flags` of a task: what its next step has to mind.
/** The coroutine has not begun. */
export const BEGIN = 1;
/** A cancellation is to be thrown; its message is in `_value`. */
export const CANCEL = 2;
/** The coroutine is not a generator: it has a `next` of its own. */
export const SPECIAL = 4;
/** A `cancel()` has not been answered: the `CancelledError` that is thrown in next answers it. */
export const ASKED = 8;
/** The bits from here on count the `cancel()` calls that have not been taken back. */
export const CANCELS = 4;
export const ONE_CANCEL = 1 << CANCELS;

interface Flagged {
  readonly _flags: number;
}

/** The coroutine has begun. */
export function hasBegun(task: Flagged): boolean {
  return (task._flags & BEGIN) === 0;
}

/** A cancellation is to be thrown at the next step. */
export function mustCancel(task: Flagged): boolean {
  return (task._flags & CANCEL) !== 0;
}
