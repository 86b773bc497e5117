import {
  allTasks,
  asCompleted,
  asyncFor,
  asyncWith,
  type Coroutine,
  captureCallGraph,
  createTask,
  currentTask,
  FrameCallGraphEntry,
  type Future,
  FutureCallGraph,
  futureAddToAwaitedBy,
  futureDiscardFromAwaitedBy,
  gather,
  getRunningLoop,
  Lock,
  shield,
  sleep,
  type Task,
  TaskGroup,
  virtualLoop,
  wait,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { simulate } from "../support.ts";
import { type Shape, shapeOf } from "./stacks.ts";

const NAMES = ["main", "child", "other", "body", "middle"];
const shape = (future?: Future<unknown> | null): Shape | null => shapeOf(captureCallGraph(future), NAMES);

function* child(): Coroutine<void> {
  yield* sleep(10);
}

function named(name: string): Task<unknown> {
  return [...allTasks()].find((task) => task.getName() === name) as Task<unknown>;
}

/** The ways in which `other` waits for a task. */
const waits: [string, (task: Task<void>) => () => Coroutine<unknown>][] = [
  [
    "yield*",
    (task) => () =>
      (function* other() {
        yield* task;
      })(),
  ],
  [
    "gather",
    (task) => () =>
      (function* other() {
        yield* gather(task, sleep(1));
      })(),
  ],
  [
    "a gather in a gather",
    (task) => () =>
      (function* other() {
        yield* gather(gather(task), sleep(1));
      })(),
  ],
  [
    "wait",
    (task) => () =>
      (function* other() {
        yield* wait([task], { timeout: 99 });
      })(),
  ],
  [
    "waitFor",
    (task) => () =>
      (function* other() {
        yield* waitFor(task, 99);
      })(),
  ],
  [
    "shield",
    (task) => () =>
      (function* other() {
        yield* shield(task);
      })(),
  ],
  [
    "waitFor of a shield",
    (task) => () =>
      (function* other() {
        yield* waitFor(shield(task), 99);
      })(),
  ],
  [
    "asCompleted",
    (task) => () =>
      (function* other() {
        for (const next of asCompleted([task])) yield* next;
      })(),
  ],
  [
    "asyncFor",
    (task) => () =>
      (function* other() {
        yield* asyncFor(asCompleted([task]), function* () {});
      })(),
  ],
];

describe("captureCallGraph(task)", () => {
  it.each(waits)("shows what waits for it by %s", (_, way) =>
    simulate(function* main() {
      const task = createTask(child(), { name: "child" });
      createTask(way(task)(), { name: "other" });
      yield* sleep(2);
      expect(shape(task)).toEqual(["child", ["child"], [["other", ["other"], []]]]);
      yield* task;
    }),
  );

  it("shows the owner of its group, while the block runs and while the group waits", () =>
    simulate(function* main() {
      function* other() {
        yield* asyncWith(new TaskGroup(), function* body(group) {
          group.createTask(child(), { name: "child" });
          yield* sleep(2);
        });
      }
      const task = createTask(other(), { name: "other" });
      yield* sleep(1);
      expect(shape(named("child"))).toEqual(["child", ["child"], [["other", ["body", "other"], []]]]);
      yield* sleep(2);
      expect(shape(named("child"))).toEqual(["child", ["child"], [["other", ["other"], []]]]);
      yield* task;
    }));

  it("shows all waiting tasks", () =>
    simulate(function* main() {
      const task = createTask(child(), { name: "child" });
      for (const [name, way] of waits) createTask(way(task)(), { name });
      yield* sleep(2);
      expect(shape(task)?.[2].map(([name]) => name)).toEqual(waits.map(([name]) => name));
      yield* task;
    }));

  it("shows what waits for the waiting tasks, up to the task that runs", () =>
    simulate(function* main() {
      currentTask()?.setName("main task");
      const task = createTask(child(), { name: "child" });
      function* middle() {
        yield* task;
      }
      function* other() {
        yield* asyncWith(new TaskGroup(), function* body(group) {
          group.createTask(middle(), { name: "middle" });
          yield* sleep(1);
          expect(shape(task)).toEqual([
            "child",
            ["child"],
            [["middle", ["middle"], [["other", ["body", "other"], [["main task", ["main"], []]]]]]],
          ]);
        });
      }
      yield* createTask(other(), { name: "other" });
    }));

  it("ends where tasks wait for each other in a circle", () =>
    simulate(function* main() {
      const tasks: Task<void>[] = [];
      function* other(i: number) {
        yield* sleep(0);
        yield* tasks[i] as Task<void>;
      }
      tasks.push(createTask(other(1), { name: "a" }), createTask(other(0), { name: "b" }));
      yield* sleep(1);
      expect(shape(tasks[0])).toEqual(["a", ["other"], [["b", ["other"], [["a", [], []]]]]]);
      tasks[0]?.cancel();
      yield* wait(tasks);
    }));

  it("shows a gather that no task awaits yet as a future", () =>
    simulate(function* main() {
      const task = createTask(child(), { name: "child" });
      const outer = gather(task);
      yield* sleep(1);
      expect(shape(task)).toEqual(["child", ["child"], [["a future", [], []]]]);
      expect(captureCallGraph(task)?.awaitedBy[0]?.future === outer).toBe(true);
      yield* outer;
    }));

  it("does not take the holder of a lock for one that is awaited", () =>
    simulate(function* main() {
      const lock = new Lock();
      function* other(seconds: number) {
        using _ = yield* lock.acquire();
        yield* sleep(seconds);
      }
      const tasks = [createTask(other(5), { name: "holder" }), createTask(other(0), { name: "waiting" })] as const;
      yield* sleep(1);
      expect(shape(tasks[0])).toEqual(["holder", ["other"], []]);
      yield* wait(tasks);
    }));

  it("knows a future's waiters too, and none once it is done", () =>
    simulate(function* main() {
      const future = getRunningLoop().createFuture<void>();
      const task = createTask(
        (function* other() {
          yield* future;
        })(),
        { name: "other" },
      );
      yield* sleep(1);
      expect(shape(future)).toEqual(["a future", [], [["other", ["other"], []]]]);
      future.setResult();
      yield* task;
      expect(shape(future)).toEqual(["a future", [], []]);
      expect(shape(task)).toEqual(["other", [], []]);
    }));

  it("has no frames for a task that has not begun, and works outside of the loop", async () => {
    const loop = virtualLoop();
    const task = loop.createTask(child(), { name: "child" });
    expect(shape(task)).toEqual(["child", [], []]);
    loop.callLater(1, () => loop.stop());
    await loop.runForever();
    expect(shape(task)).toEqual(["child", ["child"], []]);
    await loop.runUntilComplete(task);
  });

  it("does not disturb the tasks, however often it is asked", () =>
    simulate(function* main() {
      const log: string[] = [];
      function* other() {
        log.push(String(yield* sleep(2, "slept")));
      }
      const task = createTask(other());
      for (let i = 0; i < 5; i++) {
        yield* sleep(0.1);
        expect(shape(task)?.[1]).toEqual(["other"]);
      }
      yield* task;
      expect(log).toEqual(["slept"]);
      expect(getRunningLoop().time()).toBe(2);
    }));

  it("bears a long chain of tasks, of which it shows the nearest thousand or so", () =>
    simulate(function* main() {
      let task = createTask(child());
      const first = task;
      function* other(inner: Task<void>): Coroutine<void> {
        yield* inner;
      }
      for (let i = 0; i < 5000; i++) task = createTask(other(task));
      yield* sleep(1);
      let levels = 0;
      for (let graph = captureCallGraph(first, { limit: 0 }); graph !== null; graph = graph.awaitedBy[0] ?? null)
        levels++;
      expect(levels).toBeGreaterThan(999);
      yield* task;
    }));

  it("returns frozen objects, which can be made by hand as well", () =>
    simulate(function* main() {
      const graph = captureCallGraph() as FutureCallGraph;
      expect([graph, graph.callStack, graph.awaitedBy, graph.callStack[0]].map(Object.isFrozen)).toEqual([
        true,
        true,
        true,
        true,
      ]);
      const frame = { name: "f", file: "f.ts", line: 1, column: 2 };
      const own = new FutureCallGraph(currentTask() as Task<unknown>, [new FrameCallGraphEntry(frame)], []);
      expect(own.callStack[0]).toMatchObject({ frame, isAsync: true });
    }));
});

describe("futureAddToAwaitedBy()", () => {
  it("adds an edge that cannot be seen, and futureDiscardFromAwaitedBy() takes it back", () =>
    simulate(function* main() {
      const future = getRunningLoop().createFuture<void>();
      const task = createTask(child(), { name: "child" });
      yield* sleep(1);
      futureAddToAwaitedBy(future, task);
      futureAddToAwaitedBy(future, task);
      expect(shape(future)).toEqual(["a future", [], [["child", ["child"], []]]]);
      futureDiscardFromAwaitedBy(future, task);
      expect(shape(future)).toEqual(["a future", [], []]);
      futureDiscardFromAwaitedBy(future, task);
      yield* task;
    }));

  it("ignores what is not a future", () =>
    simulate(function* main() {
      const future = getRunningLoop().createFuture<void>();
      futureAddToAwaitedBy(future, "x" as never);
      futureAddToAwaitedBy("x" as never, future);
      expect(shape(future)).toEqual(["a future", [], []]);
    }));

  it("a child that outlives a failed gather is awaited by no task any more", () =>
    simulate(function* main() {
      const child = createTask(sleep(5));
      function* fails(): Coroutine<never> {
        throw new Error("x");
      }
      try {
        yield* gather(child, fails());
      } catch {}
      expect(captureCallGraph(child)?.awaitedBy).toEqual([]);
      yield* child;
    }));
});
