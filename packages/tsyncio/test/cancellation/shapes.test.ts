import { asyncWith, type Coroutine, createTask, sleep, type Task, TaskGroup, TimeoutError, waitFor } from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";
import { cleanupShapes } from "./cleanups.ts";
import { iterationShapes } from "./iterations.ts";
import { placeShapes } from "./places.ts";
import type { Log, Shape } from "./shape.ts";
import { waitShapes } from "./waits.ts";

const shapes = [...waitShapes, ...placeShapes, ...iterationShapes, ...cleanupShapes];

/** The ways in which a coroutine is cancelled from outside, after a second. */
const ways: Record<string, (shape: Shape, log: Log) => Coroutine<unknown>> = {
  *"by task.cancel()"(shape, log) {
    const task = createTask(shape.build(log));
    yield* sleep(1);
    task.cancel();
    yield* errorOf(task);
    expect(task.cancelled()).toBe(true);
    yield* sleep(50);
  },
  *"by task.cancel(), as an eager task"(shape, log) {
    const task = createTask(shape.build(log), { eagerStart: true });
    yield* sleep(1);
    task.cancel();
    yield* errorOf(task);
    expect(task.cancelled()).toBe(true);
    yield* sleep(50);
  },
  *"at the end of run()"(shape, log) {
    createTask(shape.build(log));
    yield* sleep(1);
  },
  *"by a timeout"(shape, log) {
    expect(yield* errorOf(waitFor(shape.build(log), 1))).toBeInstanceOf(TimeoutError);
    yield* sleep(50);
  },
  *"by a sibling in a TaskGroup that fails"(shape, log) {
    function* fails(): Coroutine<never> {
      yield* sleep(1);
      throw new Error("sibling");
    }
    let task = null as Task<unknown> | null;
    yield* errorOf(
      asyncWith(new TaskGroup(), function* (tg) {
        task = tg.createTask(shape.build(log));
        tg.createTask(fails());
      }),
    );
    expect(task?.cancelled()).toBe(true);
    yield* sleep(50);
  },
};

for (const [way, cancel] of Object.entries(ways)) {
  describe(`cancelled ${way}, c1 and c2 run and nothing leaks`, () => {
    it.each(shapes)("$name", async (shape) => {
      const log: Log = [];
      await simulate(() => cancel(shape, log));
      const expected = shape.expected ?? ["c1", "c2"];
      expect(log).toEqual(way === "at the end of run()" ? (shape.expectedAtEnd ?? expected) : expected);
    });
  });
}

it("there are at least fifty shapes, each of its own", () => {
  expect(new Set(shapes.map((shape) => shape.name)).size).toBe(shapes.length);
  expect(shapes.length).toBeGreaterThanOrEqual(50);
});
