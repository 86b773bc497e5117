/** What a task waits for. Nothing is noted while programs run: it is read off the futures. */

import type { Via } from "../inspect/snapshot.ts";
import { waitWords } from "../inspect/words.ts";
import type { Future } from "../kernel/future.ts";
import type { Task } from "../kernel/task.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { isHeld } from "./awaitedBy.ts";

type AnyFuture = Future<unknown>;
type AnyTask = Task<unknown>;

/** The tasks whose end, or whose release of a lock, would end a wait, one at a time: there may be a million. */
export class TasksBehind {
  private readonly todo: AnyFuture[];
  private readonly seen = new Set<AnyFuture>();

  constructor(future: AnyFuture) {
    this.todo = [future];
  }

  /** At most `most` of them; fewer only where these are the last. */
  take(most: number): AnyTask[] {
    const tasks: AnyTask[] = [];
    while (tasks.length < most) {
      const future = this.todo.pop();
      if (future === undefined) break;
      if (this.seen.has(future) || future.done()) continue;
      this.seen.add(future);
      if (isTask(future)) tasks.push(future);
      else this.follow(future._owner);
    }
    return tasks;
  }

  private follow(owner: WaitOwner | null): void {
    const holders = owner?.holders?.() ?? [];
    for (let i = holders.length - 1; i >= 0; i--) this.todo.push(holders[i] as AnyFuture);
  }
}

/** In words: `acquire of <Lock [locked, waiters:1]>`. */
export function describeWait(future: AnyFuture): string {
  return said(() => future._owner?.describeWait?.(future) ?? String(future));
}

/** What a class of the program's says of itself. */
export function said(text: () => string): string {
  try {
    return `${text()}`;
  } catch {
    return "what has no description: its toString() throws";
  }
}

export function viaOf(future: AnyFuture): Via {
  return isTask(future) ? "task" : isHeld(future) ? "hold" : "part";
}

/** What a task waits for, in words, with the tasks behind it. */
export function waitText(task: AnyTask): string {
  const future = task._waitsFor;
  if (future === null) return "its next turn";
  if (future.done()) return "";
  const names = new TasksBehind(future).take(Number.POSITIVE_INFINITY).map((on) => on.getName());
  return waitWords(describeWait(future), names, viaOf(future));
}

export function isTask(future: AnyFuture): future is AnyTask {
  return typeof (future as AnyTask).getCoro === "function";
}
