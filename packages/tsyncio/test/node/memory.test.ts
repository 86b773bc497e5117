import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  ContextVar,
  type Coroutine,
  coroutine,
  createTask,
  Event,
  EventLoop,
  gather,
  getRunningLoop,
  isCancelled,
  Lock,
  newEventLoop,
  Queue,
  shield,
  sleep,
  type Task,
  timeout,
  VirtualHost,
  wait,
  waitFor,
} from "tsyncio";
import { StreamReader } from "tsyncio/net";
import { simulate } from "tsyncio/testing";
import { describe, expect, it } from "vitest";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const MILLION = 1_000_000;
/** What may be more than before, in bytes: nothing that grows with the number of rounds. */
const ALLOWED = 3 * 1024 * 1024;

function heapUsed(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/**
 * How much more heap is used after `rounds` of `round` than before, while the loop still runs. The code is warmed up
 * by a tenth of them.
 */
function grown(loop: EventLoop, rounds: number, round: (n: number) => Coroutine<unknown>): Promise<number> {
  function* main() {
    yield* round(rounds / 10);
    const before = heapUsed();
    yield* round(rounds);
    return heapUsed() - before;
  }
  return loop.runUntilComplete(main());
}

const virtual = () => new EventLoop({ host: new VirtualHost() });

describe("a million of them leave the heap where it was:", () => {
  it.each([
    ["on virtual time", virtual],
    ["on real time", newEventLoop],
  ])("waitFors that do not expire, %s", async (_name, makeLoop) => {
    const loop = makeLoop();
    expect(
      await grown(loop, MILLION, function* (n) {
        for (let i = 0; i < n; i++) yield* waitFor(sleep(0), 1000);
      }),
    ).toBeLessThan(ALLOWED);
    loop.close();
  });

  it("waitFors of what is done already, in one single step", async () => {
    expect(
      await grown(virtual(), MILLION, function* (n) {
        const done = getRunningLoop().createFuture<void>();
        done.setResult();
        for (let i = 0; i < n; i++) yield* waitFor(done, 1000);
      }),
    ).toBeLessThan(ALLOWED);
  });

  it("short tasks, each awaited", async () => {
    function* short(i: number) {
      return i;
    }
    expect(
      await grown(virtual(), MILLION, function* (n) {
        for (let i = 0; i < n; i++) yield* createTask(short(i));
      }),
    ).toBeLessThan(ALLOWED);
  });

  it("short tasks that no task awaits, a thousand at a time", async () => {
    const short = coroutine(function* short() {
      yield* sleep(0);
    });
    expect(
      await grown(virtual(), MILLION, function* (n) {
        for (let i = 0; i < n; i++) {
          createTask(short());
          if (i % 1000 === 0) yield* sleep(1);
        }
        yield* sleep(1);
      }),
    ).toBeLessThan(ALLOWED);
  });

  it("cancelled sleeps", async () => {
    expect(
      await grown(virtual(), MILLION, function* (n) {
        const tasks: Task<void>[] = [];
        for (let i = 0; i < n / 1000; i++) {
          for (let k = 0; k < 1000; k++) tasks.push(createTask(sleep(3600)));
          yield* sleep(0);
          for (const task of tasks) task.cancel();
          yield* sleep(0);
          tasks.length = 0;
        }
      }),
    ).toBeLessThan(ALLOWED);
  });
});

describe("a hundred thousand of them leave the heap where it was:", () => {
  const cases: Record<string, (n: number) => Coroutine<void>> = {
    *"waits for a future that is never done, cancelled"(n) {
      const future = getRunningLoop().createFuture();
      for (let i = 0; i < n; i++) {
        const task = createTask(shieldedWait(future));
        yield* sleep(0);
        task.cancel();
        yield* sleep(0);
      }
    },
    *"waits with a timeout for tasks that go on"(n) {
      const task = createTask(sleep(1e9));
      for (let i = 0; i < n; i++) yield* wait([task], { timeout: 1 });
      task.cancel();
    },
    *"waitFors that expire"(n) {
      const event = new Event();
      for (let i = 0; i < n; i++) {
        try {
          yield* waitFor(event.wait(), 1);
        } catch {}
      }
    },
    *"timeouts that are rescheduled"(n) {
      const block = timeout(1);
      yield* block.aenter();
      for (let i = 0; i < n; i++) {
        block.reschedule(getRunningLoop().time() + 1000 + i);
        if (i % 1000 === 0) yield* sleep(0);
      }
      yield* block.aexit(null);
    },
    *"timers that are cancelled"(n) {
      const loop = getRunningLoop();
      for (let i = 0; i < n; i++) {
        loop.callLater(1000, () => {}).cancel();
        if (i % 1000 === 0) yield* sleep(0);
      }
      yield* sleep(0);
    },
    *"gathers that fail, with errors that no code sees"(n) {
      function* fails(): Coroutine<never> {
        throw new Error("x");
      }
      for (let i = 0; i < n / 10; i++) yield* gather(fails(), sleep(0), { returnExceptions: true });
    },
    *"queue items and lock turns"(n) {
      const queue = new Queue<number>(10);
      const lock = new Lock();
      const consumer = createTask(
        (function* () {
          for (;;) {
            yield* queue.get();
            yield* lock.acquire();
            lock.release();
          }
        })(),
      );
      for (let i = 0; i < n; i++) yield* queue.put(i);
      consumer.cancel();
    },
    *"context variables that are set, each in a task"(n) {
      const variable = new ContextVar<number>("v");
      for (let i = 0; i < n; i++) {
        yield* createTask(
          (function* () {
            variable.set(i);
          })(),
        );
      }
    },
  };
  function* shieldedWait(future: ReturnType<EventLoop["createFuture"]>): Coroutine<void> {
    try {
      yield* shield(future);
    } catch (error) {
      if (!isCancelled(error)) throw error;
    }
  }

  it.each(Object.entries(cases))("%s", async (_name, round) => {
    expect(await grown(virtual(), 100_000, round)).toBeLessThan(ALLOWED);
  });
});

it("loops that are closed are let go within the job of the engine that has made them", () => {
  const play = (count: number) => {
    for (let i = 0; i < count; i++) simulate(() => sleep(1));
  };
  play(1000);
  const before = heapUsed();
  play(10_000);
  expect(heapUsed() - before).toBeLessThan(ALLOWED);
});

describe("a reader keeps", () => {
  it("at most twice the bytes that it has, in however many segments they came", async () => {
    const loop = virtual();
    await loop.runUntilComplete(
      (function* () {
        const count = 64_000;
        const readers = Array.from({ length: 40 }, () => new StreamReader());
        const before = heapUsed() + process.memoryUsage().arrayBuffers;
        for (const reader of readers) for (let i = 0; i < count; i++) reader.feedData(new Uint8Array(1));
        const after = heapUsed() + process.memoryUsage().arrayBuffers;
        expect((after - before) / readers.length).toBeLessThan(2 * count);
        for (const reader of readers) expect((yield* reader.readExactly(count)).length).toBe(count);
      })(),
    );
    loop.close();
  });
});
