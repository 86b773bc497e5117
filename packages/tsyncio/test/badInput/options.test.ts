import {
  asCompleted,
  ContextVar,
  captureCallGraph,
  createTask,
  EventLoop,
  eagerTaskFactory,
  ensureFuture,
  Future,
  formatCallGraph,
  fromReadableStream,
  gather,
  getRunningLoop,
  PriorityQueue,
  printCallGraph,
  printTaskTree,
  Queue,
  Runner,
  run,
  sleep,
  Task,
  TaskGroup,
  toPromise,
  VirtualHost,
  wait,
  wrapFuture,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { any, failure, refuses, rejection, simulate, thrownBy } from "../support.ts";

const wrong: never = any({ colour: "red" });

describe("an option that does not exist", () => {
  it("is a TypeError wherever options are taken", async () => {
    await refuses(TypeError, /no option "colour"\. It has /, {
      createTask: () => createTask(sleep(1), wrong),
      "loop.createTask": () => getRunningLoop().createTask(sleep(1), wrong),
      Task: () => new Task(sleep(1), wrong),
      eagerTaskFactory: () => eagerTaskFactory(getRunningLoop(), sleep(1), wrong),
      "TaskGroup.createTask": function* () {
        const group = new TaskGroup();
        yield* group.aenter();
        group.createTask(sleep(1), wrong);
      },
      Future: () => new Future(wrong),
      addDoneCallback: () => new Future().addDoneCallback(() => {}, wrong),
      getStack: () => createTask(sleep(1)).getStack(wrong),
      printStack: () => createTask(sleep(1)).printStack(wrong),
      ensureFuture: () => ensureFuture(sleep(1), wrong),
      gather: () => gather(sleep(1), wrong),
      wait: () => wait([sleep(1)], wrong),
      asCompleted: () => asCompleted([sleep(1)], wrong),
      "Queue.shutdown": () => new Queue().shutdown(wrong),
      PriorityQueue: () => new PriorityQueue(wrong),
      "PriorityQueue, second": () => new PriorityQueue(1, wrong),
      ContextVar: () => new ContextVar("x", wrong),
      EventLoop: () => new EventLoop(any({ host: new VirtualHost(), colour: "red" })),
      VirtualHost: () => new VirtualHost(wrong),
      Runner: () => new Runner(wrong),
      wrapFuture: () => wrapFuture(Promise.resolve(), wrong),
      toPromise: () => toPromise(sleep(1), wrong),
      fromReadableStream: () => fromReadableStream(any({}), wrong),
      captureCallGraph: () => captureCallGraph(null, wrong),
      formatCallGraph: () => formatCallGraph(null, wrong),
      printCallGraph: () => printCallGraph(null, wrong),
      printTaskTree: () => printTaskTree(undefined, wrong),
    });
    expect(String(await rejection(run(sleep(1), wrong)))).toContain('no option "colour"');
    const runner = new Runner();
    expect(String(await rejection(runner.run(sleep(1), wrong)))).toContain('no option "colour"');
    await runner.close();
  });

  it.each([
    [{ nam: "x" }, "a task", "name"],
    [{ eager_start: true }, "a task", "eagerStart"],
    [{ Context: null }, "a task", "context"],
    [{ constructor: 1 }, "a task", null],
    [{ toString: 1 }, "a task", null],
  ])("%o names the nearest one, and all that there are", async (options, caller, nearest) => {
    const [name] = Object.keys(options);
    const hint = nearest === null ? "." : `: did you mean ${nearest}?`;
    await refuses(
      TypeError,
      `${caller} has no option ${JSON.stringify(name)}${hint} It has name, context, eagerStart and loop.`,
      { createTask: () => createTask(sleep(1), any(options)) },
    );
  });

  it("is refused before anything has happened", async () => {
    await simulate(function* () {
      const queue = new Queue<number>();
      queue.putNowait(1);
      expect(thrownBy(() => queue.shutdown(any({ imediate: true })))).toBeInstanceOf(TypeError);
      queue.putNowait(2);
      const coro = sleep(1, "kept");
      expect(thrownBy(() => createTask(coro, any({ nam: "x" })))).toBeInstanceOf(TypeError);
      expect(yield* createTask(coro, { name: "x" })).toBe("kept");
    });
  });

  it("that an object inherits is none of the caller's: it is not looked at", async () => {
    await simulate(function* () {
      const task = createTask(sleep(1), Object.assign(Object.create({ colour: "red" }), { name: "x" }));
      expect(task.getName()).toBe("x");
      yield* task;
    });
  });
});

it("options that are no object are a TypeError that shows one", async () => {
  await simulate(function* () {
    const error = yield* failure(() => createTask(sleep(1), any("worker")));
    expect(String(error)).toBe('TypeError: the options of a task must be an object such as { name: … }, got "worker"');
    expect(String(yield* failure(() => new Future(any(42))))).toBe(
      "TypeError: the options of a future must be an object such as { loop: … }, got 42",
    );
    expect(yield* failure(() => wait([sleep(1)], any(5)))).toBeInstanceOf(TypeError);
  });
});
