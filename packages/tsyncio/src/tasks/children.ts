/** The tasks that a part of the runtime has begun, and whose end it sees. */

import { type Linked, LinkedList } from "../base/linkedList.ts";
import type { Future } from "../kernel/future.ts";
import type { Observer } from "../kernel/futureWaiters.ts";

export interface Parent<T extends Future<unknown>> {
  /** @internal The child is done, and no child any more. `isolated` is what `add` was told. */
  _childEnded(task: T, isolated: boolean): void;
  /** @internal See `Observer`. */
  _watchesFor?(): Future<unknown> | null;
}

/** Those that are not done, in the order in which they were made. */
export class Children<T extends Future<unknown>> {
  private readonly list = new LinkedList<Child<T>>();
  private readonly parent: Parent<T>;

  constructor(parent: Parent<T>) {
    this.parent = parent;
  }

  get none(): boolean {
    return this.list.first === null;
  }

  /** One that is done already is told of like any other, in a turn of its own. */
  add(task: T, isolated = false): void {
    const child = new Child(task, isolated, this.list, this.parent);
    task._addWaiter(child);
    this.list.add(child);
  }

  toArray(): T[] {
    return this.list.toArray().map(({ task }) => task);
  }

  cancel(): void {
    for (const task of this.toArray()) if (!task.done()) task.cancel();
  }
}

class Child<T extends Future<unknown>> implements Observer, Linked<Child<T>> {
  /** @internal */ declare _previous: Child<T> | null;
  /** @internal */ declare _next: Child<T> | null;
  declare readonly task: T;
  declare private readonly isolated: boolean;
  declare private readonly list: LinkedList<Child<T>>;
  declare private readonly parent: Parent<T>;

  constructor(task: T, isolated: boolean, list: LinkedList<Child<T>>, parent: Parent<T>) {
    this._previous = null;
    this._next = null;
    this.task = task;
    this.isolated = isolated;
    this.list = list;
    this.parent = parent;
  }

  /** @internal */
  _futureEnded(): void {
    this.list.delete(this);
    this.parent._childEnded(this.task, this.isolated);
  }

  /** @internal */
  _watchesFor(): Future<unknown> | null {
    return this.parent._watchesFor?.() ?? null;
  }
}
