/**
 * Cancelling tasks that wait for each other: long chains without recursion, and circles. And what a task keeps of it.
 */

import type { Future } from "./future.ts";
import type { Task } from "./task.ts";

/**
 * The messages of the cancellations that were to be thrown at a task's next step: the last one stays, as in asyncio.
 */
const messages = new WeakMap<Future<unknown>, unknown>();
let noneYet = true;

/** `msg` is the message of such a cancellation, or null. */
export function keepMessage(task: Task<unknown>, msg: unknown): void {
  const empty = msg === undefined || msg === null;
  if (empty && noneYet) return;
  if (empty) messages.delete(task);
  else messages.set(task, msg);
  noneYet = false;
}

/** What `keepMessage` was told last of a task; undefined if nothing. */
export function lastMessage(task: Future<unknown>): unknown {
  return messages.get(task);
}

/** The tasks whose cancellation is under way, in the call stack; and whether it has come back to one of them. */
const underWay = new Set<Task<unknown>>();
let circle = false;

/**
 * Cancels what `first` waits for, which is a task or a gather. True if the request has arrived; then `first` need do no
 * more. From task to task it goes on in a loop, since a chain may be long: through tasks whose `cancel` is `tasksOwn`,
 * for that of a subclass must be called.
 */
export function cancelWaited(first: Task<unknown>, msg: unknown, tasksOwn: Task<unknown>["cancel"]): boolean {
  if (underWay.has(first)) {
    circle = true;
    return false;
  }
  const chain: Task<unknown>[] = [];
  let last = first;
  let future = first._waitsFor as Future<unknown>;
  for (;;) {
    chain.push(last);
    underWay.add(last);
    if (!isWaitingTask(future, tasksOwn) || underWay.has(future)) break;
    future._noteCancel(msg);
    last = future;
    future = last._waitsFor as Future<unknown>;
  }
  const accepted = future.cancel(msg);
  for (const task of chain) underWay.delete(task);
  if (!accepted) {
    // Done already: then the next step throws. Or it came back to where it began: CPython recurses without end, here
    // the circle is opened at the last task.
    if (circle) open(last, future);
    last._cancelAtNextStep(msg);
  }
  return true;
}

function isWaitingTask(future: Future<unknown>, tasksOwn: Task<unknown>["cancel"]): future is Task<unknown> {
  return future.cancel === tasksOwn && !future.done() && (future as Task<unknown>)._waitsFor !== null;
}

function open(task: Task<unknown>, future: Future<unknown>): void {
  circle = false;
  future._removeWaiter(task);
  task._waitsFor = null;
  task._loop._enqueue(task);
}
