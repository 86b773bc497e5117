/** Closing the async generators of a loop. */

import { isBaseError } from "./errors.ts";
import type { EventLoop } from "./loop.ts";
import type { Awaitable, Coroutine } from "./protocol.ts";
import { Settled } from "./settled.ts";

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
  try {
    yield* new Settled(loop, tasks);
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
