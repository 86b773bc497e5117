/** Coroutines that native code begins, many at once, beside `run` and without it. */

import {
  allTasks,
  asyncGenerator,
  CancelledError,
  type Coroutine,
  coroutine,
  createTask,
  Event,
  type EventLoop,
  fromPromise,
  getRunningLoop,
  newEventLoop,
  Queue,
  Runner,
  run,
  runCoroutineThreadsafe,
  Semaphore,
  SystemExit,
  sleep,
  toAsyncIterable,
  toPromise,
  toReadableStream,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { rejection } from "../support.ts";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const told = coroutine(function* told(value: string, seconds: number): Coroutine<string> {
  yield* sleep(seconds);
  return value;
});
const count = asyncGenerator(function* (n: number, seconds: number) {
  for (let i = 0; i < n; i++) {
    yield* sleep(seconds);
    yield i;
  }
});

function* here(): Coroutine<EventLoop> {
  yield* sleep(0);
  return getRunningLoop();
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe("native code without run()", () => {
  const ways: [string, (n: number, seconds: number) => PromiseLike<unknown>, (n: number) => unknown][] = [
    ["toPromise()", (n, seconds) => toPromise(told(String(n), seconds)), String],
    ["await of a coroutine", (n, seconds) => told(String(n), seconds), String],
    ["toAsyncIterable()", (n, seconds) => collect(toAsyncIterable(count(n, seconds))), (n) => [...Array(n).keys()]],
    [
      "toReadableStream()",
      (n, seconds) => collect(toAsyncIterable(toReadableStream(count(n, seconds)) as never)),
      (n) => [...Array(n).keys()],
    ],
  ];
  it.each(ways)("%s: each lives until its own end, whichever ends first", async (_, begin, result) => {
    const lasting = [3, 1, 4, 2].map((n) => begin(n, n / 100));
    await pause(5);
    lasting.push(begin(1, 0));
    expect(await Promise.all(lasting)).toEqual([3, 1, 4, 2, 1].map(result));
  });

  it("a thousand at once, of which some fail, are a thousand outcomes", async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1000 }, (_, i) =>
        toPromise(
          (function* () {
            yield* sleep((i % 7) / 1000);
            if (i % 10 === 0) throw new Error(String(i));
            return i;
          })(),
        ),
      ),
    );
    const texts = outcomes.map((o) => (o.status === "fulfilled" ? o.value : String(o.reason)));
    expect(texts).toEqual(Array.from({ length: 1000 }, (_, i) => (i % 10 === 0 ? `Error: ${i}` : i)));
  });

  it("all of it runs on one loop, so that a module's semaphore works across calls", async () => {
    const semaphore = new Semaphore(2);
    let inside = 0;
    let most = 0;
    function* limited(): Coroutine<EventLoop> {
      yield* semaphore.acquire();
      try {
        most = Math.max(most, ++inside);
        yield* sleep(0.03);
        inside--;
      } finally {
        semaphore.release();
      }
      return getRunningLoop();
    }
    const calls: Promise<EventLoop>[] = [];
    for (let round = 0; round < 3; round++) {
      calls.push(...[1, 2, 3].map(() => toPromise(limited())));
      await pause(50);
    }
    const loops = new Set(await Promise.all(calls));
    expect([loops.size, most, semaphore.locked()]).toEqual([1, 2, false]);
  });

  it("several run() at once are not joined, and their ends cancel nothing", async () => {
    const first = run(sleep(0.02));
    const second = run(sleep(0.04));
    const native = toPromise(told("native", 0.06));
    await Promise.all([first, second]);
    expect(await native).toBe("native");
  });

  it("a coroutine can neither stop nor close the loop under others", async () => {
    const other = toPromise(told("other", 0.03));
    function* rude(): Coroutine<string> {
      const loop = getRunningLoop();
      loop.stop();
      yield* sleep(0);
      loop.close();
      return "closed";
    }
    expect(String(await rejection(toPromise(rude())))).toBe("RuntimeError: Cannot close a running event loop");
    expect(await other).toBe("other");
  });

  it("an exit that one raises is its own outcome", async () => {
    const other = toPromise(told("other", 0.02));
    function* exits(): Coroutine<void> {
      yield* sleep(0);
      throw new SystemExit(3);
    }
    expect(await rejection(toPromise(exits()))).toBeInstanceOf(SystemExit);
    expect(await other).toBe("other");
    expect(await told("later", 0)).toBe("later");
  });

  it("an exit that a callback raises is reported, and the loop goes on", async () => {
    const reports: unknown[] = [];
    const loop = await toPromise(here());
    loop.setExceptionHandler((_loop, context) => reports.push(context.exception));
    loop.callSoon(() => {
      throw new SystemExit(3);
    });
    expect(await told("later", 0.005)).toBe("later");
    loop.setExceptionHandler(null);
    expect(reports).toEqual([expect.any(SystemExit)]);
  });

  it("a task that a coroutine leaves behind goes on", async () => {
    const done = new Event();
    function* background(): Coroutine<void> {
      yield* sleep(0.02);
      done.set();
    }
    await toPromise(
      (function* () {
        createTask(background());
        yield* sleep(0);
      })(),
    );
    expect(await toPromise(done.wait())).toBe(true);
  });
});

describe("native code beside run()", () => {
  it("joins the loop of the only one that is alive, and can use its queue", async () => {
    const queue = new Queue<string>();
    let joined: EventLoop | null = null;
    function* main(): Coroutine<[EventLoop, string[]]> {
      const items = [yield* queue.get(), yield* queue.get()];
      return [getRunningLoop(), items];
    }
    const running = run(main());
    await pause(1);
    function* put(item: string): Coroutine<void> {
      joined = getRunningLoop();
      yield* queue.put(item);
    }
    await Promise.all([toPromise(put("a")), toPromise(put("b"))]);
    const [loop, items] = await running;
    expect([joined === loop, items]).toEqual([true, ["a", "b"]]);
  });

  /** A run, and native coroutines that it leaves behind, each with what it has cleaned up. */
  async function leftBehind(runs: (main: Coroutine<string>) => Promise<string>) {
    const log: string[] = [];
    const go = new Event();
    const running = runs(
      (function* () {
        yield* go.wait();
        return "main";
      })(),
    );
    await pause(1);
    const lasting = coroutine(function* lasting(): Coroutine<void> {
      try {
        yield* sleep(60);
      } finally {
        yield* sleep(0.001);
        log.push("cleaned up");
      }
    });
    const source = asyncGenerator(function* () {
      for (let i = 0; ; i++) {
        yield* sleep(i * 60);
        yield i;
      }
    });
    const items = toAsyncIterable(source())[Symbol.asyncIterator]();
    const idle = toAsyncIterable(source())[Symbol.asyncIterator]();
    await idle.next();
    expect(await items.next()).toEqual({ done: false, value: 0 });
    const errors = [lasting(), toPromise(lasting()), items.next()].map(rejection);
    await pause(1);
    await toPromise(
      (function* () {
        go.set();
      })(),
    );
    expect(await running).toBe("main");
    expect(log).toEqual(["cleaned up", "cleaned up"]);
    expect((await Promise.all(errors)).map(String)).toEqual(Array(3).fill("CancelledError: run() has ended"));
    return idle;
  }

  it("is cancelled by its end, with a message, and cleaned up before it is over", async () => {
    const idle = await leftBehind(run);
    // The generator was closed by the end of run(): that it has no more items would be untrue.
    expect(String(await rejection(idle.next()))).toBe("CancelledError: run() has ended");
  });

  it("is cancelled by the end of each run of a Runner too", async () => {
    const runner = new Runner();
    await leftBehind((main) => runner.run(main));
    expect(await runner.run(told("second", 0.001))).toBe("second");
    await runner.close();
  });

  it("that comes when the end has begun runs elsewhere, and is not cancelled", async () => {
    let late: Promise<string> | null = null;
    function* slowEnd(): Coroutine<void> {
      try {
        yield* sleep(60);
      } finally {
        setTimeout(() => {
          late = toPromise(told("late", 0.05));
        }, 5);
        yield* sleep(0.02);
      }
    }
    await run(
      (function* () {
        createTask(slowEnd());
        yield* sleep(0);
      })(),
    );
    expect(await late).toBe("late");
  });

  it("begun by cleanup at the very end is told, and not left waiting", async () => {
    let late: Promise<unknown> | null = null;
    const source = asyncGenerator(function* () {
      try {
        yield 1;
      } finally {
        late = rejection(toPromise(sleep(60)));
      }
    });
    await run(
      (function* () {
        yield* source().anext();
      })(),
    );
    expect(String(await late)).toBe("CancelledError: run() has ended");
  });

  it("that waits for a future of the run is told when the loop closes", async () => {
    let waiting: Promise<unknown> | null = null;
    await run(
      (function* () {
        waiting = rejection(toPromise(getRunningLoop().createFuture()));
      })(),
    );
    expect(String(await waiting)).toBe("CancelledError: run() has ended");
  });

  it("without one that is alive: what was pending on a loop that is closed by hand is told", async () => {
    const loop = newEventLoop();
    const waiting = rejection(toPromise(told("never", 60), { loop }));
    loop.setExceptionHandler(() => {});
    loop.close();
    expect(String(await waiting)).toBe("CancelledError: run() has ended");
  });

  it("by runCoroutineThreadsafe() ends with the loop too, also if its task was never made", async () => {
    let begun: Promise<unknown> = Promise.resolve();
    await run(
      (function* () {
        begun = rejection(runCoroutineThreadsafe(told("never", 60), getRunningLoop()));
        yield* sleep(0.001);
      })(),
    );
    expect(String(await begun)).toBe("CancelledError: run() has ended");
    const loop = newEventLoop();
    const waiting = rejection(runCoroutineThreadsafe(told("never", 0), loop));
    loop.close();
    expect(String(await waiting)).toBe("CancelledError: run() has ended");
    expect(String(await rejection(runCoroutineThreadsafe(told("never", 0), loop)))).toContain("Event loop is closed");
  });

  it("that has its result when the loop closes gets it", async () => {
    const loop = newEventLoop();
    const promise = runCoroutineThreadsafe(told("in time", 0), loop);
    await loop.runUntilComplete(sleep(0)); // stops in the turn in which the task ends, or before
    while (!loop.isClosed()) {
      if ([...allTasks(loop)].length === 0) loop.close();
      else await loop.runUntilComplete(sleep(0));
    }
    expect(await promise).toBe("in time");
  });

  it("lets the error of a coroutine that the end has cancelled come out", async () => {
    const reports: unknown[] = [];
    let failing: Promise<unknown> | null = null;
    function* fails(): Coroutine<void> {
      try {
        yield* sleep(60);
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is what the test is about
        throw new Error("of the cleanup");
      }
    }
    await run(
      (function* () {
        getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context.message));
        yield* fromPromise(
          pause(1).then(() => {
            failing = rejection(toPromise(fails()));
          }),
        );
        yield* sleep(0.001);
      })(),
    );
    expect([String(await failing), reports]).toEqual(["Error: of the cleanup", []]);
  });

  it("is cancelled by its own signal alone", async () => {
    const controller = new AbortController();
    await run(
      (function* () {
        const one = rejection(toPromise(sleep(60), { signal: controller.signal }));
        const other = toPromise(told("other", 0.01));
        controller.abort(new Error("left"));
        expect(String(yield* fromPromise(one))).toBe("Error: left");
        expect(yield* fromPromise(other)).toBe("other");
      })(),
    );
  });

  it("rejects with CancelledError what cancels itself, as ever", async () => {
    expect(
      await rejection(
        toPromise(
          (function* (): Coroutine<void> {
            throw new CancelledError("own");
          })(),
        ),
      ),
    ).toBeInstanceOf(CancelledError);
  });
});
