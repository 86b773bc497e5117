import fc from "fast-check";
import { isCancelled, LifoQueue, PriorityQueue, Queue, QueueShutDown } from "tsyncio";
import { describe, expect, it } from "vitest";
import { simulate } from "../support.ts";
import { actor, failureOf, play, settings } from "./actors.ts";

/** Puts or gets `count` items, one after the other. */
const worker = fc.tuple(actor, fc.boolean(), fc.integer({ min: 1, max: 4 })).map(([base, puts, count]) => ({
  ...base,
  puts,
  count,
}));
const workers = fc.array(worker, { minLength: 1, maxLength: 10 });
const maxsize = fc.integer({ min: 0, max: 3 });
const kinds = { Queue, LifoQueue, PriorityQueue };

describe("a queue under random cancellation", () => {
  it.each(["Queue", "LifoQueue", "PriorityQueue"] as const)(
    "%s loses no item, hands none out twice, and leaves no task waiting without reason",
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(workers, maxsize, async (actors, size) => {
          await simulate(function* () {
            const queue = new kinds[kind]<number>(size);
            const put: number[] = [];
            const got: number[] = [];
            let serial = 0;
            let [putting, getting] = [0, 0];
            const tasks = yield* play(actors, function* ({ puts, count }) {
              for (let i = 0; i < count; i++) {
                if (puts) {
                  putting++;
                  const item = serial++;
                  try {
                    yield* queue.put(item);
                    put.push(item);
                  } finally {
                    putting--;
                  }
                } else {
                  getting++;
                  try {
                    got.push(yield* queue.get());
                  } finally {
                    getting--;
                  }
                }
                if (size > 0) expect(queue.qsize()).toBeLessThanOrEqual(size);
              }
            });
            for (const task of tasks) expect(failureOf(task)).toBeNull();
            expect(putting > 0 && !queue.full()).toBe(false);
            expect(getting > 0 && !queue.empty()).toBe(false);
            const left: number[] = [];
            while (!queue.empty()) left.push(queue.getNowait());
            const all = [...got, ...left];
            if (kind === "Queue") expect(all).toEqual(put);
            expect(all.toSorted((a, b) => a - b)).toEqual(put.toSorted((a, b) => a - b));
          });
        }),
        settings,
      );
    },
  );

  it("joins exactly when every item that was put in is done, and shuts down without leaving a task behind", async () => {
    const plan = fc.record({ shutdownAt: fc.integer({ min: 0, max: 8 }), immediate: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(workers, maxsize, plan, async (actors, size, { shutdownAt, immediate }) => {
        await simulate(function* () {
          const queue = new Queue<number>(size);
          let unfinished = 0;
          const roles = [...actors, { at: shutdownAt, stay: 0, cancel: null, puts: null, count: 1 }];
          const tasks = yield* play(roles, function* ({ puts, count }) {
            if (puts === null) {
              if (immediate) unfinished -= queue.qsize();
              queue.shutdown({ immediate });
              return;
            }
            try {
              for (let i = 0; i < count; i++) {
                if (puts) {
                  yield* queue.put(i);
                  unfinished++;
                } else {
                  yield* queue.get();
                  unfinished--;
                  queue.taskDone();
                }
              }
            } catch (error) {
              if (!(error instanceof QueueShutDown) && !isCancelled(error)) throw error;
            }
          });
          for (const task of tasks) expect([task.done(), failureOf(task)]).toEqual([true, null]);
          // What was not taken before the shutdown is still there, unless it was immediate.
          expect(queue.qsize()).toBe(unfinished);
          const join = queue.join();
          for (let i = 0; i < unfinished; i++) queue.taskDone();
          yield* join;
          expect(() => queue.taskDone()).toThrow("too many times");
        });
      }),
      settings,
    );
  });
});

describe("a priority queue", () => {
  it("returns what sorting returns", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 30 }), fc.boolean(), (items, reverse) => {
        const compare = (a: number, b: number) => (reverse ? b - a : a - b);
        const queue = new PriorityQueue<number>(reverse ? { compare } : {});
        for (const item of items) queue.putNowait(item);
        expect(items.map(() => queue.getNowait())).toEqual(items.toSorted(compare));
      }),
      settings,
    );
  });
});
