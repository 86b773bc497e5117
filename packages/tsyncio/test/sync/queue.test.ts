import {
  CancelledError,
  type Coroutine,
  createTask,
  DeadlockError,
  gather,
  LifoQueue,
  Queue,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  sleep,
  ValueError,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, rejection, simulate, thrownBy, turns } from "../support.ts";

describe("Queue", () => {
  it("yields the items in the order in which they were put in, to the getters in the order in which they came", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const queue = new Queue<number>();
      const getters = ["a", "b", "c"].map((name) =>
        createTask(
          (function* () {
            log.push(`${name}${yield* queue.get()}`);
          })(),
        ),
      );
      yield* sleep(1);
      for (const item of [1, 2, 3, 4]) queue.putNowait(item);
      yield* gather(...getters);
      expect(queue.getNowait()).toBe(4);
    });
    expect(log).toEqual(["a1", "b2", "c3"]);
  });

  it("makes put wait while there are maxsize items", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const queue = new Queue<number>(2);
      const producer = createTask(
        (function* () {
          for (const item of [1, 2, 3, 4]) {
            yield* queue.put(item);
            log.push(`put ${item}`);
          }
        })(),
      );
      yield* sleep(1);
      expect(log).toEqual(["put 1", "put 2"]);
      expect([queue.full(), queue.qsize(), queue.maxsize]).toEqual([true, 2, 2]);
      expect(yield* queue.get()).toBe(1);
      yield* sleep(1);
      expect(log).toEqual(["put 1", "put 2", "put 3"]);
      expect([yield* queue.get(), yield* queue.get()]).toEqual([2, 3]);
      yield* producer;
      expect(yield* queue.get()).toBe(4);
      expect(queue.empty()).toBe(true);
    });
  });

  it("takes no turn to put where there is room, nor to get what is there", async () => {
    await simulate(function* () {
      const queue = new Queue<number>(1);
      let others = 0;
      const other = createTask(
        (function* () {
          others++;
        })(),
      );
      yield* queue.put(1);
      yield* queue.get();
      expect(others).toBe(0);
      yield* other;
    });
  });

  it("loses nothing when a getter is cancelled after it was woken: the next one gets the item", async () => {
    await simulate(function* () {
      const queue = new Queue<string>();
      const [a, b] = [createTask(queue.get()), createTask(queue.get())];
      yield* sleep(0);
      queue.putNowait("item");
      a.cancel();
      expect(yield* b).toBe("item");
      expect(yield* errorOf(a)).toBeInstanceOf(CancelledError);
      expect(String(queue)).toBe("<Queue maxsize=0 tasks=1>");
    });
  });

  it("passes over a getter that was cancelled and has not left the line yet", async () => {
    await simulate(function* () {
      const queue = new Queue<string>();
      const [a, b] = [createTask(queue.get()), createTask(queue.get())];
      yield* sleep(0);
      a.cancel();
      queue.putNowait("item");
      expect(yield* b).toBe("item");
      expect(yield* errorOf(a)).toBeInstanceOf(CancelledError);
    });
  });

  it("passes the room of a putter that is cancelled after it was woken to the next", async () => {
    await simulate(function* () {
      const queue = new Queue<string>(1);
      queue.putNowait("first");
      const [a, b] = [createTask(queue.put("a")), createTask(queue.put("b"))];
      yield* sleep(0);
      queue.getNowait();
      a.cancel();
      yield* b;
      expect(yield* errorOf(a)).toBeInstanceOf(CancelledError);
      expect(queue.getNowait()).toBe("b");
    });
  });

  it("forgets a getter and a putter that are cancelled while they wait", async () => {
    await simulate(function* () {
      const queue = new Queue<string>(1);
      const getter = createTask(queue.get());
      yield* sleep(0);
      getter.cancel();
      yield* errorOf(getter);
      yield* queue.put("kept");
      const putter = createTask(queue.put("never"));
      yield* sleep(0);
      putter.cancel();
      yield* errorOf(putter);
      expect(yield* queue.get()).toBe("kept");
      expect(queue.empty()).toBe(true);
    });
  });

  it("lets a task that comes by take the item of a woken getter, which then waits again", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const queue = new Queue<string>();
      const getter = createTask(
        (function* () {
          log.push(`getter ${yield* queue.get()}`);
        })(),
      );
      yield* sleep(0);
      queue.putNowait("one");
      log.push(`main ${queue.getNowait()}`);
      yield* turns(2);
      expect(getter.done()).toBe(false);
      queue.putNowait("two");
      yield* getter;
    });
    expect(log).toEqual(["main one", "getter two"]);
  });

  it("throws QueueEmpty and QueueFull where it may not wait", () => {
    const queue = new Queue<number>(1);
    expect(thrownBy(() => queue.getNowait())).toBeInstanceOf(QueueEmpty);
    queue.putNowait(1);
    expect(thrownBy(() => queue.putNowait(2))).toBeInstanceOf(QueueFull);
    expect(queue.qsize()).toBe(1);
  });

  it("joins when taskDone() was called for every item that was put in", async () => {
    await simulate(function* () {
      const queue = new Queue<number>();
      yield* queue.join();
      queue.putNowait(1);
      queue.putNowait(2);
      const join = createTask(queue.join());
      queue.getNowait();
      queue.getNowait();
      yield* sleep(1);
      queue.taskDone();
      yield* sleep(1);
      expect(join.done()).toBe(false);
      queue.taskDone();
      yield* join;
      const error = thrownBy(() => queue.taskDone());
      expect(error).toBeInstanceOf(ValueError);
      expect(error).toMatchObject({ message: "taskDone() called too many times" });
    });
  });

  it("keeps items in any order of its own in a subclass", async () => {
    class Unique extends Queue<string> {
      declare protected _queue: string[];
      protected override _init(maxsize: number): void {
        expect(maxsize).toBe(2);
        this._queue = [];
      }
      protected override _put(item: string): void {
        if (!this._queue.includes(item)) this._queue.push(item);
      }
      protected override _get(): string {
        return this._queue.shift() as string;
      }
    }
    await simulate(function* () {
      const queue = new Unique(2);
      for (const item of ["a", "a", "b"]) yield* queue.put(item);
      expect(queue.full()).toBe(true);
      expect(String(queue)).toBe('<Unique maxsize=2 _queue=["a", "b"] tasks=3>');
      expect([yield* queue.get(), yield* queue.get()]).toEqual(["a", "b"]);
    });
  });

  it("keeps its order when it grows far and empties again", async () => {
    await simulate(function* () {
      const queue = new Queue<number>();
      let next = 0;
      let expected = 0;
      for (const [add, take] of [
        [10, 5],
        [3000, 1000],
        [2000, 4005],
        [20, 20],
      ] as const) {
        for (let i = 0; i < add; i++) yield* queue.put(next++);
        for (let i = 0; i < take; i++) expect(yield* queue.get()).toBe(expected++);
      }
      expect([next, expected, queue.empty()]).toEqual([5030, 5030, true]);
    });
  });

  it("shows what it holds and what waits", async () => {
    await simulate(function* () {
      const queue = new Queue<unknown>(1);
      expect(String(queue)).toBe("<Queue maxsize=1>");
      const getters = [createTask(queue.get()), createTask(queue.get())];
      yield* sleep(0);
      expect(String(queue)).toBe("<Queue maxsize=1 _getters[2]>");
      for (const getter of getters) getter.cancel();
      yield* sleep(0);
      queue.putNowait([1, "a"]);
      const putter = createTask(queue.put(2));
      yield* sleep(0);
      expect(String(queue)).toBe('<Queue maxsize=1 _queue=[[1, "a"]] _putters[1] tasks=1>');
      putter.cancel();
      yield* sleep(0);
      queue.shutdown();
      expect(String(queue)).toBe('<Queue maxsize=1 _queue=[[1, "a"]] tasks=1 shutdown>');
    });
    const long = new Queue<number>();
    for (let i = 0; i < 100; i++) long.putNowait(i);
    expect(String(long)).toContain("18, 19, and 80 more]");
  });

  it("says in the report of a deadlock whether a task puts, gets or joins", async () => {
    const queue = new Queue<number>(1);
    const other = new Queue<number>();
    const error = await rejection(
      simulate(function* () {
        queue.putNowait(1);
        yield* gather(queue.put(2), other.get(), queue.join());
      }),
    );
    expect(error).toBeInstanceOf(DeadlockError);
    expect(String(error)).toContain("waits for put into <Queue maxsize=1 _queue[1] _putters[1] tasks=1>");
    expect(String(error)).toContain("waits for get from <Queue maxsize=0 _getters[1]>");
    expect(String(error)).toContain("waits for join of <Queue maxsize=1");
  });

  it.each([
    ["10", TypeError, 'got "10"'],
    [{ maxsize: 3 }, TypeError, "maxsize must be a number"],
    [Number.NaN, ValueError, "NaN"],
  ])("refuses %s as its maxsize", (maxsize, type, message) => {
    const error = thrownBy(() => new Queue(maxsize as number));
    expect(error).toBeInstanceOf(type);
    expect(String(error)).toContain(message);
  });
});

describe("Queue.shutdown", () => {
  it("makes every put throw, also the ones that wait", async () => {
    await simulate(function* () {
      const queue = new Queue<number>(1);
      queue.putNowait(1);
      const waiting = [createTask(queue.put(2)), createTask(queue.put(3))];
      yield* sleep(1);
      queue.shutdown();
      for (const put of waiting) expect(yield* errorOf(put)).toBeInstanceOf(QueueShutDown);
      expect(yield* errorOf(queue.put(4))).toBeInstanceOf(QueueShutDown);
      expect(thrownBy(() => queue.putNowait(5))).toBeInstanceOf(QueueShutDown);
    });
  });

  it("lets get empty the queue first, and then throw", async () => {
    await simulate(function* () {
      const queue = new Queue<number>();
      queue.putNowait(1);
      queue.putNowait(2);
      queue.shutdown();
      expect([yield* queue.get(), queue.getNowait()]).toEqual([1, 2]);
      expect(yield* errorOf(queue.get())).toBeInstanceOf(QueueShutDown);
      expect(thrownBy(() => queue.getNowait())).toBeInstanceOf(QueueShutDown);
    });
  });

  it("wakes the waiting tasks in get, and they throw", async () => {
    await simulate(function* () {
      const queue = new Queue<number>();
      const waiting = [createTask(queue.get()), createTask(queue.get())];
      yield* sleep(1);
      queue.shutdown();
      for (const get of waiting) expect(yield* errorOf(get)).toBeInstanceOf(QueueShutDown);
    });
  });

  it.each([[true], [{ immediate: true }]])(
    "with %j drops the items, which ends the join of those that were not taken",
    async (immediate) => {
      await simulate(function* () {
        const queue = new Queue<number>();
        queue.putNowait(1);
        queue.putNowait(2);
        const join = createTask(queue.join());
        yield* sleep(1);
        queue.shutdown(immediate);
        yield* join;
        expect(queue.empty()).toBe(true);
        expect(thrownBy(() => queue.getNowait())).toBeInstanceOf(QueueShutDown);
      });
    },
  );

  it("immediately, still lets join wait for the items that were taken already", async () => {
    await simulate(function* () {
      const queue = new Queue<number>();
      for (const item of [1, 2, 3]) queue.putNowait(item);
      yield* queue.get();
      const join = createTask(queue.join());
      queue.shutdown({ immediate: true });
      yield* sleep(1);
      expect(join.done()).toBe(false);
      queue.taskDone();
      yield* join;
      expect(thrownBy(() => queue.taskDone())).toBeInstanceOf(ValueError);
    });
  });

  it("ends a crowd of workers that get forever", async () => {
    const done: number[] = [];
    function* worker(queue: Queue<number>): Coroutine<void> {
      try {
        for (;;) {
          done.push(yield* queue.get());
          yield* sleep(1);
        }
      } catch (error) {
        if (!(error instanceof QueueShutDown)) throw error;
      }
    }
    await simulate(function* () {
      const queue = new Queue<number>();
      const workers = [1, 2, 3].map(() => createTask(worker(queue)));
      for (let i = 0; i < 10; i++) yield* queue.put(i);
      queue.shutdown();
      yield* gather(...workers);
    });
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe("LifoQueue", () => {
  it("returns the item that came last", async () => {
    await simulate(function* () {
      const queue = new LifoQueue<number>(3);
      for (const item of [1, 2, 3]) yield* queue.put(item);
      expect(queue.full()).toBe(true);
      expect(String(queue)).toBe("<LifoQueue maxsize=3 _queue=[1, 2, 3] tasks=3>");
      expect([yield* queue.get(), yield* queue.get(), yield* queue.get()]).toEqual([3, 2, 1]);
    });
  });
});
