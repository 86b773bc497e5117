import { createTask, PriorityQueue, sleep, ValueError } from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate, thrownBy } from "../support.ts";

function drain<T>(queue: PriorityQueue<T>): T[] {
  const items: T[] = [];
  while (!queue.empty()) items.push(queue.getNowait());
  return items;
}

function filled<T>(items: readonly T[], queue = new PriorityQueue<T>()): PriorityQueue<T> {
  for (const item of items) queue.putNowait(item);
  return queue;
}

const day = (n: number) => new Date(2026, 0, n);

describe("PriorityQueue", () => {
  it.each<[string, unknown[], unknown[]]>([
    ["numbers", [5, -1, 3, 0.5, 3], [-1, 0.5, 3, 3, 5]],
    ["strings", ["pear", "apple", "fig"], ["apple", "fig", "pear"]],
    ["bigints beside numbers", [3n, 1, 2n], [1, 2n, 3n]],
    ["booleans, which are numbers in Python", [2, true, false], [false, true, 2]],
    ["dates", [day(3), day(1), day(2)], [day(1), day(2), day(3)]],
    [
      "arrays item by item",
      [
        [2, "a"],
        [1, "z"],
        [1, "b", 0],
        [1, "b"],
      ],
      [
        [1, "b"],
        [1, "b", 0],
        [1, "z"],
        [2, "a"],
      ],
    ],
    [
      "arrays in arrays",
      [
        [[2], 1],
        [[1, 5], 2],
        [[1, 5], 1],
      ],
      [
        [[1, 5], 1],
        [[1, 5], 2],
        [[2], 1],
      ],
    ],
    [
      "arrays with equal dates",
      [
        [day(1), 2],
        [day(1), 1],
      ],
      [
        [day(1), 1],
        [day(1), 2],
      ],
    ],
  ])("returns the least first, of %s", (_kind, items, sorted) => {
    expect(drain(filled(items))).toEqual(sorted);
  });

  it("goes by the order it is given", () => {
    interface Job {
      name: string;
      rank: number;
    }
    const jobs: Job[] = [
      { name: "low", rank: 1 },
      { name: "high", rank: 9 },
      { name: "middle", rank: 5 },
    ];
    const queue = filled(jobs, new PriorityQueue<Job>(0, { compare: (a, b) => b.rank - a.rank }));
    expect(drain(queue).map((job) => job.name)).toEqual(["high", "middle", "low"]);
  });

  it("takes maxsize alone, with options, or among them", () => {
    const compare = (a: number, b: number) => b - a;
    expect(new PriorityQueue<number>().maxsize).toBe(0);
    expect(new PriorityQueue<number>(2).maxsize).toBe(2);
    expect(new PriorityQueue<number>(2, { compare }).maxsize).toBe(2);
    expect(new PriorityQueue<number>({ compare }).maxsize).toBe(0);
    const queue = filled([1, 2], new PriorityQueue<number>({ maxsize: 2, compare }));
    expect(queue.full()).toBe(true);
    expect(drain(queue)).toEqual([2, 1]);
  });

  it("yields items of equal rank in the order in which Python's heapq does", () => {
    // Recorded: for i, r in enumerate(ranks): heappush(heap, Item(r, i)), where only the ranks are compared.
    const ranks = [3, 1, 2, 1, 3, 2, 1, 2, 3, 1];
    const items = ranks.map((rank, serial) => ({ rank, serial }));
    const queue = filled(
      items,
      new PriorityQueue<{ rank: number; serial: number }>({ compare: (a, b) => a.rank - b.rank }),
    );
    expect(drain(queue).map((item) => item.serial)).toEqual([1, 6, 3, 9, 2, 5, 7, 4, 0, 8]);
  });

  it("waits like any queue", async () => {
    await simulate(function* () {
      const queue = new PriorityQueue<number>(2);
      const getter = createTask(queue.get());
      yield* sleep(1);
      for (const item of [7, 4]) queue.putNowait(item);
      expect(yield* getter).toBe(4);
      expect(yield* queue.get()).toBe(7);
    });
  });

  it("says what to do when items have no order, and stays as it was", async () => {
    await simulate(function* () {
      const queue = new PriorityQueue<unknown>();
      yield* queue.put({ name: "alone" });
      const error = yield* errorOf(queue.put({ name: "second" }));
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toContain("compare: (a, b) => a.priority - b.priority");
      expect(queue.qsize()).toBe(1);
      expect(queue.getNowait()).toEqual({ name: "alone" });
      queue.taskDone();
      expect(thrownBy(() => queue.taskDone())).toBeInstanceOf(ValueError);
    });
  });

  it.each<[string, unknown, unknown]>([
    ["a number and a string", 1, "1"],
    ["a number and null", 1, null],
    ["two nulls", null, null],
    ["a date and a number", day(1), 1],
    ["equal ranks with objects behind them", [1, {}], [1, {}]],
    ["an array and a number", [1], 1],
  ])("finds no order between %s", (_what, a, b) => {
    expect(thrownBy(() => filled([a, b]))).toBeInstanceOf(TypeError);
  });

  it("loses no item when a comparison throws in the middle of a get", () => {
    let fail = false;
    const compare = (a: number, b: number) => {
      if (fail) throw new Error("no order today");
      return a - b;
    };
    const queue = filled([5, 3, 8, 1, 9, 2, 7], new PriorityQueue<number>({ compare }));
    fail = true;
    expect(thrownBy(() => queue.getNowait())).toMatchObject({ message: "no order today" });
    expect(thrownBy(() => queue.putNowait(4))).toMatchObject({ message: "no order today" });
    fail = false;
    expect(drain(queue)).toEqual([1, 2, 3, 5, 7, 8, 9]);
  });

  it("refuses an order that is none", () => {
    expect(String(thrownBy(() => new PriorityQueue({ compare: "rank" as never })))).toContain(
      "compare must be a function",
    );
    const queue = new PriorityQueue<number>({ compare: ((a: number, b: number) => a < b) as never });
    queue.putNowait(1);
    expect(String(thrownBy(() => queue.putNowait(2)))).toContain("compare must return a number");
    expect(thrownBy(() => new PriorityQueue("3" as never))).toBeInstanceOf(TypeError);
  });
});
