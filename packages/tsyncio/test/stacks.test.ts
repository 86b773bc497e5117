import {
  asyncFor,
  asyncGenerator,
  asyncWith,
  type Coroutine,
  coroutine,
  createTask,
  gather,
  sleep,
  type Task,
  TaskGroup,
  timeout,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "./support.ts";

type Step = () => Coroutine<unknown>;

// Each is a frame of its own; the letter says of which kind.
function* plainA(next: Step): Coroutine<unknown> {
  return yield* next();
}
function* plainB(next: Step): Coroutine<unknown> {
  return yield* next();
}
const flatA = coroutine(function* flatA(next: Step) {
  return yield* next();
});
const flatB = coroutine(function* flatB(next: Step) {
  return yield* next();
});
function* waits(): Coroutine<void> {
  yield* sleep(1);
}
function* failsAfterWait(): Coroutine<void> {
  yield* sleep(1);
  throw new Error("late");
}
function* failsAtOnce(): Coroutine<void> {
  throw new Error("early");
}

type Link = (next: Step) => Coroutine<unknown>;
/** Calls the links one inside the other, the first outermost. */
const nest = ([link, ...rest]: readonly Link[], last: Step): Coroutine<unknown> =>
  link === undefined ? last() : link(() => nest(rest, last));

const chains: Record<string, readonly Link[]> = {
  plain: [plainA, plainB],
  flat: [flatA, flatB],
  "flat in plain": [plainA, flatA],
  "plain in flat": [flatA, plainA],
  "in turns, beginning plain": [plainA, flatA, plainB, flatB],
  "in turns, beginning flat": [flatA, plainA, flatB, plainB],
  "two and two": [plainA, plainB, flatA, flatB],
};
const ours = /\b(plainA|plainB|flatA|flatB|waits|failsAfterWait|failsAtOnce)\b/;
/** Which of ours the lines name. V8 has a line more between generators: "at plainA.next (<anonymous>)". */
const namesIn = (lines: readonly string[]) =>
  lines
    .map((line) => ours.exec(line)?.[1])
    .filter((name) => name !== undefined)
    .filter((name, i, all) => name !== all[i - 1]);

describe.each(Object.entries(chains))("a chain of coroutines, %s", (_name, links) => {
  const names = links.map((link) => link.name);

  it("is seen as a whole by getStack() while it waits, the outermost first", async () => {
    await simulate(function* () {
      const task = createTask(nest(links, waits));
      yield* sleep(0.5);
      expect(namesIn(task.getStack().map((frame) => frame.name))).toEqual([...names, "waits"]);
      for (const frame of task.getStack()) expect(frame.line).toBeGreaterThan(0);
      expect(task.getStack({ limit: 2 }).map((frame) => frame.name)).toEqual([names.at(-1), "waits"]);
      yield* task;
      expect(task.getStack()).toEqual([]);
    });
  });

  it("is not changed by being looked at", async () => {
    await simulate(function* () {
      const task = createTask(
        nest(links, function* () {
          yield* sleep(0);
          yield* waits();
          return "result";
        }),
      );
      for (let i = 0; i < 5; i++) {
        task.getStack();
        yield* sleep(0.2);
      }
      expect(yield* task).toBe("result");
    });
  });

  it("is whole in the stack of an error, also of one thrown after a wait", async () => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 100;
    await simulate(function* () {
      for (const fails of [failsAtOnce, failsAfterWait]) {
        const error = (yield* errorOf(createTask(nest(links, fails)))) as Error;
        expect(namesIn((error.stack ?? "").split("\n"))).toEqual([fails.name, ...[...names].reverse()]);
        expect(error.stack).toContain(error.message);
      }
    });
    Error.stackTraceLimit = limit;
  });
});

describe("getStack()", () => {
  function* names(task: Task<unknown>): Coroutine<readonly (string | undefined)[]> {
    yield* sleep(0.5);
    const found = namesIn(task.getStack().map((frame) => frame.name));
    task.cancel();
    return found;
  }

  it("sees through waitFor, timeout, groups, gather, asyncFor and async generators what the task itself runs", async () => {
    const generator = asyncGenerator(function* () {
      yield 1;
      yield* waits();
      yield 2;
    });
    const cases: Record<string, [make: () => Coroutine<unknown>, names: string[]]> = {
      waitFor: [() => flatA(() => waitFor(plainA(waits), 10)), ["flatA", "plainA", "waits"]],
      timeout: [() => plainA(() => asyncWith(timeout(10), () => flatA(waits))), ["plainA", "flatA", "waits"]],
      "body of a group": [
        () => plainA(() => asyncWith(new TaskGroup(), () => plainB(waits))),
        ["plainA", "plainB", "waits"],
      ],
      "exit of a group": [
        () =>
          plainA(() =>
            asyncWith(new TaskGroup(), function* (group) {
              group.createTask(waits());
            }),
          ),
        ["plainA"],
      ],
      gather: [
        () =>
          flatA(function* () {
            yield* gather(waits(), waits());
          }),
        ["flatA"],
      ],
      "body of asyncFor": [() => flatA(() => asyncFor(generator(), () => flatB(waits))), ["flatA", "flatB", "waits"]],
      "source of asyncFor": [() => flatA(() => asyncFor(generator(), () => sleep(0))), ["flatA", "waits"]],
    };
    await simulate(function* () {
      for (const [name, [make, expected]] of Object.entries(cases)) {
        expect([name, yield* names(createTask(make()))]).toEqual([name, expected]);
      }
    });
  });

  it("is empty for a task that has not begun, and does not begin it", async () => {
    await simulate(function* () {
      let begun = false;
      const task = createTask(
        (function* () {
          begun = true;
        })(),
      );
      expect([task.getStack(), begun]).toEqual([[], false]);
      yield* task;
    });
  });

  it("is what printStack() writes, the most recent call last", async () => {
    await simulate(function* () {
      const task = createTask(
        plainA(() => flatA(waits)),
        { name: "shown" },
      );
      yield* sleep(0.5);
      const texts: string[] = [];
      task.printStack({ file: (text) => texts.push(text) });
      expect(namesIn(texts.join("\n").split("\n"))).toEqual(["plainA", "flatA", "waits"]);
      expect(texts[0]).toContain("shown");
      yield* task;
      task.printStack({ file: (text) => texts.push(text) });
      expect(texts.at(-1)).toContain("No stack for");
    });
  });
});
