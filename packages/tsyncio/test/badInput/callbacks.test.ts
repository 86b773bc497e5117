import { type Coroutine, createTask, EventLoop, Future, getRunningLoop, run, sleep, VirtualHost } from "tsyncio";
import { expect, it } from "vitest";
import { any, refuses, rejection, simulate } from "../support.ts";

function* star() {}
async function* asyncStar() {}

it("a function* where a plain function is called is a TypeError: nothing of it would run", async () => {
  const loop = getRunningLoop;
  const all = (callback: never, executorToo: boolean) => ({
    callSoon: () => loop().callSoon(callback),
    callSoonThreadsafe: () => loop().callSoonThreadsafe(callback),
    callLater: () => loop().callLater(1, callback),
    callAt: () => loop().callAt(1, callback),
    addDoneCallback: () => new Future().addDoneCallback(callback),
    ...(executorToo ? { runInExecutor: () => loop().runInExecutor(null, callback) } : {}),
  });
  await refuses(TypeError, /^\w+ expects a plain function, got a function\*: /, all(any(star), true));
  await refuses(TypeError, /^\w+ expects a plain function, got an async function\*: /, all(any(asyncStar), true));
  await refuses(TypeError, /^\w+ expects a plain function, got a coroutine: write createTask/, all(any(star()), false));
  await refuses(TypeError, /^\w+ expects a plain function, got 5$/, all(any(5), true));
  await refuses(TypeError, /must be a function or null, got (a|an async) function\*/, {
    setExceptionHandler: () => loop().setExceptionHandler(asyncStar),
    setTaskFactory: () => loop().setTaskFactory(any(star)),
  });
  expect(String(await rejection(run(star(), { loopFactory: any(star) })))).toContain("got a function*");
});

it("the name of a task that is no string is made one", async () => {
  await simulate(function* () {
    expect(createTask(sleep(0), { name: any(987654321) }).getName()).toBe("987654321");
    expect(createTask(sleep(0), { name: null }).getName()).toMatch(/^Task-\d+$/);
  });
});

it("setException of a class makes an error of it", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  for (const cls of [TypeError, Error, class Custom extends RangeError {}]) {
    const future = loop.createFuture();
    future.setException(cls);
    expect(future.exception()).toBeInstanceOf(cls);
  }
  loop.close();
});

it("setResult() of Future on a task: the task's next step is reported, and the loop goes on", async () => {
  const reports: string[] = [];
  await simulate(function* () {
    getRunningLoop().setExceptionHandler((_loop, { exception }) => reports.push(String(exception)));
    const task = createTask(sleep(1));
    Future.prototype.setResult.call(task, "spam");
    expect(yield* task).toBe("spam");
    yield* sleep(2);
  }, []);
  expect(reports).toHaveLength(1);
  expect(reports[0]).toMatch(/^InvalidStateError: .*already done/);
});

it("errors of the engine for a promise that is awaited by yield* say what to write", async () => {
  const promise = Promise.resolve() as unknown as Coroutine<void>;
  function* awaits() {
    yield* promise;
  }
  const error = await rejection(run(awaits()));
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error)).toContain("for a promise write yield* fromPromise(promise)");
});
