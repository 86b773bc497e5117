/** What belongs to a life: the tasks and callbacks of a host, from its start to its crash. */

import { Context, type Scope } from "../../kernel/context.ts";
import { Future } from "../../kernel/future.ts";
import type { Runnable } from "../../kernel/handle.ts";
import type { EventLoop } from "../../kernel/loop.ts";
import { Task } from "../../kernel/task.ts";
import { LIFE, type Life } from "./machine.ts";

/** What a runnable may have: a context of its own, which a transport of datagrams calls by another name; a future. */
interface Scoped {
  readonly _scope?: Scope;
  readonly scope?: Scope;
  readonly future?: unknown;
}

/** The life to which it belongs; null if to none. What tells of a task's end belongs to the task's. */
function lifeOf(thing: Scoped): Life | null {
  const scope = thing._scope ?? thing.scope;
  if (scope === undefined) return thing.future instanceof Task ? lifeOf(thing.future) : null;
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
  return lifeOf(runnable as Scoped)?.alive === false;
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
  if (!(runnable instanceof Task)) see((runnable as Scoped).future);
  else if (runnable.done()) see(runnable);
  else see(runnable._waitsFor);
}

/** The errors of tasks of this life have died with it. */
export function forgetErrors(loop: EventLoop, life: Life): void {
  for (const future of loop._kept()) if (future instanceof Task && lifeOf(future) === life) see(future);
}

function see(future: unknown): void {
  if (future instanceof Future && future.done() && !future.cancelled()) future.exception();
}
