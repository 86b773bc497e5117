import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  type Future,
  getRunningLoop,
  isCancelled,
  shield,
  sleep,
  type Task,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";
import { chain, cleanUp, forEver, inner, type Log, outer } from "./shape.ts";

const forms: Record<string, (log: Log) => Coroutine<void>> = {
  "plain generators": (log) => chain("ppp", log),
  "made by coroutine()": (log) => chain("www", log),
  mixed: (log) => chain("pwpw", log),
};

describe.each(Object.entries(forms))("%s", (_name, build) => {
  it("cancelled twice before the cancellation arrives clean up once, undisturbed", async () => {
    await simulate(function* () {
      const log: Log = [];
      const task = createTask(build(log));
      yield* sleep(1);
      task.cancel("first");
      task.cancel("second");
      const error = (yield* errorOf(task)) as Error;
      expect([log, task.cancelling(), error.message]).toEqual([["c1", "c2"], 2, "first"]);
    });
  });

  it("cancelled again in the cleanup: CancelledError comes out of the wait that is under way there", async () => {
    await simulate(function* () {
      const log: Log = [];
      const task = createTask(build(log));
      yield* sleep(1);
      task.cancel();
      yield* sleep(1.5);
      expect(log).toEqual(["c1"]);
      task.cancel();
      yield* errorOf(task);
      yield* sleep(10);
      expect([log, task.cancelled()]).toEqual([["c1"], true]);
    });
  });

  it("cancelled before the first step run nothing at all", async () => {
    await simulate(function* () {
      const log: Log = [];
      const task = createTask(build(log));
      task.cancel();
      yield* errorOf(task);
      yield* sleep(10);
      expect([log, task.cancelled()]).toEqual([[], true]);
    });
  });
});

describe("a cleanup", () => {
  it("that is cancelled again still runs its own finally blocks, waits and all", async () => {
    await simulate(function* () {
      const log: Log = [];
      function* body() {
        try {
          yield* forEver();
        } finally {
          try {
            yield* sleep(100);
            log.push("LEAK");
          } finally {
            yield* cleanUp(log);
          }
        }
      }
      const task = createTask(outer(log, body()));
      yield* sleep(1);
      task.cancel();
      yield* sleep(1);
      task.cancel();
      yield* errorOf(task);
      expect(log).toEqual(["c1", "c2"]);
    });
  });

  it("under shield goes on when it is cancelled again", async () => {
    await simulate(function* () {
      const log: Log = [];
      function* body() {
        try {
          yield* forEver();
        } finally {
          yield* shield(createTask(cleanUp(log)));
          log.push("LEAK");
        }
      }
      const task = createTask(body());
      yield* sleep(1);
      task.cancel();
      yield* sleep(0.5);
      task.cancel();
      yield* errorOf(task);
      expect(log).toEqual([]);
      yield* sleep(5);
      expect(log).toEqual(["c1", "c2"]);
    });
  });

  it("that cancels its own task is interrupted at its next wait", async () => {
    await simulate(function* () {
      const log: Log = [];
      function* body() {
        try {
          yield* forEver();
        } finally {
          currentTask()?.cancel();
          log.push("goes on to its next wait");
          yield* cleanUp(log);
        }
      }
      const task = createTask(body());
      yield* sleep(1);
      task.cancel();
      yield* errorOf(task);
      expect([log, task.cancelling()]).toEqual([["goes on to its next wait"], 2]);
    });
  });

  it("runs when the cancellation comes in the very turn in which the wait has ended", async () => {
    await simulate(function* () {
      const log: Log = [];
      const future = getRunningLoop().createFuture<void>();
      const task = createTask(
        outer(
          log,
          inner(log, () => future),
        ),
      );
      yield* sleep(1);
      future.setResult();
      task.cancel();
      yield* errorOf(task);
      expect([log, task.cancelled()]).toEqual([["c1", "c2"], true]);
    });
  });

  it("that swallows the cancellation lets the outer coroutine go on: that is no leak, but a refusal", async () => {
    await simulate(function* () {
      const log: Log = [];
      function* refuses() {
        try {
          yield* inner(log);
        } catch (error) {
          if (!isCancelled(error)) throw error;
        }
        yield* sleep(1);
        return "went on";
      }
      const task = createTask(refuses());
      yield* sleep(1);
      task.cancel();
      expect(yield* task).toBe("went on");
      expect([log, task.cancelled(), task.cancelling()]).toEqual([["c1", "c2"], false, 1]);
    });
  });
});

describe("tasks that wait for each other", () => {
  it("in a chain of a thousand are cancelled from the outside to the inside, and clean up from the inside", async () => {
    await simulate(function* () {
      const order: number[] = [];
      function* level(n: number, awaited: Future<unknown>): Coroutine<void> {
        try {
          yield* awaited;
        } finally {
          yield* sleep(0);
          order.push(n);
        }
      }
      let last: Future<unknown> = getRunningLoop().createFuture();
      for (let n = 0; n < 1000; n++) last = createTask(level(n, last));
      yield* sleep(1);
      last.cancel();
      expect(yield* errorOf(last)).toBeInstanceOf(CancelledError);
      expect(order).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    });
  });

  it("in a circle can be cancelled: all end, each after its cleanup", async () => {
    await simulate(function* () {
      const log: Log = [];
      const tasks: Task<void>[] = [];
      function* waitsFor(n: number): Coroutine<void> {
        try {
          yield* tasks[n] as Task<void>;
          log.push("LEAK");
        } finally {
          yield* sleep(0);
          log.push(`cleaned up ${tasks.length}`);
        }
      }
      for (const n of [1, 2, 0]) tasks.push(createTask(waitsFor(n)));
      yield* sleep(1);
      tasks[0]?.cancel();
      yield* sleep(1);
      expect(tasks.map((task) => task.cancelled())).toEqual([true, true, true]);
      expect(log).toHaveLength(3);
    });
  });
});
