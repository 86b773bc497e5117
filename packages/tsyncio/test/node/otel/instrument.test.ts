/** `instrument`: spans of tasks, and metrics. */

import { SpanStatusCode } from "@opentelemetry/api";
import {
  asyncWith,
  type Coroutine,
  createTask,
  currentTask,
  Event,
  fromPromise,
  gather,
  newEventLoop,
  Queue,
  run,
  sleep,
  TaskGroup,
} from "tsyncio";
import { type InstrumentOptions, instrument, observeQueue, withSpan } from "tsyncio/otel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { errorOf } from "../../support.ts";
import { elsewhere, Sdk } from "./support.ts";

let sdk: Sdk;
beforeEach(() => {
  sdk = new Sdk();
});
afterEach(() => sdk[Symbol.dispose]());

async function instrumented(options: InstrumentOptions, main: () => Coroutine<unknown>): Promise<void> {
  const instrumentation = instrument(options);
  try {
    await run(main());
  } finally {
    instrumentation.disable();
  }
}

describe("a span for each task", () => {
  it("is a child of what the maker was in, and the parent of what is made in the task", async () => {
    function* child(): Coroutine<void> {
      elsewhere("in the child");
      yield* sleep(0.001);
      elsewhere("later in the child");
      yield* createTask(sleep(0), { name: "grandchild" });
    }
    await instrumented({}, function* () {
      currentTask()?.setName("main");
      yield* withSpan("block", () => createTask(child(), { name: "child" }));
      elsewhere("in main");
    });
    expect(sdk.tree()).toEqual([
      "child > in the child",
      "child > later in the child",
      "child > grandchild",
      "block > child",
      "main > block",
      "main > in main",
      "main",
    ]);
  });

  it("tells how the task has ended, and by which task it was cancelled", async () => {
    await instrumented({ metrics: false }, function* () {
      currentTask()?.setName("main");
      const fails = createTask(
        (function* (): Coroutine<void> {
          throw new RangeError("too far");
        })(),
        { name: "fails" },
      );
      const waits = createTask(sleep(1000), { name: "waits" });
      yield* errorOf(fails);
      waits.cancel("a secret reason");
      yield* errorOf(waits);
    });
    expect(sdk.span("fails").status).toEqual({ code: SpanStatusCode.ERROR, message: "too far" });
    const { status, attributes, events } = sdk.span("waits");
    expect(status.code).toBe(SpanStatusCode.UNSET);
    expect(attributes).toEqual({ "tsyncio.task.name": "waits", "tsyncio.cancelled": true });
    expect(events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ["cancel", { "tsyncio.cancelled_by": "main" }],
    ]);
    expect(sdk.span("main").status.code).toBe(SpanStatusCode.UNSET);
  });

  it("is called task where the program has given no name, which is an attribute then", async () => {
    await instrumented({ tasks: true }, () => sleep(0));
    expect(sdk.ended.map(({ name }) => name)).toEqual(["task"]);
    expect(sdk.ended[0]?.attributes["tsyncio.task.name"]).toMatch(/^Task-\d+$/);
  });

  it("does not count as having asked for the exception", async () => {
    const reports: string[] = [];
    await instrumented({}, function* () {
      currentTask()
        ?.getLoop()
        .setExceptionHandler((_, { message }) => reports.push(message));
      createTask(
        (function* (): Coroutine<void> {
          throw new Error("no code asks");
        })(),
      );
      yield* sleep(0);
    });
    expect(reports).toEqual(["Task exception was never retrieved"]);
  });

  it("is there only for chosen tasks, and only until it is disabled", async () => {
    const event = new Event();
    const instrumentation = instrument({ tasks: (task) => task.getName().startsWith("request") });
    await run(
      asyncWith(new TaskGroup(), function* (group) {
        group.createTask(sleep(0), { name: "other" });
        group.createTask(event.wait(), { name: "request 1" });
        yield* sleep(0);
        instrumentation.disable();
        instrumentation.disable(); // does nothing
        group.createTask(sleep(0), { name: "request 2" });
        event.set();
      }),
    );
    expect(sdk.ended.map(({ name }) => name)).toEqual(["request 1"]);
  });
});

describe("metrics", () => {
  it("count tasks by state, and the items of queues", async () => {
    const queue = new Queue<number>();
    using _queue = observeQueue("orders", queue);
    const gone = observeQueue("gone", new Queue());
    gone[Symbol.dispose]();
    let tasks = new Map<string, unknown>();
    let sizes = new Map<string, unknown>();
    await instrumented({ tasks: false }, function* () {
      for (const item of [1, 2, 3]) queue.putNowait(item);
      const waits = [1, 2].map(() => createTask(new Event().wait()));
      yield* sleep(0);
      createTask(sleep(0)); // has not begun
      tasks = yield* measured("tsyncio.tasks");
      sizes = yield* measured("tsyncio.queue.size");
      for (const task of waits) task.cancel();
      yield* gather(...waits, { returnExceptions: true });
    });
    expect(tasks.get("waiting")).toBe(3); // main waits for the figures
    expect([...tasks.keys()]).toEqual(["new", "ready", "running", "waiting"]);
    expect([...sizes]).toEqual([["orders", 3]]);
    expect(sdk.ended).toEqual([]);
  });

  it("tell how late the loop is", async () => {
    await instrumented({ tasks: false }, function* () {
      for (;;) {
        const until = performance.now() + 150;
        while (performance.now() < until);
        yield* sleep(0.01);
        const lag = (yield* measured("tsyncio.loop.lag")).get("") as { max: number; count: number } | undefined;
        if (lag !== undefined && lag.max >= 0.05) return;
      }
    });
  });
});

function* measured(name: string): Coroutine<Map<string, unknown>> {
  return yield* fromPromise(sdk.metric(name));
}

describe("wrong use", () => {
  it("is an error that says what to do", () => {
    expect(() => instrument({ task: true } as never)).toThrow(/instrument has no option "task": did you mean tasks\?/);
    expect(() => instrument({ tasks: 1 as never })).toThrow("tasks must be true, false or a function of a task, got 1");
    expect(() => instrument({ metrics: "yes" as never })).toThrow('metrics must be true or false, got "yes"');
    expect(() => observeQueue("a", [] as never)).toThrow(/observeQueue expects a queue, got /);
    expect(() => observeQueue(1 as never, new Queue())).toThrow("observeQueue expects a name, got 1");
    using _ = instrument();
    expect(() => instrument()).toThrow("instrument() has been called already: disable that one first");
  });

  it("by a choice that throws is reported, and ends the spans, not the tasks", async () => {
    const reports: unknown[] = [];
    const chosen = (): boolean => {
      throw new Error("wrong choice");
    };
    const loop = newEventLoop();
    loop.setExceptionHandler((_, { exception }) => reports.push(exception));
    const instrumentation = instrument({ tasks: chosen });
    await loop.runUntilComplete(sleep(0));
    loop.close();
    instrumentation.disable();
    expect(reports).toEqual([new Error("wrong choice")]);
  });
});
