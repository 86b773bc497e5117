/**
 * What the property tests share: crowds of tasks that come, stay, and may be cancelled, at times that often coincide.
 */

import fc from "fast-check";
import { type Coroutine, createTask, sleep, type Task } from "tsyncio";

/** Times are small whole seconds of the virtual clock: many things happen in the same turn. */
export interface Actor {
  readonly at: number;
  readonly stay: number;
  /** Null is never; a cancellation may come before or after what the others do in the same turn. */
  readonly cancel: { readonly at: number; readonly first: boolean } | null;
}

/** By then every actor is through, or waits forever. */
const END = 1000;

const when = (max: number) => fc.integer({ min: 0, max });

export const actor: fc.Arbitrary<Actor> = fc.record({
  at: when(4),
  stay: when(2),
  cancel: fc.option(fc.record({ at: when(8), first: fc.boolean() }), { freq: 2 }),
});

export const crowd: fc.Arbitrary<Actor[]> = fc.array(actor, { minLength: 1, maxLength: 12 });

/** The same cases in every run; a failure prints the smallest one that fails. */
export const settings = { seed: 4711, numRuns: 120 };

/**
 * Starts one task for each actor, which sleeps until its time and then runs `act`; cancels those that are to be
 * cancelled; and returns the tasks when nothing more can happen.
 */
export function* play<A extends Actor>(
  actors: readonly A[],
  act: (actor: A, index: number) => Coroutine<unknown>,
): Coroutine<Task<unknown>[]> {
  const tasks: Task<unknown>[] = [];
  function* cancelTask(index: number): Coroutine<void> {
    tasks[index]?.cancel();
  }
  const cancelThose = (first: boolean) => {
    for (const [index, { cancel }] of actors.entries()) {
      if (cancel?.first === first) createTask(later(cancel.at, cancelTask(index)));
    }
  };
  cancelThose(true);
  for (const [index, actor] of actors.entries()) tasks.push(createTask(later(actor.at, act(actor, index))));
  cancelThose(false);
  yield* sleep(END);
  return tasks;
}

function* later(seconds: number, coro: Coroutine<unknown>): Coroutine<void> {
  yield* sleep(seconds);
  yield* coro;
}

/** The error of a task that is done; null if it has none. Cancellations count as no error. */
export function failureOf(task: Task<unknown>): unknown {
  if (!task.done() || task.cancelled()) return null;
  return task.exception();
}

export function isSubsequence(part: readonly unknown[], whole: readonly unknown[]): boolean {
  let i = 0;
  for (const item of whole) if (i < part.length && item === part[i]) i++;
  return i === part.length;
}
