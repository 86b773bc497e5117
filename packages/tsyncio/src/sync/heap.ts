/**
 * A binary heap in an array, the least item first. Python's `heapq` to the letter in where every item goes, so that
 * items of equal rank come out in the same order as there. Everything is compared before anything is moved: when a
 * comparison throws, the heap is as it was.
 */

import { describe } from "../base/describe.ts";

/** Whether `a` comes before `b`. */
export type Less<T> = (a: T, b: T) => boolean;

export function heapPush<T>(heap: T[], item: T, less: Less<T>): void {
  let target = heap.length;
  while (target > 0) {
    const parent = (target - 1) >> 1;
    if (!less(item, heap[parent] as T)) break;
    target = parent;
  }
  let place = heap.length;
  heap.push(item);
  while (place > target) {
    const parent = (place - 1) >> 1;
    heap[place] = heap[parent] as T;
    place = parent;
  }
  heap[target] = item;
}

/** Takes the least item. The heap must not be empty. */
export function heapPop<T>(heap: T[], less: Less<T>): T {
  const end = heap.length - 1;
  // The way of the lesser children down to a leaf, then back up to where the last item, which must move, belongs.
  let target = 0;
  for (let child = 1; child < end; child = 2 * target + 1) {
    const right = child + 1;
    target = right < end && !less(heap[child] as T, heap[right] as T) ? right : child;
  }
  let carried = heap[end] as T;
  if (end > 0) while (target > 0 && less(carried, heap[target] as T)) target = (target - 1) >> 1;
  heap.pop();
  if (end === 0) return carried;
  // Everything on the way above that place moves up by one; the root falls out.
  for (;;) {
    const item = heap[target] as T;
    heap[target] = carried;
    carried = item;
    if (target === 0) return carried;
    target = (target - 1) >> 1;
  }
}

/** Python's `<` for numbers, strings, dates, and arrays of these, which compare item by item. */
export function naturalLess(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number") return a < b;
  if (Array.isArray(a) && Array.isArray(b)) return arrayLess(a, b);
  const kind = kindOf(a);
  if (kind === null || kind !== kindOf(b)) throw incomparable(a, b);
  return (a as number) < (b as number);
}

function arrayLess(a: readonly unknown[], b: readonly unknown[]): boolean {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (!equal(a[i], b[i])) return naturalLess(a[i], b[i]);
  return a.length < b.length;
}

/** Python's `==`, of what can be compared. */
function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  const kind = kindOf(a);
  if (kind === null || kind !== kindOf(b) || kind === "string") return false;
  return !((a as number) < (b as number)) && !((a as number) > (b as number));
}

/** Values of one kind have an order; null has none. Booleans are numbers, as in Python. */
function kindOf(value: unknown): "number" | "string" | "date" | null {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return "number";
  if (typeof value === "string") return "string";
  return value instanceof Date ? "date" : null;
}

function incomparable(a: unknown, b: unknown): TypeError {
  return new TypeError(
    `there is no order between ${describe(a)} and ${describe(b)}: pass the queue an order of your own, ` +
      "new PriorityQueue({ compare: (a, b) => a.priority - b.priority })",
  );
}
