import {
  asyncFor,
  asyncGenerator,
  asyncMap,
  asyncWith,
  type Coroutine,
  coroutine,
  createTask,
  cursor,
  Lock,
  sleep,
  type Task,
  toArray,
} from "tsyncio";
import { expect, test } from "vitest";
import { simulate } from "../support.ts";

const numbers = asyncGenerator(function* numbers() {
  yield 1;
  yield* asyncWith(new Lock(), function* inLock() {
    yield* nap();
  });
  yield 2;
});

const nap = coroutine(function* nap() {
  yield* sleep(5);
});

function* byFor(): Coroutine<void> {
  yield* asyncFor(numbers(), function* body() {});
}
function* byCursor(): Coroutine<void> {
  const c = cursor(numbers());
  while (yield* c.next());
}
function* byAnext(): Coroutine<void> {
  const g = numbers();
  yield* g.anext();
  yield* g.anext();
}
function* byArray(): Coroutine<void> {
  yield* toArray(numbers());
}
const byFlat = coroutine(function* byFlat() {
  yield* byFor();
});

/** The names of the frames of this file, the outermost first. On other runtimes it runs as JavaScript. */
function frames(task: Task<unknown>): string[] {
  const own = task.getStack().filter((frame) => /\bstack\.test\.[jt]s$/.test(frame.file));
  return own.map((frame) => frame.name);
}

const waysIn: [string, () => Coroutine<void>, string[]][] = [
  ["asyncFor", byFor, ["byFor"]],
  ["cursor", byCursor, ["byCursor"]],
  ["anext()", byAnext, ["byAnext"]],
  ["toArray", byArray, ["byArray"]],
  ["a flat coroutine", byFlat, ["byFlat", "byFor"]],
];

test.each(waysIn)(
  "the stack of a task shows the frames of the user through %s, a generator and asyncWith",
  (_, way, outer) =>
    simulate(function* () {
      const task = createTask(way());
      yield* sleep(1);
      expect(frames(task)).toEqual([...outer, "numbers", "inLock", "nap"]);
      // Looking changes nothing.
      expect(frames(task)).toEqual([...outer, "numbers", "inLock", "nap"]);
      yield* task;
    }),
);

test("also where the body of an asyncFor waits, and through a chain of generators", () =>
  simulate(function* () {
    function* chain(): Coroutine<void> {
      const mapped = asyncMap(numbers(), function* mapper(x) {
        yield* nap();
        return x;
      });
      yield* asyncFor(mapped, function* body() {
        yield* sleep(5);
      });
    }
    const task = createTask(chain());
    yield* sleep(1);
    expect(frames(task)).toEqual(["chain", "mapper", "nap"]);
    yield* sleep(5);
    expect(frames(task)).toEqual(["chain", "body"]);
    yield* task;
  }));

test("the stack of an error that crosses a generator names the frames of the user", () =>
  simulate(function* () {
    const failing = asyncGenerator(function* failing() {
      yield 1;
      yield* nap();
      throw new TypeError("t");
    });
    function* consumer(): Coroutine<void> {
      const c = cursor(failing());
      while (yield* c.next());
    }
    try {
      yield* consumer();
    } catch (error) {
      const { stack } = error as Error;
      expect(stack).toMatch(/failing.*consumer/s);
      return;
    }
    throw new Error("an error was expected");
  }));
