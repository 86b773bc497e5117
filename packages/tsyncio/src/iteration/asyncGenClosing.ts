/** Closing the async generators of a loop. */

import { GeneratorExit, isExit } from "../base/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { Settled } from "../tasks/settled.ts";

/** All at once, each in a task of its own; what they throw is reported. */
export function* closeAsyncgens(loop: EventLoop): Coroutine<void> {
  const generators = [...loop._asyncgens];
  if (generators.length === 0) return;
  const objects = generators.map(({ shown }) => shown); // they forget it at their end
  loop._asyncgens.clear();

  const tasks = generators.map((generator) => loop.ensureFuture(generator.aclose()));
  try {
    yield* new Settled(loop, tasks);
  } catch (error) {
    for (const task of tasks) task.cancel();
    throw error;
  }
  tasks.forEach((task, i) => {
    const exception = task.cancelled() ? task._makeCancelledError() : task.exception();
    if (exception === null || exception instanceof GeneratorExit || isExit(exception)) return;
    const asyncgen = objects[i];
    const message = `an error occurred during closing of asynchronous generator ${asyncgen}`;
    loop.callExceptionHandler({ message, exception, asyncgen });
  });
}
