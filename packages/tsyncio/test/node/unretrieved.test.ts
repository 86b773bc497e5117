import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  ContextVar,
  type Coroutine,
  coroutine,
  createTask,
  type EventLoop,
  type ExceptionContext,
  Future,
  getRunningLoop,
  newEventLoop,
  sleep,
  Task,
} from "tsyncio";
import { describe, expect, it } from "vitest";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Lets finalizers run, which they do between turns of the platform, until the condition holds. */
async function collectUntil(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const place = new ContextVar<string>("place", { default: "outside" });

class Custom extends Error {}

const afterWait = coroutine(function* afterWait(): Coroutine<never> {
  yield* sleep(0);
  throw new RangeError("after a wait");
});

/** Ways to fail. The stack of an error that is not read leads to the task, in V8. */
const failing: Record<string, () => Coroutine<unknown>> = {
  *"an error"() {
    throw new RangeError("1/0");
  },
  *"an error whose stack was read"() {
    const error = new RangeError("1/0");
    void error.stack;
    throw error;
  },
  *"an error below two coroutines"() {
    yield* afterWait();
  },
  *"an error with a cause"() {
    throw new Custom("outer", { cause: new Error("inner") });
  },
  *"a group of errors"() {
    throw new AggregateError([new Error("a"), new AggregateError([new Error("b")])]);
  },
  *"a frozen error"() {
    throw Object.freeze(new Error("frozen"));
  },
  *"a string"() {
    throw "a string";
  },
  *"the error of a child"() {
    yield* createTask(failing["an error"]?.() as Coroutine<never>);
  },
};

function* inside(coro: Coroutine<unknown>): Coroutine<unknown> {
  place.set("inside");
  return yield* coro;
}

function watched(told: (context: ExceptionContext) => void): EventLoop {
  const loop = newEventLoop();
  loop.setExceptionHandler((_loop, context) => told(context));
  return loop;
}

describe("a failed task that nothing leads to is reported while the loop lives, in its context, as a task:", () => {
  it.each(Object.entries(failing))("%s", async (_name, fails) => {
    const reports: { message: string; place: string; asked: boolean; name: string }[] = [];
    const loop = watched(({ message, future, exception }) => {
      const task = future as Task<unknown>;
      const asked = task instanceof Task && task.done() && task.exception() === exception;
      reports.push({ message, place: place.get(), asked, name: task.getName() });
    });
    const names: string[] = [];
    await loop.runUntilComplete(
      (function* () {
        for (let i = 0; i < 1000; i++) names.push(createTask(inside(fails()), { name: `failing ${i}` }).getName());
        yield* sleep(0.001);
      })(),
    );
    await collectUntil(() => reports.length === 1000);
    expect(reports.map(({ name }) => name).sort()).toEqual(names.sort());
    expect(new Set(reports.map(({ name, ...rest }) => JSON.stringify(rest)))).toEqual(
      new Set([JSON.stringify({ message: "Task exception was never retrieved", place: "inside", asked: true })]),
    );
    loop.close();
    expect(reports).toHaveLength(1000);
  });
});

it("a failed future that nothing leads to is reported, also of a loop that does not run", async () => {
  const reports: string[] = [];
  const loop = watched(({ message, future }) => reports.push(`${message}: ${future}`));
  for (let i = 0; i < 100; i++) loop.createFuture().setException(new RangeError("x"));
  await collectUntil(() => reports.length === 100);
  expect(reports).toHaveLength(100);
  expect(new Set(reports)).toEqual(
    new Set(["Future exception was never retrieved: <Future finished exception=RangeError: x>"]),
  );
  loop.close();
});

it("the report has the stack that the error had", async () => {
  const stacks: string[] = [];
  const loop = watched(({ exception }) => stacks.push((exception as Error).stack as string));
  await loop.runUntilComplete(
    (function* () {
      createTask(
        (function* outermost() {
          yield* afterWait();
        })(),
      );
      yield* sleep(0.001);
    })(),
  );
  await collectUntil(() => stacks.length > 0);
  expect(stacks).toHaveLength(1);
  expect(stacks[0]).toMatch(/^RangeError: after a wait\n.*afterWait.*\n(.*\n)*.*outermost/);
  loop.close();
});

it("20,000 failed tasks leave the heap where it was, while the loop runs", async () => {
  let reports = 0;
  const loop = watched(() => reports++);
  const heap = (): number => {
    collectGarbage();
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  function* fail(count: number): Coroutine<void> {
    const expected = reports + count;
    for (let i = 0; i < count; i++) {
      createTask(afterWait());
      if (i % 1000 === 999) yield* sleep(0.001);
    }
    for (let i = 0; i < 500 && reports < expected; i++) {
      collectGarbage();
      yield* sleep(0.002);
    }
    expect(reports).toBe(expected);
  }
  const grown = await loop.runUntilComplete(
    (function* () {
      yield* fail(2000);
      const before = heap();
      yield* fail(20_000);
      return heap() - before;
    })(),
  );
  expect(grown).toBeLessThan(3 * 1024 * 1024);
  loop.close();
});

it("an idle loop reports a future that native code has failed", async () => {
  const reports: unknown[] = [];
  const loop = watched(({ exception }) => reports.push(exception));
  await loop.runUntilComplete(
    (function* () {
      const idle = getRunningLoop().createFuture<void>();
      setTimeout(() => new Future({ loop }).setException("from outside"), 1);
      void collectUntil(() => reports.length > 0).then(() => idle.setResult());
      yield* idle;
    })(),
  );
  expect(reports).toEqual(["from outside"]);
  loop.close();
});

it("a loop that is dropped without close() is collected, with the failed futures that it leads to", async () => {
  let dropped = 0;
  const registry = new FinalizationRegistry(() => dropped++);
  function drop(): void {
    const loop = watched(() => {});
    const failed = loop.createFuture<void>();
    failed.setException(new Error("x"));
    loop.callSoon(() => failed.done());
    registry.register(loop, undefined);
  }
  for (let i = 0; i < 10; i++) drop();
  await collectUntil(() => dropped === 10);
  expect(dropped).toBe(10);
});
