import {
  CancelledError,
  type Coroutine,
  createTask,
  fromPromise,
  getRunningLoop,
  Runner,
  run,
  sleep,
  toPromise,
  virtualLoop,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { rejection } from "../support.ts";

function* work(log: string[] = [], seconds = 10): Coroutine<string> {
  log.push("begun");
  try {
    yield* sleep(seconds);
    return "done";
  } finally {
    yield* sleep(0);
    log.push("ended");
  }
}

/** A signal whose listeners are counted. */
function countedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<AbortSignal["addEventListener"]>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<AbortSignal["removeEventListener"]>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };
  return { controller, signal, listeners: () => listeners };
}

describe("toPromise()", () => {
  it("runs a coroutine on the loop that runs, as a task", () =>
    run(
      (function* () {
        const promise = toPromise(work([], 0.01));
        expect(promise).toBeInstanceOf(Promise);
        expect(yield* fromPromise(promise)).toBe("done");
      })(),
    ));

  it("runs it on the only loop that is alive, between its turns", () =>
    run(
      (function* () {
        const loop = getRunningLoop();
        function* here(): Coroutine<boolean> {
          yield* sleep(0);
          return getRunningLoop() === loop;
        }
        const between = new Promise<boolean>((resolve) => setTimeout(() => resolve(toPromise(here())), 5));
        expect(yield* fromPromise(between)).toBe(true);
      })(),
    ));

  it("runs it on the loop of native callers where there is no other", async () => {
    expect(await toPromise(work([], 0.01))).toBe("done");
  });

  it("runs it on the loop that is given", async () => {
    const loop = virtualLoop();
    const promise = toPromise(work(), { loop });
    await loop.runUntilComplete(sleep(20));
    expect(await promise).toBe("done");
    loop.close();
  });

  it("takes futures and other awaitables", async () => {
    const loop = virtualLoop();
    const future = loop.createFuture<number>();
    const promise = toPromise(future);
    loop.callSoon(() => future.setResult(5));
    await loop.runUntilComplete(future);
    expect(await promise).toBe(5);
    const awaitable = { [Symbol.iterator]: () => sleep(0.001, "x")[Symbol.iterator]() };
    expect(await toPromise(awaitable)).toBe("x");
    loop.close();
  });

  it("rejects with the task's error, and with CancelledError if the task is cancelled", () =>
    run(
      (function* () {
        function* fails() {
          throw new Error("no");
        }
        expect(String(yield* fromPromise(rejection(toPromise(fails()))))).toBe("Error: no");
        const task = createTask(work());
        const promise = rejection(toPromise(task));
        task.cancel();
        expect(yield* fromPromise(promise)).toBeInstanceOf(CancelledError);
      })(),
    ));

  it("rejects with TypeError what cannot be awaited", async () => {
    expect(String(await rejection(toPromise(5 as never)))).toContain(
      "toPromise expects a coroutine or a future, got 5",
    );
    expect(String(await rejection(toPromise(work as never)))).toContain("Call it: pass f(), not f.");
  });
});

describe("toPromise() with a signal", () => {
  const reason = new Error("the user left");

  it.each([
    ["on the loop that runs", true],
    ["where there is no run()", false],
  ])("cancels the task when it aborts, waits for its cleanup, and rejects with the reason: %s", async (_, inside) => {
    const log: string[] = [];
    const { controller, signal, listeners } = countedSignal();
    const abort = (): void => {
      if (log.length === 0) {
        setTimeout(abort, 1);
        return;
      }
      log.push("abort");
      controller.abort(reason);
    };
    setTimeout(abort, 1);
    const ended = () => rejection(toPromise(work(log), { signal })).then((error) => log.push("settled") && error);
    const error = inside
      ? await run(
          (function* () {
            return yield* fromPromise(ended());
          })(),
        )
      : await ended();
    expect(error).toBe(reason);
    expect(log).toEqual(["begun", "abort", "ended", "settled"]);
    expect(listeners()).toBe(0);
  });

  it("runs nothing if it has aborted before", async () => {
    const log: string[] = [];
    const signal = AbortSignal.abort(reason);
    expect(await rejection(toPromise(work(log), { signal }))).toBe(reason);
    const loop = virtualLoop();
    const future = loop.createFuture();
    expect(await rejection(toPromise(future, { signal }))).toBe(reason);
    expect([log, future.cancelled()]).toEqual([[], true]);
  });

  it("does nothing after the end, and leaves no listener", async () => {
    const { controller, signal, listeners } = countedSignal();
    expect(await toPromise(work([], 0.001), { signal })).toBe("done");
    expect(listeners()).toBe(0);
    controller.abort();
  });

  it("lets the task's own outcome stand, if it does not yield", async () => {
    function* stubborn(): Coroutine<string> {
      try {
        yield* sleep(10);
      } catch {
        return "refused";
      }
      return "slept";
    }
    function* fails(): Coroutine<string> {
      try {
        yield* sleep(10);
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is what the test is about
        throw new Error("in the cleanup");
      }
    }
    expect(await toPromise(stubborn(), { signal: AbortSignal.timeout(10) })).toBe("refused");
    expect(String(await rejection(toPromise(fails(), { signal: AbortSignal.timeout(10) })))).toBe(
      "Error: in the cleanup",
    );
  });

  it("is the AbortError of the platform where abort() is given no reason", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 5);
    const error = await rejection(toPromise(work(), { signal: controller.signal }));
    expect((error as Error).name).toBe("AbortError");
  });

  it("leaves another task of the loop alone", async () => {
    await using runner = new Runner();
    await runner.run(
      (function* () {
        const controller = new AbortController();
        const other = createTask(work([], 0.02));
        const promise = rejection(toPromise(work(), { signal: controller.signal }));
        yield* sleep(0.005);
        controller.abort(reason);
        expect(yield* fromPromise(promise)).toBe(reason);
        expect(yield* other).toBe("done");
      })(),
    );
  });
});
