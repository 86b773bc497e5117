/** A look in parts: what each holds, what they make together, and that the program does not notice. */

import {
  type Coroutine,
  coroutine,
  createTask,
  Event,
  gather,
  getRunningLoop,
  run,
  sleep,
  type Task,
  wait,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { Graph } from "../../../src/inspect/graph.ts";
import { type Slice, Slices, WIDE } from "../../../src/inspect/slices.ts";
import type { TaskData } from "../../../src/inspect/snapshot.ts";
import { treeLines } from "../../../src/inspect/tree.ts";
import { oldestWaiting, whyLines } from "../../../src/inspect/why.ts";
import { sleepingTask } from "./support.ts";

interface Look {
  slice(isOver?: () => boolean): Slice;
}

const { diagnostics } = (
  globalThis as unknown as Record<symbol, { diagnostics: { lookAtThread(values: boolean): Look } }>
)[Symbol.for("tsyncio")] as { diagnostics: { lookAtThread(values: boolean): Look } };

/** All parts of a look, each as small as it can be. */
function parts(): Slice[] {
  const look = diagnostics.lookAtThread(false);
  const slices: Slice[] = [];
  do slices.push(look.slice(() => true));
  while ((slices.at(-1) as Slice).left > 0);
  return slices;
}

function together(slices: readonly Slice[]): Slices {
  const all = new Slices();
  for (const slice of slices) all.add(slice);
  return all;
}

function* waits(event: Event): Coroutine<void> {
  yield* event.wait();
}

/** Runs `look` while `begin` has tasks that wait. */
function whileWaiting(begin: (event: Event) => Task<unknown>[], look: () => void): Promise<void> {
  return run(
    (function* () {
      const event = new Event();
      const tasks = begin(event);
      yield* sleep(0.01);
      look();
      event.set();
      if (tasks.length > 0) yield* wait(tasks);
    })(),
  );
}

describe("a look in parts", () => {
  it("has one task in a part of no budget, and in all what one part has", () =>
    whileWaiting(
      (event) => Array.from({ length: 20 }, () => createTask(waits(event))),
      () => {
        const slices = parts();
        expect(slices.length).toBeGreaterThan(20);
        for (const { rows } of slices) expect(rows.length).toBeLessThanOrEqual(1);
        const whole = together([diagnostics.lookAtThread(false).slice()]);
        const { tasks, stacks } = together(slices);
        // The look stands on the stack of the task that runs.
        const suspended = (task: TaskData): boolean => task.state !== "running";
        expect(tasks.filter(suspended)).toEqual(whole.tasks.filter(suspended));
        expect(stacks.length).toBe(whole.stacks.length);
      },
    ));

  it("tells once what tasks at the same place have in common", () =>
    whileWaiting(
      (event) => Array.from({ length: 1000 }, () => createTask(waits(event))),
      () => {
        const { rows, commons, stacks } = diagnostics.lookAtThread(false).slice();
        expect(rows.length).toBe(1001);
        expect(commons.length).toBeLessThan(5);
        expect(stacks.length).toBeLessThan(5);
        expect(JSON.stringify({ rows, commons }).length / rows.length).toBeLessThan(40);
      },
    ));

  it("has the children of a huge gather in several parts", () =>
    whileWaiting(
      (event) => {
        function* gathers(): Coroutine<void> {
          yield* gather(...Array.from({ length: 5 * WIDE }, () => waits(event)));
        }
        return [createTask(gathers(), { name: "gathers" })];
      },
      () => {
        const slices = parts();
        for (const { commons, more } of slices) {
          for (const { on } of commons) expect(on.length).toBeLessThanOrEqual(WIDE);
          for (const [, on] of more) expect(on.length).toBeLessThanOrEqual(WIDE);
        }
        const { tasks } = together(slices);
        const gathers = tasks.find(({ name }) => name === "gathers") as TaskData;
        expect(gathers.on).toHaveLength(5 * WIDE);
        expect(new Set(gathers.on).size).toBe(5 * WIDE);
        const thread = { format: 1, loops: [], tasks, stacks: [], running: [] } as const;
        expect(new Graph(thread).children.get(gathers.id)).toHaveLength(5 * WIDE);
      },
    ));

  it("follows gathers inside each other, however deep", () =>
    whileWaiting(
      (event) => {
        const inner = createTask(waits(event), { name: "inner" });
        let nested = gather(inner as Task<unknown>);
        for (let i = 0; i < 20_000; i++) nested = gather(nested as never);
        function* awaits(): Coroutine<void> {
          yield* nested;
        }
        return [inner, createTask(awaits(), { name: "outer" })];
      },
      () => {
        const { tasks } = together(parts());
        const [inner, outer] = ["inner", "outer"].map((name) => tasks.find((task) => task.name === name));
        expect(outer?.on).toEqual([inner?.id]);
      },
    ));

  it("finds the two ends of a recursion of a hundred thousand coroutines, alike for tasks at the same depth", () => {
    const deep: (event: Event, depth: number) => Coroutine<void> = coroutine(function* deep(
      event: Event,
      depth: number,
    ): Coroutine<void> {
      if (depth > 0) yield* deep(event, depth - 1);
      else yield* event.wait();
    });
    const depths = [100_000, 100_000, 90_000];
    return whileWaiting(
      (event) => depths.map((depth, i) => createTask(deep(event, depth), { name: `deep ${i}` })),
      () => {
        const { tasks, stacks } = together(parts());
        const [a, b, c] = depths.map((_, i) => tasks.find(({ name }) => name === `deep ${i}`)?.stack as number);
        expect(a).toBe(b);
        expect(a).not.toBe(c);
        const places = stacks[a as number] ?? [];
        expect(places.length).toBeLessThan(120);
        expect(places.filter(({ file }) => file === "")).toEqual([
          { name: expect.stringMatching(/^… 999\d\d coroutines between …$/), file: "", line: 0, column: 0 },
        ]);
        expect(places.at(-1)?.name).toBe("deep");
      },
    );
  });

  it("leaves Error as it was", async () => {
    const before = Object.getOwnPropertyDescriptors(Error);
    const look = (): void => void together(parts());
    await whileWaiting((event) => [createTask(waits(event))], look);
    expect(Object.getOwnPropertyDescriptors(Error)).toEqual(before);
    const own = (error: Error): string => `own ${error.message}`;
    const changed = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
    try {
      Error.prepareStackTrace = own;
      await whileWaiting((event) => [createTask(waits(event))], look);
      expect(Error.prepareStackTrace).toBe(own);
    } finally {
      if (changed === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
      else Object.defineProperty(Error, "prepareStackTrace", changed);
    }
  });

  it("is made of a loop that does not run too", () => {
    expect(getRunningLoop).toThrow();
    expect(parts()).toHaveLength(1);
  });
});

const COUNT = 100_000;
const threadOf = (tasks: readonly TaskData[]) => ({ format: 1, loops: [], tasks, stacks: [], running: [] }) as const;

// Work that grows with the square of the number would take minutes here.
describe("a hundred thousand tasks", () => {
  it("in one circle are drawn and explained", () => {
    const tasks = Array.from({ length: COUNT }, (_, i) =>
      sleepingTask(i + 1, { on: [((i + 1) % COUNT) + 1], waitsFor: "a task" }),
    );
    const lines = treeLines(threadOf(tasks));
    expect(lines.filter((line) => line.includes("╭─>"))).toHaveLength(1);
    const why = whyLines(threadOf(tasks), tasks[0] as TaskData);
    expect(why.at(-1)).toBe("None of them can go on.");
    expect(why.length).toBeLessThan(100);
  });

  it("that one waits for, beside as many others, are explained", () => {
    const on = Array.from({ length: COUNT }, (_, i) => i + 2);
    const parent = sleepingTask(1, { on, via: "part", waitsFor: "gather" });
    const event = { waitsFor: "set of <Event [unset]>" };
    const tasks = [
      parent,
      ...on.map((id) => sleepingTask(id, event)),
      ...on.map((id) => sleepingTask(id + COUNT, event)),
    ];
    const lines = whyLines(threadOf(tasks), parent);
    expect(lines).toContain(`It waits for ${COUNT - 1} more:`);
    expect(lines.at(-1)).toBe(`  and ${COUNT - 5} more`);
  });

  it("in one chain, each of which another waits for too, are searched for the oldest", () => {
    const chain = Array.from({ length: COUNT }, (_, i) =>
      sleepingTask(i + 1, i + 1 < COUNT ? { on: [i + 2], via: "hold" } : {}),
    );
    expect(oldestWaiting(threadOf(chain))).toBe(chain[0]);
  });
});
