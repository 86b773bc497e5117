/** What belongs to a life: the tasks and callbacks of a host, from its start to its crash. */

import { Context, type HasContext } from "../../kernel/context.ts";
import { Future } from "../../kernel/future.ts";
import { Notice } from "../../kernel/futureWaiters.ts";
import { Handle } from "../../kernel/handle.ts";
import type { EventLoop } from "../../kernel/loop.ts";
import type { Runnable } from "../../kernel/queues/ready.ts";
import { Task } from "../../kernel/task.ts";
import { LIFE, type Life } from "./machine.ts";

/** The life to which it belongs; null if to none. What tells of a task's end belongs to the task's. */
function lifeOf(runnable: Runnable): Life | null {
  if (runnable instanceof Notice) return runnable._future instanceof Task ? lifeOf(runnable._future) : null;
  // A task, a handle, or a transport, whose class needs Node and cannot be imported here.
  const scope = (runnable as Partial<HasContext>)._context;
  const values = scope instanceof Context ? scope._values : scope;
  return (values?.get(LIFE as never) as Life | null | undefined) ?? null;
}

const generators = new WeakMap<object, Life>();

/** The async generators that begin from now on belong to a life too. */
export function watchGenerators(loop: EventLoop): void {
  const { _asyncgens: open } = loop;
  open.add = (generator) => {
    const life = LIFE.get(null);
    if (life !== null) generators.set(generator, life);
    return Set.prototype.add.call(open, generator);
  };
}

export function isDead(runnable: Runnable): boolean {
  return lifeOf(runnable)?.alive === false;
}

/** The tasks and async generators of dead lives are no one's any more: not waited for, not ended, not reported. */
export function bury(loop: EventLoop): void {
  for (let task = loop._firstTask; task !== null; ) {
    const next = task._next;
    if (isDead(task)) loop._unregister(task);
    task = next;
  }
  for (const generator of loop._asyncgens) {
    if (generators.get(generator)?.alive === false) loop._asyncgens.delete(generator);
  }
}

/** A dead one does not run. An error that it would have looked at is not lost. */
export function drop(runnable: Runnable): void {
  if (runnable instanceof Notice) see(runnable._future);
  else if (runnable instanceof Task) see(runnable.done() ? runnable : runnable._waitsFor);
  else if (runnable instanceof Handle) see(runnable._args[0]); // the future, if it is a done callback
}

/** The errors of tasks of this life have died with it. */
export function forgetErrors(loop: EventLoop, life: Life): void {
  for (const future of loop._unretrieved.futures()) if (future instanceof Task && lifeOf(future) === life) see(future);
}

function see(future: unknown): void {
  if (future instanceof Future && future.done() && !future.cancelled()) future.exception();
}
