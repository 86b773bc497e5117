import {
  CancelledError,
  type Coroutine,
  createTask,
  Event,
  type ExceptionContext,
  ensureFuture,
  type Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  isfuture,
  Lock,
  Queue,
  RuntimeError,
  Semaphore,
  sleep,
  TaskGroup,
  virtualLoop,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate, thrownBy, watchedLoop } from "../support.ts";

describe("done callbacks", () => {
  it("never run synchronously, run in the order of registration, one turn after the future is done", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const future = getRunningLoop().createFuture<number>();
      future.addDoneCallback((f) => log.push(`first ${f.result()}`));
      future.addDoneCallback(() => log.push("second"));
      future.setResult(7);
      expect(log).toEqual([]);
      yield* sleep(0);
      expect(log).toEqual(["first 7", "second"]);
      future.addDoneCallback(() => log.push("added to a done future"));
      expect(log).toHaveLength(2);
      yield* sleep(0);
      expect(log[2]).toBe("added to a done future");
    });
  });

  it("and waiting tasks are woken in one common order", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const future = getRunningLoop().createFuture<void>();
      function* waiter(name: string) {
        yield* future;
        log.push(name);
      }
      future.addDoneCallback(() => log.push("callback 1"));
      const a = createTask(waiter("task a"));
      yield* sleep(0);
      future.addDoneCallback(() => log.push("callback 2"));
      const b = createTask(waiter("task b"));
      yield* sleep(0);
      future.setResult();
      yield* gather(a, b);
      expect(log).toEqual(["callback 1", "task a", "callback 2", "task b"]);
    });
  });

  it("removeDoneCallback removes every registration of the function and says how many", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const future = getRunningLoop().createFuture<void>();
      const f = () => log.push("f");
      const g = () => log.push("g");
      expect(future.removeDoneCallback(f)).toBe(0);
      for (const callback of [f, g, f, f]) future.addDoneCallback(callback);
      expect(future.removeDoneCallback(f)).toBe(3);
      expect(future.removeDoneCallback(f)).toBe(0);
      future.addDoneCallback(f);
      expect(future.removeDoneCallback(g)).toBe(1);
      expect(future.removeDoneCallback(f)).toBe(1);
      future.addDoneCallback(g);
      future.setResult();
      expect(future.removeDoneCallback(g)).toBe(0);
      yield* sleep(0);
      expect(log).toEqual(["g"]);
    });
  });
});

describe("a future", () => {
  const pending = () => virtualLoop().createFuture<number>();

  it("that is done refuses a second completion by InvalidStateError", () => {
    const complete: ((f: Future<number>) => unknown)[] = [
      (f) => f.setResult(1),
      (f) => f.setException(new Error("x")),
      (f) => f.cancel(),
    ];
    for (const first of complete) {
      const future = pending();
      first(future);
      expect(future.done()).toBe(true);
      expect(() => future.setResult(2)).toThrow(InvalidStateError);
      expect(() => future.setException(new Error("y"))).toThrow(InvalidStateError);
      expect(future.cancel()).toBe(false);
    }
  });

  it("keeps its result or exception when cancel() comes too late", () => {
    const finished = pending();
    finished.setResult(1);
    finished.cancel();
    expect([finished.cancelled(), finished.result(), finished.exception()]).toEqual([false, 1, null]);
    const failed = pending();
    const error = new Error("x");
    failed.setException(error);
    failed.cancel();
    expect([failed.cancelled(), failed.exception()]).toEqual([false, error]);
    expect(thrownBy(() => failed.result())).toBe(error);
  });

  it("that is cancelled throws CancelledError with the message, by result() and by exception()", () => {
    const future = pending();
    expect(future.cancel("no longer wanted")).toBe(true);
    expect(future.cancelled()).toBe(true);
    for (const ask of [() => future.result(), () => future.exception()]) {
      const error = thrownBy(ask);
      expect(error).toBeInstanceOf(CancelledError);
      expect((error as Error).message).toBe("no longer wanted");
    }
  });

  it("that is pending has neither result nor exception: InvalidStateError", () => {
    const future = pending();
    expect(() => future.result()).toThrow(InvalidStateError);
    expect(() => future.exception()).toThrow(InvalidStateError);
    expect([future.done(), future.cancelled(), isfuture(future), isfuture({})]).toEqual([false, false, true, false]);
  });

  it("describes its state as text", () => {
    const [a, b, c, d] = [pending(), pending(), pending(), pending()];
    b.setResult(3);
    c.setException(new Error("x"));
    d.cancel();
    expect([a, b, c, d].map(String)).toEqual([
      "<Future pending>",
      "<Future finished result=3>",
      "<Future finished exception=Error: x>",
      "<Future cancelled>",
    ]);
  });

  it("whose exception is never retrieved is reported, at the latest when the loop closes", () => {
    const reports: ExceptionContext[] = [];
    const loop = watchedLoop(reports);
    const error = new Error("ignored");
    const future = loop.createFuture();
    future.setException(error);
    expect(reports).toEqual([]);
    loop.close();
    expect(reports).toHaveLength(1);
    expect(reports[0]?.message).toBe("Future exception was never retrieved");
    expect(reports[0]?.exception).toBe(error);
    expect(reports[0]?.future).toBe(future);
  });

  it("is not reported once result(), exception(), a waiter, or cancel() has seen the exception", async () => {
    const reports: ExceptionContext[] = [];
    await simulate(function* () {
      const loop = getRunningLoop();
      const failed = () => {
        const future = loop.createFuture();
        future.setException(new Error("x"));
        return future;
      };
      failed().exception();
      thrownBy(() => failed().result());
      yield* errorOf(failed());
      failed().cancel();
      failed().then(null, () => {});
      const task = createTask(errorOf(failed()));
      yield* task;
    }, reports);
    expect(reports).toEqual([]);
  });

  it("of many that failed is reported each exactly once", () => {
    const reports: ExceptionContext[] = [];
    const loop = watchedLoop(reports);
    const futures = Array.from({ length: 300 }, () => loop.createFuture());
    for (const [i, future] of futures.entries()) future.setException(new Error(`${i}`));
    for (const [i, future] of futures.entries()) if (i % 3 === 0) future.exception();
    loop.close();
    const seen = reports.map((r) => Number((r.exception as Error).message)).sort((a, b) => a - b);
    expect(seen).toEqual(futures.map((_, i) => i).filter((i) => i % 3 !== 0));
  });
});

describe("no turn is given up", () => {
  it("by what need not wait: a done future, a coroutine, lock, semaphore, event, queue, empty group, gather", async () => {
    await simulate(function* () {
      let turned = false;
      const done = getRunningLoop().createFuture<string>();
      done.setResult("done");
      const event = new Event();
      event.set();
      const queue = new Queue<number>(1);
      const [lock, semaphore] = [new Lock(), new Semaphore(1)];
      function* plain() {
        return yield* done;
      }
      getRunningLoop().callSoon(() => {
        turned = true;
      });
      expect(yield* done).toBe("done");
      expect(yield* plain()).toBe("done");
      yield* lock.acquire();
      yield* semaphore.acquire();
      yield* event.wait();
      yield* queue.put(1);
      expect(yield* queue.get()).toBe(1);
      queue.taskDone();
      yield* queue.join();
      const group = new TaskGroup();
      yield* group.aenter();
      yield* group.aexit(null);
      expect(yield* gather()).toEqual([]);
      expect(turned).toBe(false);
      yield* sleep(0);
      expect(turned).toBe(true);
    });
  });
});

describe("a wait that can never end well fails in the waiting task", () => {
  it("a future of another loop: RuntimeError", async () => {
    const other = virtualLoop().createFuture();
    await simulate(function* () {
      const task = createTask(errorOf(other));
      const error = (yield* task) as Error;
      expect(error).toBeInstanceOf(RuntimeError);
      expect(error.message).toContain("belongs to a different event loop");
      expect(error.message).toContain("<Task pending");
    });
  });

  it("a task that awaits itself: RuntimeError", async () => {
    await simulate(function* () {
      function* body(): Coroutine<void> {
        yield* sleep(0);
        yield* task;
      }
      const task: Future<void> = createTask(body());
      const error = (yield* errorOf(task)) as Error;
      expect(error).toBeInstanceOf(RuntimeError);
      expect(error.message).toContain("Task cannot await on itself: <Task");
    });
  });
});

it("the iterator of a future has ended after throw() and return()", () => {
  const loop = virtualLoop();
  for (const end of ["throw", "return"] as const) {
    const iterator = loop.createFuture<void>()[Symbol.iterator]();
    if (end === "throw") expect(() => iterator.throw?.(new RangeError("x"))).toThrow(RangeError);
    else expect(iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(iterator.next()).toEqual({ done: true, value: undefined });
  }
  loop.close();
});

it("ensureFuture of what cannot be awaited is a TypeError, also where no loop runs", () => {
  expect(() => ensureFuture("ok" as never)).toThrow(TypeError);
});
