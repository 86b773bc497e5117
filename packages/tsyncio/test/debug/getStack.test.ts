import {
  asyncFor,
  asyncGenerator,
  asyncWith,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  Event,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  type StackFrame,
  shield,
  sleep,
  TaskGroup,
  timeout,
  wait,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { simulate } from "../support.ts";
import { namesOf } from "./stacks.ts";

const NAMES = ["outer", "plain", "flat", "leaf", "body", "each", "ticks"];

function* leaf(): Coroutine<void> {
  yield* sleep(5);
}
const flat = coroutine(function* flat(inner: () => Coroutine<unknown>) {
  yield* inner();
});
function* plain(inner: () => Coroutine<unknown>): Coroutine<void> {
  yield* inner();
}
const ticks = asyncGenerator(function* ticks() {
  yield 1;
  yield* leaf();
  yield 2;
});

/** What `outer` does, and the frames above it. */
const shapes: [string, () => Coroutine<unknown>, string[]][] = [
  ["sleep", () => sleep(5), []],
  ["a chain of plain coroutines", () => plain(() => plain(leaf)), ["plain", "plain", "leaf"]],
  ["a chain of flat coroutines", () => flat(() => flat(leaf)), ["flat", "flat", "leaf"]],
  [
    "flat in plain in flat",
    () => flat(() => plain(() => flat(() => plain(leaf)))),
    ["flat", "plain", "flat", "plain", "leaf"],
  ],
  [
    "gather",
    function* body() {
      yield* gather(leaf(), leaf());
    },
    ["body"],
  ],
  [
    "wait",
    function* body() {
      yield* wait([createTask(leaf())]);
    },
    ["body"],
  ],
  ["waitFor", () => waitFor(leaf(), 9), ["leaf"]],
  ["waitFor of a flat coroutine", () => waitFor(flat(leaf), 9), ["flat", "leaf"]],
  ["waitFor without a limit", () => waitFor(leaf(), null), ["leaf"]],
  [
    "shield",
    function* body() {
      yield* shield(leaf());
    },
    ["body"],
  ],
  [
    "a task",
    function* body() {
      yield* createTask(leaf());
    },
    ["body"],
  ],
  [
    "a group that waits",
    () =>
      asyncWith(new TaskGroup(), function* body(group) {
        group.createTask(leaf());
      }),
    [],
  ],
  [
    "the block of a group",
    () =>
      asyncWith(new TaskGroup(), function* body() {
        yield* leaf();
      }),
    ["body", "leaf"],
  ],
  [
    "the block of a timeout",
    () =>
      asyncWith(timeout(9), function* body() {
        yield* flat(leaf);
      }),
    ["body", "flat", "leaf"],
  ],
  [
    "the block of a lock",
    () =>
      asyncWith(new Lock(), function* body() {
        yield* leaf();
      }),
    ["body", "leaf"],
  ],
  ["the source of an asyncFor", () => asyncFor(ticks(), function* each() {}), ["ticks", "leaf"]],
  [
    "the body of an asyncFor",
    () =>
      asyncFor(ticks(), function* each() {
        yield* leaf();
      }),
    ["each", "leaf"],
  ],
  ["an event", () => waitFor(new Event().wait(), 5), []],
  ["a queue", () => waitFor(new Queue().get(), 5), []],
  [
    "sleep(0)",
    function* body() {
      for (let i = 0; i < 9; i++) yield* sleep(0);
    },
    ["body"],
  ],
];

describe("task.getStack()", () => {
  it.each(shapes)("shows where a task waits: %s", (_, inner, expected) =>
    simulate(function* main() {
      function* outer() {
        yield* inner();
      }
      const task = createTask(outer());
      yield* sleep(0);
      if (expected[0] !== "body" || _ !== "sleep(0)") yield* sleep(0);
      expect(namesOf(task.getStack(), NAMES)).toEqual(["outer", ...expected]);
      // Looking changes nothing.
      expect(namesOf(task.getStack(), NAMES)).toEqual(["outer", ...expected]);
      task.cancel();
      yield* wait([task]);
      expect(task.cancelled()).toBe(true);
    }),
  );

  it("follows a task from wait to wait, and is empty before its begin and after its end", () =>
    simulate(function* main() {
      const seen: unknown[] = [];
      const look = () => seen.push(namesOf(task.getStack(), NAMES));
      function* outer() {
        look();
        yield* flat(leaf);
        yield* plain(leaf);
      }
      const task = createTask(outer());
      look();
      yield* sleep(1);
      look();
      yield* sleep(5);
      look();
      yield* task;
      look();
      expect(seen).toEqual([[], ["outer"], ["outer", "flat", "leaf"], ["outer", "plain", "leaf"], []]);
    }));

  it("takes the innermost frames where a limit is given", () =>
    simulate(function* main() {
      function* outer() {
        yield* plain(leaf);
      }
      const task = createTask(outer());
      yield* sleep(0);
      const names = (limit: number | null) => task.getStack({ limit }).map((frame) => frame.name);
      expect(names(2)).toEqual(["plain", "leaf"]);
      expect(names(null).slice(-3)).toEqual(["outer", "plain", "leaf"]);
      yield* task;
    }));

  it("works on a task that was woken and has not gone on yet", () =>
    simulate(function* main() {
      const event = new Event();
      function* outer() {
        yield* event.wait();
      }
      const task = createTask(outer());
      yield* sleep(0);
      event.set();
      expect(namesOf(task.getStack(), NAMES)).toEqual(["outer"]);
      yield* task;
    }));

  it("does not run anything of the coroutine", () =>
    simulate(function* main() {
      const log: string[] = [];
      function* outer() {
        try {
          log.push(String(yield* sleep(5, "value")));
        } catch {
          log.push("caught");
        } finally {
          log.push("finally");
        }
      }
      const task = createTask(outer());
      yield* sleep(1);
      for (let i = 0; i < 3; i++) task.getStack();
      expect(log).toEqual([]);
      yield* task;
      expect(log).toEqual(["value", "finally"]);
      expect(getRunningLoop().time()).toBe(5);
    }));
});

describe("task.printStack()", () => {
  it("writes the frames as Python's traceback does, the most recent call last", () =>
    simulate(function* main() {
      function* outer() {
        yield* plain(leaf);
      }
      const task = createTask(outer(), { name: "t" });
      const texts: string[] = [];
      const file = (text: string) => texts.push(text);
      task.printStack({ file });
      yield* sleep(0);
      task.printStack({ file, limit: 3 });
      const lines = texts[1]?.split("\n").map((line) => line.replace(/".*", line \d+/, '"F", line N'));
      expect(texts[0]).toBe('No stack for <Task pending name="t">');
      expect(lines).toEqual([
        expect.stringMatching(/^Stack for <Task pending "F", line N|^Stack for <Task pending name="t"/),
        '  File "F", line N, in outer',
        '  File "F", line N, in plain',
        '  File "F", line N, in leaf',
      ]);
      yield* task;
    }));

  it("shows no frame of the runtime's where a coroutine of its own stands between", () =>
    simulate(function* main() {
      const lock = new Lock();
      yield* lock.acquire();
      const task = createTask(
        (function* wants() {
          yield* lock.aenter();
        })(),
      );
      yield* sleep(0);
      expect(task.getStack().map(({ name }) => name)).toEqual(["wants"]);
      task.cancel();
    }));

  it("of the task that runs ends with its caller, plain functions among them", () =>
    simulate(function* main() {
      function* inner(): Coroutine<StackFrame[]> {
        return ordinary();
      }
      function ordinary(): StackFrame[] {
        return currentTask()?.getStack() ?? [];
      }
      const names = (yield* inner()).map(({ name }) => name);
      expect(names.slice(-3)).toEqual(["main", "inner", "ordinary"]);
      const texts: string[] = [];
      currentTask()?.printStack({ file: (text) => texts.push(text) });
      expect(texts.join()).toMatch(/^Stack for .*in main$/s);
    }));
});
