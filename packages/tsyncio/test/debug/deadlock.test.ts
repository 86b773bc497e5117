import {
  asyncWith,
  Barrier,
  Condition,
  type Coroutine,
  coroutine,
  createTask,
  DeadlockError,
  Event,
  EventLoop,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  run,
  Semaphore,
  shield,
  sleep,
  type Task,
  TaskGroup,
  VirtualHost,
  virtualLoop,
  wait,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { rejection } from "../support.ts";

/** The message without frames, whose files and lines differ between hosts. */
async function reportOf(main: () => Coroutine<unknown>): Promise<string[]> {
  // What the cleanup after it reports is another matter.
  const host = new VirtualHost({ report: () => {} });
  const error = await rejection(run(main(), { loopFactory: () => new EventLoop({ host }) }));
  expect(error).toBeInstanceOf(DeadlockError);
  return (error as Error).message.split("\n").filter((line) => !FRAME.test(line));
}

/** The line of a frame, in the tree. */
const FRAME = /^[ │]*at \S/;

/** The lines of the circle, without the branches of the tree before them. */
function circleOf(report: string[]): string[] {
  const begin = report.findIndex((line) => line.endsWith("in a circle:"));
  const end = report.findIndex((line) => line.endsWith("╰──"));
  return report.slice(begin, end + 1).map((line) => line.slice(report[begin]?.indexOf("in a circle:")));
}

const forEver = (tasks: number): string =>
  `nothing can wake the event loop any more: ${tasks} task${tasks === 1 ? "" : "s"} waiting forever`;

function* both(first: Lock, second: Lock): Coroutine<void> {
  using _first = yield* first.acquire();
  yield* sleep(1);
  using _second = yield* second.acquire();
}

describe("DeadlockError", () => {
  it("draws the circle of two tasks that hold what the other one wants", async () => {
    const report = await reportOf(function* () {
      const [a, b] = [new Lock(), new Lock()];
      const tasks = [createTask(both(a, b), { name: "ab" }), createTask(both(b, a), { name: "ba" })];
      tasks[0]?.setName("ab");
      yield* createTask(sleep(2));
      yield* tasks[0] as Task<void>;
    });
    const lock = "acquire of <Lock [locked, waiters:1]>";
    expect(report.slice(2)).toEqual([
      `  └── ab waits for ${lock}, held by ba`,
      "          in a circle:",
      `            ╭─> ab waits for ${lock}, held by ba`,
      `            │   ba waits for ${lock}, held by ab`,
      "            ╰──",
      `  ba waits for ${lock}, held by ab`,
    ]);
    expect(report[0]).toBe(forEver(3));
    expect(report[1]).toMatch(/^ {2}Task-\d+ waits for <Task pending name="ab" waitsFor=<Future pending>>$/);
  });

  it("draws the circle of tasks that await each other, through whatever they wait", async () => {
    const ways: ((task: Task<void>) => Coroutine<unknown>)[] = [
      function* (task) {
        yield* task;
      },
      function* (task) {
        yield* gather(task);
      },
      function* (task) {
        yield* wait([task]);
      },
      function* (task) {
        yield* shield(task);
      },
    ];
    for (const way of ways) {
      const report = await reportOf(function* () {
        const tasks: Task<void>[] = [];
        function* other(i: number): Coroutine<void> {
          yield* sleep(0);
          yield* way(tasks[i] as Task<void>);
        }
        for (const [i, name] of ["a", "b", "c"].entries()) tasks.push(createTask(other((i + 1) % 3), { name }));
        yield* new Event().wait();
      });
      const circle = circleOf(report).map((line) => line.replace(/ waits for .*/, ""));
      expect(circle).toEqual(["in a circle:", "  ╭─> a", "  │   b", "  │   c", "  ╰──"]);
    }
  });

  it("draws the circle of a task that wants the lock that it holds", async () => {
    const report = await reportOf(function* () {
      const lock = new Lock();
      yield* asyncWith(lock, function* () {
        yield* createTask(both(lock, lock), { name: "inner" });
      });
    });
    expect(circleOf(report)).toEqual([
      "in a circle:",
      expect.stringMatching(/^ {2}╭─> Task-\d+ waits for <Task pending name="inner" waitsFor=<Future pending>>$/),
      expect.stringMatching(/^ {2}│ {3}inner waits for acquire of <Lock \[locked, waiters:1\]>, held by Task-\d+$/),
      "  ╰──",
    ]);
  });

  const lonely: [string, () => Coroutine<unknown>, RegExp][] = [
    ["an event that no task sets", () => new Event().wait(), /set of <Event \[unset, waiters:1\]>$/],
    ["a queue without a producer", () => new Queue().get(), /get from <Queue maxsize=0/],
    [
      "a full queue without a consumer",
      function* () {
        const queue = new Queue(1);
        yield* queue.put(1);
        yield* queue.put(2);
      },
      /put into <Queue maxsize=1/,
    ],
    [
      "a queue of which an item is never marked done",
      function* () {
        const queue = new Queue();
        yield* queue.put(1);
        yield* queue.join();
      },
      /<Queue maxsize=0/,
    ],
    ["a semaphore", () => new Semaphore(0).acquire(), /acquire of <Semaphore/],
    [
      "a condition",
      function* () {
        const c = new Condition();
        yield* c.acquire();
        yield* c.wait();
      },
      /<Condition/,
    ],
    ["a barrier with too few parties", () => new Barrier(2).wait(), /<Barrier/],
    [
      "a future of one's own",
      function* () {
        yield* getRunningLoop().createFuture();
      },
      /<Future pending>$/,
    ],
    ["a waitFor without a limit", () => waitFor(new Event().wait(), null), /set of <Event/],
  ];
  it.each(lonely)("names %s", async (_, wait, text) => {
    const report = await reportOf(function* main() {
      yield* wait();
    });
    expect(report.length).toBe(2);
    expect(report[0]).toBe(forEver(1));
    expect(report[1]).toMatch(/^ {2}Task-\d+ waits for /);
    expect(report[1]).toMatch(text);
  });

  it("names a group with its children, and each child", async () => {
    const report = await reportOf(function* () {
      yield* asyncWith(new TaskGroup(), function* (group) {
        group.createTask(new Event().wait(), { name: "first" });
        group.createTask(new Queue().get(), { name: "second" });
      });
    });
    expect(report[0]).toBe(forEver(3));
    expect(report[1]).toContain("waits for the children of <TaskGroup tasks=2 entered>: first, second");
    expect(report.slice(2).map((line) => line.split(" ")[3])).toEqual(["first", "second"]);
  });

  it("shows the stack of each task, from where it waits outwards", async () => {
    const inner = coroutine(function* inner() {
      yield* new Event().wait();
    });
    function* outer() {
      yield* inner();
    }
    const error = await rejection(run(outer(), { loopFactory: virtualLoop }));
    const frames = (error as Error).message.split("\n").filter((line) => FRAME.test(line));
    expect(frames.map((line) => /\b(inner|outer)\b/.exec(line)?.[1])).toEqual(["inner", "outer"]);
    expect((error as Error).stack).toBe(`DeadlockError: ${(error as Error).message}`);
  });

  it("shows tasks that wait for the same at the same place as one", async () => {
    const report = await reportOf(function* () {
      const event = new Event();
      yield* gather(...Array.from({ length: 5000 }, () => event.wait()));
    });
    expect(report[0]).toBe(forEver(5001));
    expect(report.slice(2)).toEqual([
      expect.stringMatching(
        /^ {2}└── Task-\d+ … Task-\d+ \(× 5000\) waits for set of <Event \[unset, waiters:5000\]>$/,
      ),
    ]);
  });

  it("shows a hundred tasks of many", async () => {
    const report = await reportOf(function* () {
      const events = Array.from({ length: 5000 }, () => new Barrier(2));
      yield* gather(...events.map((event, i) => (i % 2 === 0 ? event.wait() : toTask(event))));
      function* toTask(event: Barrier): Coroutine<void> {
        yield* createTask(event.wait());
      }
    });
    expect(report[0]).toBe(forEver(7501));
    expect(report.at(-1)).toMatch(/^ {2}and \d+ more$/);
    expect(report.length).toBeLessThan(110);
  });

  it("finds a circle at the end of a chain of a thousand tasks", async () => {
    const report = await reportOf(function* () {
      const lock = new Lock();
      function* holds(): Coroutine<void> {
        yield* lock.acquire();
        yield* lock.acquire();
      }
      let task = createTask(holds(), { name: "twice" });
      function* chain(inner: Task<void>): Coroutine<void> {
        yield* inner;
      }
      for (let i = 0; i < 1000; i++) task = createTask(chain(task));
      yield* task;
    });
    expect(circleOf(report)[1]).toContain("╭─> twice waits for acquire of <Lock [locked, waiters:1]>, held by twice");
  });

  it("is thrown to the caller of run(), after the leftovers were cancelled and their finally blocks have run", async () => {
    const log: string[] = [];
    function* stuck(name: string): Coroutine<void> {
      try {
        yield* new Event().wait();
      } finally {
        yield* sleep(1);
        log.push(`${name} cleaned up`);
      }
    }
    const error = await rejection(
      run(
        (function* () {
          createTask(stuck("child"));
          yield* stuck("main");
        })(),
        { loopFactory: virtualLoop },
      ),
    );
    expect(error).toBeInstanceOf(DeadlockError);
    expect(log.sort()).toEqual(["child cleaned up", "main cleaned up"]);
  });

  it("cancels circles of tasks and of locks as well", async () => {
    const log: string[] = [];
    const tasks: Task<void>[] = [];
    function* awaits(i: number): Coroutine<void> {
      try {
        yield* sleep(0);
        yield* tasks[i] as Task<void>;
      } finally {
        log.push(`task ${i}`);
      }
    }
    const error = await rejection(
      run(
        (function* () {
          tasks.push(createTask(awaits(1)), createTask(awaits(0)));
          const [a, b] = [new Lock(), new Lock()];
          yield* gather(both(a, b), both(b, a));
        })(),
        { loopFactory: virtualLoop },
      ),
    );
    expect(error).toBeInstanceOf(DeadlockError);
    expect(log.length).toBe(2);
  });

  it("of a cleanup that waits forever does not hide the first one, which is its cause", async () => {
    const reports: string[] = [];
    const host = new VirtualHost({ report: (text) => reports.push(text) });
    function* main() {
      try {
        yield* new Event().wait();
      } finally {
        yield* new Queue().get();
      }
    }
    const error = (await rejection(run(main(), { loopFactory: () => new EventLoop({ host }) }))) as Error;
    expect(error).toBeInstanceOf(DeadlockError);
    expect(error.message).toContain("get from <Queue");
    expect(error.cause).toBeInstanceOf(DeadlockError);
    expect((error.cause as Error).message).toContain("set of <Event");
    expect(reports.length).toBe(1);
    expect(reports[0]).toContain("Task was destroyed but it is pending!");
  });

  it("does not come while a timer runs, and not when the program ends well", async () => {
    function* main() {
      const event = new Event();
      getRunningLoop().callLater(1000, () => event.set());
      return yield* event.wait();
    }
    expect(await run(main(), { loopFactory: virtualLoop })).toBe(true);
  });
});
