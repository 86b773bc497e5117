/** asyncio.LifoQueue and PriorityQueue. */

import { checkOptions, type OptionNames } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { heapPop, heapPush, type Less, naturalLess } from "./heap.ts";
import { Queue } from "./queue.ts";

/**
 * A queue whose `get` returns the item that came last: `asyncio.LifoQueue`.
 *
 *     const stack = new LifoQueue<number>();
 *     stack.putNowait(1);
 *     stack.putNowait(2);
 *     stack.getNowait(); // 2
 */
export class LifoQueue<T> extends Queue<T> {
  declare protected _queue: T[];

  protected override _init(_maxsize: number): void {
    this._queue = [];
  }

  protected override _get(): T {
    return this._queue.pop() as T;
  }

  protected override _put(item: T): void {
    this._queue.push(item);
  }
}

/** Options of `PriorityQueue`. */
export interface PriorityQueueOptions<T> {
  /** How many items fit; 0 and less is no limit. */
  maxsize?: number;
  /** As for `Array.prototype.sort`: below 0 if `a` comes before `b`. */
  compare?: (a: T, b: T) => number;
}

const OPTIONS: OptionNames<PriorityQueueOptions<unknown>> = { maxsize: true, compare: true };

/**
 * A queue whose `get` returns the least item: `asyncio.PriorityQueue`. Without `compare`, numbers, strings, bigints and
 * dates have their order, and arrays that of their items: `[priority, serial, data]`. Items of equal rank come in no
 * particular order, which is the one of Python's `heapq`. `put` of items without an order throws `TypeError`.
 *
 *     const queue = new PriorityQueue<[number, string]>();
 *     queue.putNowait([2, "later"]);
 *     queue.putNowait([1, "first"]);
 *     queue.getNowait(); // [1, "first"]
 */
export class PriorityQueue<T> extends Queue<T> {
  declare protected _queue: T[];
  declare private readonly less: Less<T>;

  constructor(maxsize?: number | PriorityQueueOptions<T>, options?: Pick<PriorityQueueOptions<T>, "compare">) {
    checkOptions("PriorityQueue", typeof maxsize === "object" ? maxsize : options, OPTIONS);
    const { compare, ...rest } = typeof maxsize === "object" ? { ...maxsize } : { maxsize, ...options };
    super(rest.maxsize);
    this.less = compare === undefined ? naturalLess : lessBy(compare);
  }

  protected override _init(_maxsize: number): void {
    this._queue = [];
  }

  protected override _get(): T {
    return heapPop(this._queue, this.less);
  }

  protected override _put(item: T): void {
    heapPush(this._queue, item, this.less);
  }
}

function lessBy<T>(compare: (a: T, b: T) => number): Less<T> {
  if (typeof compare !== "function") throw new TypeError(`compare must be a function, got ${describe(compare)}`);
  return (a, b) => {
    const order = compare(a, b);
    if (typeof order !== "number" && typeof order !== "bigint") {
      throw new TypeError(
        `compare must return a number, below 0 if the first item comes first, got ${describe(order)}`,
      );
    }
    return order < 0;
  };
}
