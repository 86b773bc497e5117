/** Closing the async generators of a loop. */

import { createWaiter, type DoneCallback } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import type { Awaitable, Coroutine } from "./protocol.ts";
import { isBaseError } from "./errors.ts";
import type { Task } from "./task.ts";

/** What a loop keeps of an async generator. */
export interface Closable {
  aclose(): Awaitable<unknown>;
}

/** `loop.shutdown_asyncgens`: all at once, each in a task of its own; what they throw is reported. */
export function* shutdownAsyncgens(loop: EventLoop): Coroutine<void> {
  loop._asyncgensShutdown = true;
  const generators = [...loop._asyncgens];
  if (generators.length === 0) return;
  loop._asyncgens.clear();

  const tasks = generators.map((generator) => loop.ensureFuture(generator.aclose()));
  let left = tasks.length;
  const waiter = createWaiter<void>(loop, { describeWait: () => `the end of ${left} async generators`, holders: () => tasks });
  const ended: DoneCallback<Task<unknown>> = () => {
    if (--left === 0 && !waiter.done()) waiter.setResult();
  };
  for (const task of tasks) task.addDoneCallback(ended as DoneCallback<unknown>);
  try {
    yield* waiter;
  } catch (error) {
    for (const task of tasks) task.cancel();
    throw error;
  }
  tasks.forEach((task, i) => {
    const exception = task.cancelled() ? null : task.exception();
    if (exception === null || isBaseError(exception)) return;
    const asyncgen = generators[i];
    const message = `an error occurred during closing of asynchronous generator ${asyncgen}`;
    loop.callExceptionHandler({ message, exception, asyncgen });
  });
}
