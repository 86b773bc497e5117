import {
  asyncWith,
  type Coroutine,
  createTask,
  currentTask,
  Event,
  formatCallGraph,
  formatTaskTree,
  gather,
  getRunningLoop,
  Lock,
  printCallGraph,
  printTaskTree,
  sleep,
  type Task,
  TaskGroup,
  virtualLoop,
  wait,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { simulate } from "../support.ts";
import { plainLooksAsync } from "./stacks.ts";

/** Files, lines and numbers differ between hosts. */
function bare(text: string): string[] {
  const lines = text
    .split("\n")
    .map((line) => line.replace(/File '[^']+', line \d+/, "File F").replace(/id=0x[\da-f]+/, "id=N"));
  return lines.map((line) => line.replace(/, at (\w+) \(.*:\d+\)$/, ", at $1"));
}

function* child(): Coroutine<void> {
  yield* sleep(10);
}

describe("formatCallGraph()", () => {
  it("has the form of Python's", () =>
    simulate(function* main() {
      currentTask()?.setName("Main");
      let text = "";
      const plain = () => {
        text = formatCallGraph();
      };
      function* inner() {
        yield* sleep(1);
        plain();
      }
      yield* gather(createTask(inner(), { name: "it's" }));
      expect(bare(text)).toEqual([
        "* Task(name='it\\'s', id=N)",
        "  + Call stack:",
        `  |   File F, in ${plainLooksAsync ? "async " : ""}plain()`,
        "  |   File F, in async inner()",
        "  + Awaited by:",
        "    * Task(name='Main', id=N)",
        "      + Call stack:",
        "      |   File F, in async main()",
      ]);
    }));

  it("names plain futures, and numbers each future once", () =>
    simulate(function* main() {
      const future = getRunningLoop().createFuture();
      const text = formatCallGraph(future);
      expect(text).toMatch(/^\* Future\(id=0x[\da-f]+\)$/);
      expect(formatCallGraph(future)).toBe(text);
      expect(formatCallGraph(getRunningLoop().createFuture())).not.toBe(text);
    }));

  it("is cut where tasks await each other along a million ways", () =>
    simulate(function* main() {
      let layer = [createTask(child())];
      const first = layer[0] as Task<void>;
      function* all(tasks: Task<void>[]): Coroutine<void> {
        yield* gather(...tasks);
      }
      for (let i = 0; i < 20; i++) layer = [createTask(all(layer)), createTask(all(layer))];
      yield* sleep(1);
      const lines = formatCallGraph(first, { limit: 0 }).split("\n");
      expect(lines.length).toBeGreaterThan(9_999);
      expect(lines.length).toBeLessThan(10_100);
      expect(lines.filter((line) => line === "…").length).toBe(1);
      yield* wait(layer);
    }));
});

describe("printCallGraph()", () => {
  it("writes by the function it is given, from its caller on", () =>
    simulate(function* main() {
      const texts: string[] = [];
      function* inner() {
        yield* sleep(0);
        printCallGraph(null, { file: (text) => texts.push(text) });
        printCallGraph(null, { file: (text) => texts.push(text), limit: 1 });
      }
      yield* inner();
      const [head, stack, first, second] = bare(texts[0] as string);
      expect([head?.startsWith("* Task("), stack, first, second]).toEqual([
        true,
        "  + Call stack:",
        "  |   File F, in async inner()",
        "  |   File F, in async main()",
      ]);
      expect(bare(texts[1] as string).slice(2)).toEqual(["  |   File F, in async inner()"]);
    }));
});

describe("formatTaskTree()", () => {
  it("draws each task under the one that awaits it: what it waits for, and where", () =>
    simulate(function* main() {
      currentTask()?.setName("main task");
      const lock = new Lock();
      function* holds() {
        using _ = yield* lock.acquire();
        yield* sleep(10);
      }
      function* looks() {
        yield* sleep(1);
        return formatTaskTree();
      }
      const text = yield* asyncWith(new TaskGroup(), function* body(group) {
        group.createTask(holds(), { name: "first" });
        group.createTask(holds(), { name: "second" });
        group.createTask(gathers(), { name: "third" });
        createTask(child(), { name: "background" });
        return yield* group.createTask(looks(), { name: "fourth" });
      });
      function* gathers() {
        yield* gather(createTask(child(), { name: "a" }), createTask(child(), { name: "b" }));
      }
      expect(bare(text as string)).toEqual([
        'main task main(): waits for <Task pending name="fourth">, at body',
        "├── first holds(): waits for sleep(10), at holds",
        "├── second holds(): waits for acquire of <Lock [locked, waiters:1]>, held by first, at holds",
        "├── third gathers(): waits for gather of 2, 2 not done: a, b, at gathers",
        "│   ├── a child(): waits for sleep(10), at child",
        "│   └── b child(): waits for sleep(10), at child",
        "└── fourth looks(): runs now, at looks",
        "background child(): waits for sleep(10), at child",
      ]);
    }));

  it("says of tasks that do not wait what they do", () =>
    simulate(function* main() {
      const event = new Event();
      const about = createTask(
        (function* about() {
          yield* event.wait();
        })(),
        { name: "about" },
      );
      const turn = createTask(
        (function* turn() {
          yield* sleep(0);
          yield* sleep(0);
        })(),
        { name: "turn" },
      );
      yield* sleep(0);
      const unbegun = createTask(child(), { name: "unbegun" });
      event.set();
      const [, ...lines] = bare(formatTaskTree());
      expect(lines).toEqual([
        "about about(): is about to go on, at about",
        "turn turn(): waits for its next turn, at turn",
        "unbegun: has not begun",
      ]);
      yield* wait([about, turn, unbegun]);
    }));

  it("draws a task that several await once in full, and ends in circles", () =>
    simulate(function* main() {
      const tasks: Task<void>[] = [];
      function* other(...indices: number[]) {
        yield* sleep(0);
        for (const i of indices) yield* tasks[i] as Task<void>;
      }
      for (const [name, indices] of Object.entries({ a: [2], b: [2], shared: [], x: [4], y: [3] })) {
        tasks.push(createTask(indices.length === 0 ? child() : other(...indices), { name }));
      }
      yield* sleep(1);
      const lines = bare(formatTaskTree()).map((line) => line.replace(/: waits .*/, ""));
      expect(lines.slice(1)).toEqual([
        "a other()",
        "└── shared child()",
        "b other()",
        "└── shared: see above",
        "x other()",
        "│   in a circle:",
        '│     ╭─> x waits for <Task pending name="y" waitsFor=<Task x>>',
        '│     │   y waits for <Task pending name="x" waitsFor=<Task y>>',
        "│     ╰──",
        "└── y other()",
        "    └── x: see above",
      ]);
      tasks[3]?.cancel();
      yield* wait(tasks);
    }));

  it("is printed by printTaskTree(), for a loop at rest too", async () => {
    const loop = virtualLoop();
    const task = loop.createTask(child(), { name: "child" });
    const texts: string[] = [];
    printTaskTree(loop, { file: (text) => texts.push(text) });
    expect(texts).toEqual(["child: has not begun"]);
    await loop.runUntilComplete(task);
    expect(formatTaskTree(loop)).toBe("");
  });
});
