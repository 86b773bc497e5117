/** What a task does with what its coroutine has yielded. */

import { RuntimeError } from "../base/errors.ts";
import { CANCEL, mustCancel } from "./due.ts";
import type { Future } from "./future.ts";
import { kernel } from "./state.ts";
import type { Task } from "./task.ts";
import { badYield } from "./taskOptions.ts";
import { createWaiter } from "./waiter.ts";

/** The task waits for `future`, if it may. */
export function block(task: Task<unknown>, future: Future<unknown>): void {
  kernel.blockedOn = null;
  if (future._loop !== task._loop) {
    failNext(task, new RuntimeError(`${task} got ${future}, which belongs to a different event loop`));
  } else if (future === task) {
    failNext(task, new RuntimeError(`Task cannot await on itself: ${task}`));
  } else {
    task._waitsFor = future;
    future._addWaiter(task);
    if (mustCancel(task) && future.cancel(task._value)) {
      task._due &= ~CANCEL;
      task._value = undefined;
    }
  }
}

/** What was yielded comes from no leaf. */
export function refuse(task: Task<unknown>, yielded: unknown): void {
  kernel.blockedOn = null;
  failNext(task, badYield(yielded));
}

/** The next step throws `error` into the coroutine. */
function failNext(task: Task<unknown>, error: Error): void {
  const failed = createWaiter<never>(task._loop, {}); // the leaf waits for another future, if at all
  failed._state = 4;
  failed._value = error;
  task._waitsFor = failed;
  task._loop._enqueue(task);
}
