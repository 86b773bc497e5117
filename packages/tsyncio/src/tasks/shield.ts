/** asyncio.shield. */

import { type DoneCallback, Future } from "../kernel/future.ts";
import type { Awaitable } from "../kernel/protocol.ts";
import { ensureFuture } from "./create.ts";

/**
 * Protects a task from the cancellation of whoever waits for it: that one gets `CancelledError`, the task goes on.
 * An error of the task after that is reported to the loop's exception handler. `asyncio.shield`.
 */
export function shield<T>(awaitable: Awaitable<T>): Future<T> {
  const inner = ensureFuture(awaitable);
  if (inner.done()) return inner;
  const outer = new Future<T>({ loop: inner.getLoop() });
  outer._owner = { describeWait: () => `shield of ${inner}`, holders: () => [inner as Future<unknown>] };

  const innerEnded: DoneCallback<Future<T>> = () => {
    if (outer.cancelled()) reportLate(inner);
    else if (inner.cancelled()) outer.cancel();
    else if (inner.exception() !== null) outer.setException(inner.exception());
    else outer.setResult(inner.result());
  };
  inner.addDoneCallback(innerEnded);
  outer.addDoneCallback(() => {
    if (inner.done()) return;
    inner.removeDoneCallback(innerEnded);
    // Once, however many shields of it were cancelled.
    inner.removeDoneCallback(reportLate);
    inner.addDoneCallback(reportLate);
  });
  return outer;
}

function reportLate(late: Future<unknown>): void {
  if (late.cancelled()) return;
  const exception = late.exception();
  if (exception === null) return;
  const name = exception instanceof Error ? exception.name : "Error";
  late.getLoop().callExceptionHandler({ message: `${name} exception in shielded future`, exception, future: late });
}
