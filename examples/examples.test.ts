// Every example prints on tsyncio what its Python twin prints on CPython, and takes as many seconds: see test/expected.py.
import { type Coroutine, type EventLoop, type RunnerOptions, run, setEventLoop, virtualLoop } from "tsyncio";
import { afterEach, describe, expect, it, vi } from "vitest";
import * as asCompleted from "./asCompleted.ts";
import * as asyncFor from "./asyncFor.ts";
import * as asyncGenerator from "./asyncGenerator.ts";
import * as asyncWith from "./asyncWith.ts";
import * as awaitables from "./awaitables.ts";
import * as awaitSum from "./awaitSum.ts";
import * as callbacks from "./callbacks.ts";
import * as cancellation from "./cancellation.ts";
import * as comprehensions from "./comprehensions.ts";
import * as coroutineObject from "./coroutineObject.ts";
import * as createTask from "./createTask.ts";
import * as delivery from "./delivery.ts";
import * as deliveryGather from "./deliveryGather.ts";
import * as deliveryTasks from "./deliveryTasks.ts";
import * as ensureFutureGather from "./ensureFutureGather.ts";
import * as fetchData from "./fetchData.ts";
import * as gather from "./gather.ts";
import * as gatherExceptions from "./gatherExceptions.ts";
import * as gatherTasks from "./gatherTasks.ts";
import * as generatorCoroutine from "./generatorCoroutine.ts";
import * as getEventLoop from "./getEventLoop.ts";
import * as hello from "./hello.ts";
import * as partial from "./partial.ts";
import * as queue from "./queue.ts";
import * as runExample from "./run.ts";
import * as sayAfterCoroutine from "./sayAfterCoroutine.ts";
import * as sayAfterTask from "./sayAfterTask.ts";
import * as semaphore from "./semaphore.ts";
import * as sleep from "./sleep.ts";
import * as taskGroup from "./taskGroup.ts";
import { expected } from "./test/expected.ts";
import { printed } from "./test/repr.ts";
import * as timeout from "./timeout.ts";
import * as wait from "./wait.ts";
import * as waitFor from "./waitFor.ts";

interface Example {
  /** A coroutine to run. */
  main?: () => Coroutine<unknown>;
  /** Instead of it: the whole program, which makes its loops itself. */
  program?: (options: RunnerOptions) => Promise<void>;
}

const examples: Record<string, Example> = {
  asCompleted,
  asyncFor,
  asyncGenerator,
  asyncWith,
  awaitSum,
  awaitables,
  callbacks,
  cancellation,
  comprehensions,
  coroutineObject,
  createTask,
  delivery,
  deliveryGather,
  deliveryTasks,
  ensureFutureGather,
  fetchData,
  gather,
  gatherExceptions,
  gatherTasks,
  generatorCoroutine,
  getEventLoop,
  hello,
  partial,
  queue,
  run: runExample,
  sayAfterCoroutine,
  sayAfterTask,
  semaphore,
  sleep,
  taskGroup,
  timeout,
  wait,
  waitFor,
};

afterEach(() => {
  vi.restoreAllMocks();
  setEventLoop(null);
});

describe("on a virtual clock an example prints what CPython prints, in as many seconds", () => {
  it.each(Object.keys(expected))("%s", async (name) => {
    expect(await execute(examples[name] as Example)).toEqual(expected[name]);
  });
});

describe("the list of examples", () => {
  it("has a Python twin for each", () => {
    expect(Object.keys(examples).sort()).toEqual(Object.keys(expected).sort());
  });
});

async function execute(example: Example) {
  let output = "";
  vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
    output += `${printed(values)}\n`;
  });
  const loops: EventLoop[] = [];
  const loopFactory = () => {
    const loop = virtualLoop();
    loops.push(loop);
    return loop;
  };
  if (example.program === undefined) await run((example.main as () => Coroutine<unknown>)(), { loopFactory });
  else {
    setEventLoop(loopFactory()); // for getEventLoop()
    await example.program({ loopFactory });
  }
  return { seconds: loops.reduce((sum, loop) => sum + loop.time(), 0), output };
}
