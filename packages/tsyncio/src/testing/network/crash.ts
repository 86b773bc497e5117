/** What a crash takes with it: the tasks, callbacks and async generators of an incarnation of a host. */

import { type HasContext, isContext } from "../../kernel/context.ts";
import { Future } from "../../kernel/future.ts";
import { Notice } from "../../kernel/futureWaiters.ts";
import { Handle } from "../../kernel/handle.ts";
import type { EventLoop } from "../../kernel/loop.ts";
import type { Runnable } from "../../kernel/queues/ready.ts";
import { Task } from "../../kernel/task.ts";
import { INCARNATION, Incarnation } from "./incarnation.ts";

/** A task, a handle, or a transport, whose class needs Node and cannot be imported here. */
function hasContext(runnable: Runnable): runnable is Runnable & HasContext {
  return "_context" in runnable;
}

/** The incarnation to which it belongs; null if to none. What tells of a task's end belongs to the task's. */
function incarnationOf(runnable: Runnable): Incarnation | null {
  if (runnable instanceof Notice) return runnable._future instanceof Task ? incarnationOf(runnable._future) : null;
  if (!hasContext(runnable)) return null;
  const { _context: context } = runnable;
  const values: ReadonlyMap<unknown, unknown> = isContext(context) ? context._values : context;
  const incarnation = values?.get(INCARNATION);
  return incarnation instanceof Incarnation ? incarnation : null;
}

const generators = new WeakMap<object, Incarnation>();

/** The async generators that begin from now on belong to an incarnation too. */
export function watchGenerators(loop: EventLoop): void {
  const { _asyncgens: open } = loop;
  open.add = (generator) => {
    const incarnation = INCARNATION.get(null);
    if (incarnation !== null) generators.set(generator, incarnation);
    return Set.prototype.add.call(open, generator);
  };
}

export function isDead(runnable: Runnable): boolean {
  return incarnationOf(runnable)?.alive === false;
}

/** The tasks and async generators of dead incarnations are not waited for, not ended, and not reported. */
export function forgetDead(loop: EventLoop): void {
  for (let task = loop._tasks.first; task !== null; ) {
    const next = task._next;
    if (isDead(task)) loop._unregister(task);
    task = next;
  }
  for (const generator of loop._asyncgens) {
    if (generators.get(generator)?.alive === false) loop._asyncgens.delete(generator);
  }
}

/** A dead one does not run. An error that it would have looked at is not reported. */
export function discard(runnable: Runnable): void {
  if (runnable instanceof Notice) retrieve(runnable._future);
  else if (runnable instanceof Task) retrieve(runnable.done() ? runnable : runnable._waitsFor);
  else if (runnable instanceof Handle) retrieve(runnable._args[0]); // the future, if it is a done callback
}

/** The errors of the tasks of this incarnation are not reported. */
export function forgetErrors(loop: EventLoop, incarnation: Incarnation): void {
  for (const future of loop._unretrieved.futures()) {
    if (future instanceof Task && incarnationOf(future) === incarnation) retrieve(future);
  }
}

function retrieve(future: unknown): void {
  if (future instanceof Future && future.done() && !future.cancelled()) future.exception();
}
