/** `asyncMap` with a limit. */

import { CancelledError } from "../base/errors.ts";
import { currentLoop, type Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import type { Task } from "../kernel/task.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { Ring } from "../sync/ring.ts";
import { Children, type Parent } from "../tasks/children.ts";
import type { OpenCursor } from "./cursor.ts";
import { resultOf } from "./settle.ts";

/** What becomes of an item. */
interface Place<U> {
  done: boolean;
  value: U | undefined;
}

/**
 * One task feeds: it alone iterates the source, so that this has one context and is closed by the task that it knows,
 * and for each item it begins a task that calls the function. An item counts from there until its result is taken: that
 * is the backpressure. A task group would not do here, since the steps of an async generator may be those of different
 * tasks.
 */
export class ConcurrentMap<T, U> implements Parent<Future<unknown>>, WaitOwner {
  /** The result that `next()` has found. */
  value: U = undefined as U;
  private readonly items: OpenCursor<T>;
  private readonly fn: (item: T) => unknown;
  private readonly limit: number;
  private readonly ordered: boolean;
  private loop: EventLoop | null = null;
  private feeder: Task<unknown> | null = null;
  private readonly tasks: Children<Future<unknown>> = new Children(this);
  /** In the order of the items, or in that in which they were done. */
  private readonly places = new Ring<Place<U>>();
  private first: Place<U> | null = null;
  /** How many items were begun, and their results not taken. */
  private count = 0;
  private ended = false;
  private failure: { error: unknown } | null = null;
  private stopped = false;
  /** The wait of the feeder for room, and that of the iteration for a result, or for the end of all tasks. */
  private room: Future<void> | null = null;
  private news: Future<void> | null = null;

  constructor(items: OpenCursor<T>, fn: (item: T) => unknown, limit: number, ordered: boolean) {
    this.items = items;
    this.fn = fn;
    this.limit = limit;
    this.ordered = ordered;
  }

  /** Waits for the next result. False at the end. Results that are there, and in order, come before an error. */
  *next(): Coroutine<boolean> {
    if (this.feeder === null) this.begin();
    while (!this.take()) {
      if (this.failure !== null) throw this.failure.error;
      if (this.ended && this.count === 0) return false;
      yield* this.waitForNews();
    }
    return true;
  }

  /** Cancels what is under way, waits for its end, and closes the source. A cancellation meanwhile comes after that. */
  *close(): Coroutine<void> {
    this.stop();
    let cancellation: CancelledError | null = null;
    while (!this.tasks.none) {
      try {
        yield* this.waitForNews();
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        cancellation = error;
      }
    }
    if (cancellation !== null) throw cancellation;
    const { feeder, failure } = this;
    if (feeder === null || feeder.cancelled()) return;
    if (feeder.exception() === null) return;
    const error = feeder._takeError(); // of the source, as it was closed
    if (failure === null || !Object.is(failure.error, error)) throw error;
  }

  describeWait(future: Future<unknown>): string {
    if (future === this.room) return `a result of asyncMap to be taken, there are ${this.count} of ${this.limit}`;
    return `asyncMap, ${this.tasks.toArray().length} tasks`;
  }

  holders(): readonly Future<unknown>[] {
    return this.tasks.toArray();
  }

  /** @internal */
  _childEnded(task: Future<unknown>): void {
    if (task === this.feeder) this.ended = true;
    if (!this.stopped) {
      try {
        task.result();
      } catch (error) {
        this.failure = { error };
        this.stop();
      }
    }
    wake(this.news);
  }

  private begin(): void {
    this.loop = currentLoop();
    // At once: a feeder that is cancelled before it has begun would not close the source.
    this.feeder = this.loop.createTask(this.feed(), { eagerStart: true }) as Task<unknown>;
    this.tasks.add(this.feeder);
  }

  private *feed(): Coroutine<void> {
    const { items } = this;
    try {
      for (;;) {
        while (this.count >= this.limit) yield* this.waitForRoom();
        if (!(yield* items.next())) return;
        this.beginItem(items.value);
      }
    } finally {
      if (items.left()) yield* items.aclose();
    }
  }

  private beginItem(item: T): void {
    const place: Place<U> = { done: false, value: undefined };
    this.count++;
    if (this.ordered) this.places.push(place);
    this.tasks.add((this.loop as EventLoop).createTask(this.callWith(item, place)));
  }

  private *callWith(item: T, place: Place<U>): Coroutine<void> {
    const { fn } = this;
    place.value = (yield* resultOf(fn(item))) as U;
    place.done = true;
    if (!this.ordered) this.places.push(place);
    wake(this.news);
  }

  private take(): boolean {
    if (this.first === null && this.places.length > 0) this.first = this.places.shift();
    const { first } = this;
    if (first === null || !first.done) return false;
    this.first = null;
    this.count--;
    this.value = first.value as U;
    wake(this.room);
    return true;
  }

  private stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.tasks.cancel();
  }

  private *waitForNews(): Coroutine<void> {
    this.news = createWaiter<void>(this.loop as EventLoop, this);
    try {
      yield* this.news;
    } finally {
      this.news = null;
    }
  }

  private *waitForRoom(): Coroutine<void> {
    this.room = createWaiter<void>(this.loop as EventLoop, this);
    try {
      yield* this.room;
    } finally {
      this.room = null;
    }
  }
}

function wake(waiter: Future<void> | null): void {
  if (waiter !== null && !waiter.done()) waiter.setResult();
}
