/** asyncio.Queue. */

import { checkOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { QueueEmpty, QueueFull, QueueShutDown, ValueError } from "../base/errors.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Future } from "../kernel/future.ts";
import { isResumed } from "../kernel/leaf.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine, CoroutineObject, Suspend } from "../kernel/protocol.ts";
import { answerProbe, PROBE } from "../kernel/state.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { Event } from "./event.ts";
import { getLoop, type LoopBound } from "./loopBound.ts";
import { Ring } from "./ring.ts";
import { WaiterCoroutine, WaiterLine } from "./waiters.ts";

/** How many items `toString()` shows at most. */
const SHOWN = 20;

/** Where a queue keeps its items. */
export interface QueueItems<T> extends Iterable<T> {
  readonly length: number;
}

/**
 * Hands items from tasks to tasks, first in, first out: `asyncio.Queue`. With a `maxsize` above 0, `put` waits while
 * the queue is full.
 *
 * A subclass may keep the items in its own way: `_init` makes `_queue`, `_put` and `_get` add and take one. `_init` is
 * called by the constructor, so that a field of the subclass with an initialiser would overwrite what it sets.
 *
 *     const queue = new Queue<string>(10);
 *     yield* queue.put("job"); // in one task
 *     const job = yield* queue.get(); // in another
 */
export class Queue<T> implements WaitOwner, LoopBound {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Queue);
  /** How many items fit; 0 and less is no limit. */
  declare readonly maxsize: number;
  /** @internal */ declare readonly _getters: WaiterLine;
  /** @internal */ declare readonly _putters: WaiterLine;
  /** @internal */ declare _unfinishedTasks: number;
  /** @internal */ declare readonly _finished: Event;
  /** @internal */ declare _isShutdown: boolean;
  /** @internal */ declare _loop: EventLoop | null;
  declare protected _queue: QueueItems<T>;

  constructor(maxsize = 0) {
    if (typeof maxsize !== "number") throw new TypeError(`maxsize must be a number of items, got ${describe(maxsize)}`);
    if (Number.isNaN(maxsize)) throw new ValueError("maxsize must be a number of items, not NaN");
    this.maxsize = maxsize;
    this._getters = new WaiterLine();
    this._putters = new WaiterLine();
    this._unfinishedTasks = 0;
    this._finished = new Finished(this as Queue<unknown>);
    this._isShutdown = false;
    this._loop = null;
    this._init(maxsize);
  }

  /** Makes `_queue`. */
  protected _init(_maxsize: number): void {
    this._queue = new Ring<T>();
  }

  /** Takes the next item; there is one. */
  protected _get(): T {
    return (this._queue as Ring<T>).shift();
  }

  /** Adds an item; there is room. */
  protected _put(item: T): void {
    (this._queue as Ring<T>).push(item);
  }

  /** How many items are in the queue. */
  qsize(): number {
    return this._queue.length;
  }

  empty(): boolean {
    return this._queue.length === 0;
  }

  /** True if there are `maxsize` items. */
  full(): boolean {
    return this.maxsize > 0 && this.qsize() >= this.maxsize;
  }

  /** Adds an item, and waits for room if the queue is full. Throws `QueueShutDown`. */
  put(item: T): CoroutineObject<void> {
    return new QueuePut<T>(this, item);
  }

  /** Adds an item now. Throws `QueueFull` or `QueueShutDown`. */
  putNowait(item: T): void {
    if (this._isShutdown) throw new QueueShutDown();
    if (this.full()) throw new QueueFull();
    this._put(item);
    this._unfinishedTasks++;
    this._finished.clear();
    if (this._getters.length > 0) this._getters.wakeAndTakeNext();
  }

  /** Takes an item, and waits for one if the queue is empty. Throws `QueueShutDown`. */
  get(): CoroutineObject<T> {
    return new QueueGet<T>(this);
  }

  /** Takes an item now. Throws `QueueEmpty` or `QueueShutDown`. */
  getNowait(): T {
    if (this.empty()) {
      if (this._isShutdown) throw new QueueShutDown();
      throw new QueueEmpty();
    }
    const item = this._get();
    if (this._putters.length > 0) this._putters.wakeAndTakeNext();
    return item;
  }

  /** Says that the work on an item that was taken is done. Throws `ValueError` if there were fewer items. */
  taskDone(): void {
    if (this._unfinishedTasks <= 0) throw new ValueError("taskDone() called too many times");
    if (--this._unfinishedTasks === 0) this._finished.set();
  }

  /** Waits until `taskDone()` was called for every item that was put in. */
  join(): CoroutineObject<void>;
  *join(): Coroutine<void> {
    if (this._unfinishedTasks > 0) yield* this._finished.wait();
  }

  /**
   * From now on `put` throws `QueueShutDown`, and `get` once the queue is empty; tasks that wait are woken. `immediate`
   * drops the items, and counts each as done.
   */
  shutdown(immediate: boolean | { immediate?: boolean } = false): void {
    if (typeof immediate === "object") checkOptions("shutdown", immediate, { immediate: true });
    this._isShutdown = true;
    if (typeof immediate === "object" ? immediate.immediate : immediate) {
      while (!this.empty()) {
        this._get();
        if (this._unfinishedTasks > 0) this._unfinishedTasks--;
      }
      if (this._unfinishedTasks === 0) this._finished.set();
    }
    this._getters.wakeAndTakeAll();
    this._putters.wakeAndTakeAll();
  }

  describeWait(future: Future<unknown>): string {
    // Mostly one of the lines is empty, and the other may be long.
    const puts = this._putters.length > 0 && (this._getters.length === 0 || this._putters.has(future));
    return `${puts ? "put into" : "get from"} ${this._shown(false)}`;
  }

  toString(): string {
    return this._shown(true);
  }

  /** @internal A report may go where the items must not, and has room for their number only. */
  _shown(withItems: boolean): string {
    const parts = [`maxsize=${this.maxsize}`];
    if (this._queue.length > 0) parts.push(withItems ? `_queue=${showItems(this._queue)}` : `_queue[${this.qsize()}]`);
    if (this._getters.length > 0) parts.push(`_getters[${this._getters.length}]`);
    if (this._putters.length > 0) parts.push(`_putters[${this._putters.length}]`);
    if (this._unfinishedTasks > 0) parts.push(`tasks=${this._unfinishedTasks}`);
    if (this._isShutdown) parts.push("shutdown");
    return `<${this.constructor.name} ${parts.join(" ")}>`;
  }
}

function showItems(items: QueueItems<unknown>): string {
  const shown: string[] = [];
  for (const item of items) {
    if (shown.length === SHOWN) break;
    shown.push(Array.isArray(item) ? showItems(item) : describe(item));
  }
  const more = items.length > SHOWN ? `, and ${items.length - SHOWN} more` : "";
  return `[${shown.join(", ")}${more}]`;
}

/** Set when there is no unfinished task. */
class Finished extends Event {
  declare private readonly queue: Queue<unknown>;

  constructor(queue: Queue<unknown>) {
    super();
    this.queue = queue;
    this._value = true;
  }

  override describeWait(): string {
    return `join of ${this.queue._shown(false)}`;
  }
}

const DONE: IteratorReturnResult<void> = /* @__PURE__ */ Object.freeze({ done: true, value: undefined });

class QueuePut<T> extends WaiterCoroutine<void> {
  declare private readonly queue: Queue<T>;
  declare private readonly item: T;

  constructor(queue: Queue<T>, item: T) {
    super();
    this.queue = queue;
    this.item = item;
  }

  protected get madeBy(): string {
    return "queue.put()";
  }

  next(value?: unknown): IteratorResult<Suspend, void> {
    const { _wait: wait, queue } = this;
    if (wait !== null && !isResumed(wait, value)) return value === PROBE ? answerProbe() : this.refuse();
    this._wait = undefined;
    // Another task may have been faster: then it waits once more.
    if (queue.full() && !queue._isShutdown) return this.join(getLoop(queue), queue, queue._putters);
    queue.putNowait(this.item);
    return DONE;
  }

  /** If we were woken, another one can use the room. */
  protected abandon(future: Future<unknown>): void {
    const { queue } = this;
    future.cancel();
    queue._putters.delete(this);
    if (!queue.full() && !future.cancelled()) queue._putters.wakeAndTakeNext();
  }
}

class QueueGet<T> extends WaiterCoroutine<T> {
  declare private readonly queue: Queue<T>;

  constructor(queue: Queue<T>) {
    super();
    this.queue = queue;
  }

  protected get madeBy(): string {
    return "queue.get()";
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    const { _wait: wait, queue } = this;
    if (wait !== null && !isResumed(wait, value)) return value === PROBE ? answerProbe() : this.refuse();
    this._wait = undefined;
    // Another task may have been faster: then it waits once more.
    if (queue.empty() && !queue._isShutdown) return this.join(getLoop(queue), queue, queue._getters);
    return { done: true, value: queue.getNowait() };
  }

  /** If we were woken, another one can take the item. */
  protected abandon(future: Future<unknown>): void {
    const { queue } = this;
    future.cancel();
    queue._getters.delete(this);
    if (!queue.empty() && !future.cancelled()) queue._getters.wakeAndTakeNext();
  }
}
